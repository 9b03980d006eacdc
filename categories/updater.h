// updater.h - brings the sources of the sources file up to date: what is due, or what a person names.
//
//   fetch_source, up to four at once ─▶ ListStore::update ─▶ accept_fetched
//       not modified: nothing is read       published, unchanged, or waiting for a person
//
// What has come is published together, in rounds: when all is here, or when nothing more has come for `patience`, or some of
// it has waited six times as long. So a slow server keeps nobody from what the others brought. Each source is in one round.
//
// Owner     services of a process. Thread: any; update() from a builder, and more of them at once as long as they are at different
//           sources: one that is being updated is not updated twice. They publish one after the other.
// Errors    of one source are told with it, and the others go on; update() itself fails only where nothing could be tried.
#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/local_time.h"
#include "categories/fetch.h"
#include "categories/fetch_crew.h"
#include "categories/list_store.h"
#include "categories/sources_file.h"

namespace citygate::categories {

struct UpdateReport {
  struct Source {
    std::string name;
    enum class State : std::uint8_t { NotModified, Read, Failed, Held };
    State state = State::NotModified;
    std::string error;  // of Failed
    std::vector<std::string> notes;
    ImportSummary summary;  // of Read
  };
  std::vector<Source> sources;
  Publication publication;  // of all rounds

  [[nodiscard]] bool failed() const;     // one source at least
  [[nodiscard]] bool published() const;  // something is in force that was not before
};

struct UpdateRequest {
  std::vector<std::string> names;                  // empty: all that are enabled
  enum class By : std::uint8_t { Person, Clock };  // a source that a rollback holds back is a person's to name
  By by = By::Person;
  FetchOptions::When when = FetchOptions::When::Changed;
  Change change;
  // Each may be empty, and is called by the thread of update().
  std::function<bool()> cancelled = {};  // asked while something is fetched
  // After each round, and when sources brought nothing; each source is told once, and may be updated by another from then
  // on. What a round put in force is to be taken up now: slow servers may be waited for.
  std::function<void(const UpdateReport&)> round = {};

  // A person has named what is to be updated, and with that ends what holds it back.
  [[nodiscard]] bool names_held() const;
};

class Updater {
 public:
  // `store` and `clock` are borrowed.
  Updater(ListStore& store, const Clock& clock, std::filesystem::path staging, std::string user_agent,
          std::chrono::milliseconds patience = std::chrono::seconds(5))
      : store_(store),
        clock_(clock),
        staging_(std::move(staging)),
        user_agent_(std::move(user_agent)),
        patience_(patience) {}

  // From the next update on; its guards hold for every change of the store. Null: no sources.
  void set_sources(std::shared_ptr<const SourcesFile> sources);
  [[nodiscard]] std::shared_ptr<const SourcesFile> sources() const;

  // NotFound: a name that is not in the sources file. Refused: each of them is being updated already, or it was cancelled.
  [[nodiscard]] Result<UpdateReport> update(const UpdateRequest& request, const Progress& progress);

  struct Standing {
    std::string name, where;
    bool enabled = true, held = false;  // held: by a rollback, until a person names it
    std::string updating = {};          // by whom and since when, as a person reads it; "" = nobody is at it
    FetchState past;
    WallTime next = WallTime::max();
  };
  // For `lists status` and the schedule, in the file's order. Reads one small file for each source.
  [[nodiscard]] std::vector<Standing> standing(const Zone& zone) const;

 private:
  // A source from the question to the answer.
  struct One {
    const Source* source;
    UpdateReport::Source report;
    std::optional<FetchOptions::When> ask;  // none: it is not fetched, and the report says why
    std::optional<ImportRequest> request;   // once something was fetched
  };
  class Claim;
  class Turn;
  struct Rounds {
    Claim& claim;
    std::vector<One*> ready = {};  // fetched, and not published yet
    std::size_t done = 0;
    Publication publication = {};     // of those that are done
    std::optional<Error> error = {};  // of one that could not be tried
  };
  [[nodiscard]] Result<std::vector<const Source*>> chosen(const SourcesFile& file, const UpdateRequest& request) const;
  [[nodiscard]] Result<std::vector<One>> begin(const std::vector<const Source*>& wanted, const UpdateRequest& request,
                                               Claim& claim) const;
  void fetch(One& one, const UpdateRequest& request, FetchCrew& crew) const;
  [[nodiscard]] Result<void> fetch_and_publish(std::vector<One>& all, const UpdateRequest& request,
                                               const Progress& progress, Rounds& rounds);
  // A round of what is ready. Fails when it was cancelled before.
  [[nodiscard]] Result<void> publish(const UpdateRequest& request, const Progress& progress, Rounds& rounds);
  static void tell(const std::vector<One*>& ended, const Publication& publication, const UpdateRequest& request,
                   Claim& claim);
  [[nodiscard]] std::map<std::string, std::string> busy_now() const;
  void reject(One& one, const std::string& why) const;

  ListStore& store_;
  const Clock& clock_;
  const std::filesystem::path staging_;
  const std::string user_agent_;
  const std::chrono::milliseconds patience_;
  mutable std::mutex mutex_;
  std::condition_variable turn_is_free_;     // with mutex_
  std::shared_ptr<const SourcesFile> file_;  // guarded by mutex_, as is what follows
  // Sources of updates that run, and who runs them: two would write into one staging directory.
  std::map<std::string, std::string> busy_;
  bool publishing_ = false;
};

}  // namespace citygate::categories
