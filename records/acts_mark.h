// acts_mark.h - the last act that was answered for, beside the database and not in it.
//
// RocksDB takes its log up to the first byte that the disk has changed, and begins again from there as if no more had ever
// been written. Acts would be forgotten without a word: a suspension, say. So the head of the chain is kept once more, in
// the file db/ACTS, and a journal that does not reach it, or reaches another act there, is damaged.
// A backup has none: what is put back begins with the acts that are in it.
// Owner     DatabaseActs. Thread: one at a time. Cost: write: one sync of one page.
#pragma once

#include <filesystem>
#include <optional>

#include "base/file.h"
#include "records/act_chain.h"

namespace citygate::records {

class ActsMark {
 public:
  [[nodiscard]] static Result<ActsMark> open(const std::filesystem::path& path);
  [[nodiscard]] std::optional<ActHead> read() const;  // nothing: none yet, or cut by a power failure
  [[nodiscard]] Result<void> write(const ActHead& head);

 private:
  explicit ActsMark(MappedFile file) : file_(std::move(file)) {}
  MappedFile file_;
};

// "41 <64 digits>"
[[nodiscard]] std::string head_text(const ActHead& head);
[[nodiscard]] std::optional<ActHead> parse_head(std::string_view text);

}  // namespace citygate::records
