// list_store.h - lists/ of a state directory: sources, images compiled from them, what was in force when, and who changed it.
//
//   lists/sources/<name>/<id>/  every version of a source that the history needs (source_store.h)
//   lists/images/<id>/          compiled; the one in force and the one before it (image.h)
//   lists/past/<id>/            one of an older generation, built anew to explain an old record
//   lists/protected/<digest>    names that were protected then (protected_store.h)
//   lists/current, history.jsonl, waiting.json, overrides.json
//
//   read and normalise ─▶ guards by source ─▶ compile ─▶ verify, protected names, canary ─▶ current, history ─▶ sweep
//
// A kill or a power cut at any point leaves what was in force in force.
//
// Owner     the process that holds the state directory.
// Thread    one that changes something at a time (a lock file says so, Refused: "another ..."); questions from any. Slow: never on a
//           worker.
// Errors    Malformed with what was wrong and what would be right; what is in force stays untouched.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/name_source.h"
#include "base/result.h"
#include "categories/guards.h"
#include "categories/history.h"
#include "categories/list_format.h"
#include "categories/lists.h"
#include "categories/source_diff.h"
#include "categories/source_name.h"
#include "categories/taxonomy.h"
#include "categories/waiting.h"

namespace citygate::categories {

// What the files of a source are to be taken for.
struct ImportRequest {
  std::filesystem::path path = {};  // directory, tarball or zip, one list; plain or packed (gzip, bzip2, xz, zstd)
  std::string source = {};          // the name it is kept under; "" = from the file's name
  std::string category = {};        // the category of all entries, whatever the list says; "": what it says
  std::string version = {};         // "" = date and content hash
  ListFormat format = ListFormat::Detect;
  std::string input =
      {};  // a mark of what is read, the same only for the same bytes; with the last one's nothing is read at all
  // What this source calls a category → ours; "" leaves its lines out. Used before the taxonomy's own foreign words.
  std::map<std::string, std::string> categories = {};
  // Columns of a CSV file, from 1; 0: as its header says, or as they look. A category
  // column that is told goes before `category`.
  unsigned host_column = 0, category_column = 0;
  bool subdomains = false;  // the names of a hosts file are meant with all below them; else each is that name alone
  // A list, or a file of it, of which a larger share is not understood is refused whole; below 100 lines, more than half.
  // Real lists have less than 1 % (a word with a blank, a bad label); 10 % is a list that changed its format, or was cut
  // and glued: to take the nine tenths would drop a tenth of the names and tell nobody.
  double fault_share = 0.10;
  // What becomes of a source that a rollback holds back when the store comes to it. Released: a person has named it.
  enum class Held : std::uint8_t { Released, Kept } held = Held::Released;
  // Asked once all is read: whether it was what `input` says, to the end. May be empty; where it fails nothing is kept.
  std::function<Result<void>()> still_the_same = {};
};

// Who changes something, and why. Both are kept in the history.
struct Change {
  std::string author, reason;
  enum class Guarding : std::uint8_t { Wait, Confirmed };  // Confirmed: a person has seen how much is lost or gained
  Guarding guarding = Guarding::Wait;
};

// What was not understood, by reason.
struct Skipped {
  std::string reason;  // "not a host name"
  std::uint64_t lines = 0;
  struct Example {
    std::string file;
    std::uint32_t line = 0;
    std::string text;  // cut and made printable
  };
  std::vector<Example> examples;  // the first three
};

// What became of a change.
struct Publication {
  enum class Outcome : std::uint8_t {
    Unchanged,  // nothing differs from what is in force
    InForce,    // all of it
    Partly,     // some sources wait for a person, the rest is in force
    Waiting,    // all of it waits
    Stopped,    // nothing of it, and nothing waits: a removal that a guard does not let pass
  };
  Outcome outcome = Outcome::Unchanged;
  GenerationId generation;  // in force now
  std::vector<SourceChange> changes;
  std::vector<Finding> findings;
  std::vector<std::string> waiting;  // names of sources of which a version waits

