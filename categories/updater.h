// updater.h - brings the sources of the sources file up to date: what is due, or what a person names.
//
//   fetch_source ─▶ ListStore::update ─▶ accept_fetched
//       not modified: nothing is read       published, unchanged, or waiting for a person
//
// Owner     services of a process. Thread: update() one at a time (Refused: "another ..."), from a builder; the rest from any.
// Errors    of one source are told with it, and the others go on; update() itself fails only where nothing could be tried.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/local_time.h"
#include "categories/fetch.h"
#include "categories/list_store.h"
#include "categories/sources_file.h"

namespace citygate::categories {

struct UpdateRequest {
  std::vector<std::string> names;                  // empty: all that are enabled
  enum class By : std::uint8_t { Person, Clock };  // a source that a rollback holds back is a person's to name
  By by = By::Person;
  FetchOptions::When when = FetchOptions::When::Changed;
  Change change;
  std::function<bool()> cancelled = {};  // may be empty; asked while something is fetched

  // A person has named what is to be updated, and with that ends what holds it back.
  [[nodiscard]] bool names_held() const;
};

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
  Publication publication;

  [[nodiscard]] bool failed() const;
};

class Updater {
 public:
  // `store` and `clock` are borrowed.
  Updater(ListStore& store, const Clock& clock, std::filesystem::path staging, std::string user_agent)
      : store_(store), clock_(clock), staging_(std::move(staging)), user_agent_(std::move(user_agent)) {}

  // From the next update on; its guards hold for every change of the store. Null: no sources.
  void set_sources(std::shared_ptr<const SourcesFile> sources);
  [[nodiscard]] std::shared_ptr<const SourcesFile> sources() const;

  // NotFound: a name that is not in the sources file.
  [[nodiscard]] Result<UpdateReport> update(const UpdateRequest& request, const Progress& progress);

  struct Standing {
    std::string name, where;
    bool enabled = true, held = false;  // held: by a rollback, until a person names it
    FetchState past;
    WallTime next = WallTime::max();
  };
  // For `lists status` and the schedule, in the file's order. Reads one small file for each source.
  [[nodiscard]] std::vector<Standing> standing(const Zone& zone) const;

 private:
  struct Fetched {
    const Source* source;
    UpdateReport::Source report;
    std::optional<ImportRequest> request;
  };
  [[nodiscard]] Result<std::vector<const Source*>> chosen(const SourcesFile& file, const UpdateRequest& request) const;
  [[nodiscard]] Fetched fetch(const Source& source, const UpdateRequest& request, bool in_force, bool held,
                              const Progress& progress) const;
  void reject(const Fetched& one, const std::string& why) const;

  ListStore& store_;
  const Clock& clock_;
  const std::filesystem::path staging_;
  const std::string user_agent_;
  std::mutex updating_;  // held by the one update: two would write into one staging directory
  mutable std::mutex mutex_;
  std::shared_ptr<const SourcesFile> file_;  // guarded by mutex_
};

}  // namespace citygate::categories
