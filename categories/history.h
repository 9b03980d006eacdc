// history.h - every generation that has been in force: of what it was made, by whom, when and why.
//
//   lists/current         the entry in force; replaced by rename, so a kill leaves the old or the new
//   lists/history.jsonl   one line an entry, appended after `current`; a line that a power cut tore is left out, and the
//                         entry in force is appended again when it is missing
//
// Entries are forgotten after 400 days: a year's records, and the weeks in which they are asked about. Days are counted from each entry to the
// next, and never more than 30 at once: a clock that goes wrong for an hour must not cost a year of history.
//
// Owner     ListStore. Thread: any may ask; one changes, under the store's lock. Errors: Storage, naming the file.
// Cost      a copy of the entries, 500 bytes each; the file is read once, and then what was appended.
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"

namespace citygate::categories {

struct HistoryEntry {
  GenerationId generation;
  std::string image;  // "": no lists at all
  std::string at;     // RFC 3339, UTC
  std::string verb;   // "import", "update", "publish", "remove", "rollback", "override", "lapse"
  std::string author, reason;
  struct Source {
    std::string name, id, version;
    friend bool operator==(const Source&, const Source&) = default;
  };
  std::vector<Source> sources;           // by name
  std::string protected_digest;          // of the names protected when the image was compiled (protected_store.h)
  std::vector<std::uint32_t> overrides;  // in force
  std::uint64_t entries = 0, added = 0, removed = 0;
};

// Where a rollback goes that names nothing: the lists before those in force, without what was rolled back from already. Null: nowhere. "No
// lists at all" is nothing to go back to unless it is named.
[[nodiscard]] const HistoryEntry* one_before(const std::vector<HistoryEntry>& entries);

class History {
 public:
  explicit History(std::filesystem::path lists)
      : current_(lists / "current"), log_(std::move(lists) / "history.jsonl") {}

  // Nothing where no generation was ever in force.
  [[nodiscard]] Result<std::optional<HistoryEntry>> current() const;
  // Puts the entry in force; after an error the one before is. That the log cannot be written afterwards is none: it is
  // mended before the next entry.
  [[nodiscard]] Result<void> put(const HistoryEntry& entry) const;
  // The oldest first, what is in force last. What is damaged is left out.
  [[nodiscard]] Result<std::vector<HistoryEntry>> all() const;
  [[nodiscard]] Result<std::optional<HistoryEntry>> find(GenerationId generation) const;  // the last of that id
  // Appends what is in force when a kill came between `current` and the log.
  [[nodiscard]] Result<void> mend() const;
  // The same, and forgets what is too old.
  [[nodiscard]] Result<void> forget(WallTime now) const;

 private:
  [[nodiscard]] Result<std::vector<HistoryEntry>> logged() const;
  [[nodiscard]] Result<std::vector<HistoryEntry>> mended() const;  // what is logged then
  [[nodiscard]] Result<void> append(const HistoryEntry& entry) const;

  std::filesystem::path current_, log_;
  // What was read of the log so far: it is asked for at every step of a publish, and grows at its end alone until it is
  // replaced.
  struct Read {
    std::uint64_t inode = 0, bytes = 0;
    std::vector<HistoryEntry> entries;
  };
  mutable std::mutex mutex_;
  mutable Read read_;  // guarded by mutex_
};

}  // namespace citygate::categories