  // All that was asked for is in force.
  [[nodiscard]] bool complete() const {
    return too_large.empty() && (outcome == Outcome::Unchanged || outcome == Outcome::InForce);
  }
  // Of the image put in force: entries that would have closed a protected name; all counted, the first thousand told.
  std::uint64_t set_aside_count = 0;
  std::vector<std::string> set_aside;
  // Of the same: expressions that cannot be compiled, and close nothing; all counted, the first thousand told.
  std::uint64_t refused_count = 0;
  std::vector<std::string> refused;
  // Sources whose change was left out, since with it all lists together would be more than an image can hold.
  struct TooLarge {
    std::string source, why;
  };
  std::vector<TooLarge> too_large;
};

struct ImportSummary {
  std::string source, version;
  bool unchanged = false;  // the same as before: nothing was built for it
  bool held = false;       // by a rollback, and it stays so: nothing was read
  std::uint64_t files = 0, lines = 0, entries = 0, duplicates = 0;
  struct PerCategory {
    CategoryId id;
    std::string name;
    std::uint64_t hosts = 0, urls = 0;
  };
  std::vector<PerCategory> categories;
  std::vector<Skipped> skipped;
  std::vector<std::string>
      unmapped;  // foreign category names that the taxonomy does not know; their entries are skipped
};

struct UpdateSummary {
  std::vector<std::pair<std::string, Result<ImportSummary>>> sources;  // by the request's order
  Publication publication;
};

using Progress = std::function<void(std::string_view)>;  // lines for a person; may be empty

class ListStore {
 public:
  // Creates what is missing. Both are borrowed and must outlive the store.
  [[nodiscard]] static Result<std::unique_ptr<ListStore>> open(std::filesystem::path lists_directory,
                                                               const Taxonomy& taxonomy, NameSource& names);
  virtual ~ListStore() = default;

  // Borrowed; the system's where none is set. Before anything else.
  virtual void set_clock(const Clock& clock) = 0;
  // From the next change on.
  virtual void set_guards(GuardRules rules) = 0;

  // Reads all of them, compiles once and publishes. A source that cannot be read keeps its last version, and the rest goes on; an error
  // only where nothing could be tried.
  [[nodiscard]] virtual Result<UpdateSummary> update(const std::vector<ImportRequest>& requests, const Change& change,
                                                     std::string_view verb, const Progress& progress) = 0;
  // The error of its one source is its own.
  [[nodiscard]] Result<std::pair<ImportSummary, Publication>> import(const ImportRequest& request, const Change& change,
                                                                     const Progress& progress);
  // Forgets a source and publishes without it. NotFound when there is none.
  [[nodiscard]] virtual Result<Publication> remove(std::string_view source, const Change& change) = 0;

  // Versions that wait: put in force (confirmed or not, as `change` says), or dropped. `sources` empty: all. NotFound: none waits.
  [[nodiscard]] virtual Result<Publication> publish_waiting(const std::vector<std::string>& sources,
                                                            const Change& change) = 0;
  [[nodiscard]] virtual Result<void> drop_waiting(const std::vector<std::string>& sources) = 0;
  [[nodiscard]] virtual Result<Waiting> waiting() const = 0;

  // Back to an earlier generation, `to` 0: the one before, not counting what was rolled back from already. What differs is held back from
  // updates by the clock; names protected since stay protected.
  [[nodiscard]] virtual Result<Publication> rollback(GenerationId to, const Change& change) = 0;

  // `made.number`, `.made` and `.author`, `.reason` are filled in here. Ends what was in force for the same host or path.
  // Malformed: no such category; ends before it begins; a blank author or reason. Refused: it reaches far
  // (override_reach.h), and `change` is not confirmed.
  [[nodiscard]] virtual Result<Override> add_override(Override made, const Change& change) = 0;
  [[nodiscard]] virtual Result<Override> end_override(std::uint32_t number, const Change& change) = 0;
  [[nodiscard]] virtual Result<OverrideBook> overrides() const = 0;

  [[nodiscard]] virtual Result<std::vector<HistoryEntry>> history() const = 0;
  // What `to` says and `from` does not, and the reverse. `to` 0: the versions that wait; `from` 0: no list at all.
  [[nodiscard]] virtual Result<std::vector<SourceChange>> diff(GenerationId from, GenerationId to) const = 0;
  // The lists of an earlier generation, built anew where they are no more. NotFound: not in the history.
  [[nodiscard]] virtual Result<std::shared_ptr<const Lists>> lists_of(GenerationId generation) = 0;
  // A line of an earlier generation, without building it.
  [[nodiscard]] virtual Result<EvidenceText> describe(GenerationId generation, const Evidence& evidence) const = 0;

  // The image in force; when it is damaged, the one before, and `warning` says which file was wrong. With no image at
  // all: an empty generation, id 0. Storage when images exist but none can be used: the gateway must not start open.
  // Every byte of an image is held against its checksums the first time that this store gives it.
  // Overrides are those in force now; when some have lapsed, that is a new generation.
  [[nodiscard]] virtual Result<std::shared_ptr<const Lists>> load_current(std::string& warning) = 0;
};

}  // namespace citygate::categories
