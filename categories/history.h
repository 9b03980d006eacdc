// history.h - every generation that has been in force: of what it was made, by whom, when and why.
//
//   lists/current         the entry in force; replaced by rename, so a kill leaves the old or the new
//   lists/history.jsonl   one line an entry, appended after `current`; a line that a power cut tore is left out, and the
//                         entry in force is appended again when it is missing
//
// Owner     ListStore. Errors: Storage, naming the file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

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
  std::vector<std::uint32_t> overrides;  // in force
  std::uint64_t entries = 0, added = 0, removed = 0;
};

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
  // Appends what is in force when a kill came between `current` and the log. Forgets what is older than `oldest` (RFC 3339).
  [[nodiscard]] Result<void> mend(const std::string& oldest) const;

 private:
  [[nodiscard]] Result<std::vector<HistoryEntry>> logged() const;
  [[nodiscard]] Result<void> append(const HistoryEntry& entry) const;

  std::filesystem::path current_, log_;
};

}  // namespace citygate::categories
