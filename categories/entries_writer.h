// entries_writer.h - writes the lines of one file after the other in the normal form (categories/entries.h), each in the
// place of its own line, and counts what is in them.
//
// A file in which a later line can take back an earlier one (adblock's $badfilter) is held until it is at its end, up to
// kHeldBytes or kHeldLines of it; what was written by then cannot be taken back.
//
// Memory    8 to 16 bytes for each distinct item, and what is held. Items that repeat others are written, each in its line, up
//           to kKeptRepeats of them: beyond that they say nothing new, and whoever reads them would need memory for each.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/ids.h"
#include "categories/digest.h"
#include "categories/entries.h"
#include "categories/file_writer.h"
#include "categories/list_store.h"
#include "categories/tally.h"

namespace citygate::categories {

class EntriesWriter {
 public:
  explicit EntriesWriter(FileWriter& writer) : writer_(writer) {}

  enum class Hold : std::uint8_t { No, UntilEnd };
  void begin(Hold hold);
  // One item of the line being gathered; `category` is whose it counts as.
  void add_item(const Item& item, CategoryId category);
  // The line is whole. `text` is what stood in the list.
  void end_line(std::uint64_t number, std::string_view text);
  // Takes back the line with this text, wherever it stands in a file that is held. False: that is one too many of them.
  [[nodiscard]] bool cancel(std::string_view text);

  struct Part {
    std::uint64_t offset = 0, bytes = 0, entries = 0, cancelled = 0;
  };
  [[nodiscard]] Part end();

  // Over all parts.
  [[nodiscard]] std::uint64_t distinct() const { return distinct_; }
  [[nodiscard]] std::uint64_t duplicates() const { return duplicates_; }
  [[nodiscard]] std::uint64_t exceptions() const { return exceptions_; }  // of the distinct ones
  [[nodiscard]] const std::map<std::uint16_t, ImportSummary::PerCategory>& categories() const { return categories_; }
  [[nodiscard]] std::string finish_sha256() { return digest_.finish_hex(); }
  // Of the items alone, line by line: the same wherever they stand, and whatever comments stand among them.
  [[nodiscard]] std::string finish_items_sha256() { return items_digest_.finish_hex(); }

  static constexpr std::uint64_t kKeptRepeats = 1'000'000;
  static constexpr std::size_t kMostCancelled = 100'000;

 private:
  static constexpr std::size_t kHeldBytes = std::size_t{32} << 20, kHeldLines = 1'000'000;
  static constexpr std::size_t kUnsettled = 64;
  struct Count {
    std::uint64_t hash;
    std::uint16_t category;
    bool path;  // or an expression
    bool exception;
  };
  struct Held {
    std::uint64_t number, text_hash;
    std::size_t end, counts_end;  // of its text in held_text_, of its counts in counts_
  };

  void commit(std::uint64_t number, std::string_view line, std::size_t first_count, std::size_t last_count);
  // The line with the items alone that are new; "" when none is.
  std::string_view without_repeats(std::string_view line, std::size_t first_count, std::size_t last_count);
  bool insert(const Count& count);
  void commit_held();
  void settle();
  void write(std::string_view text);

  FileWriter& writer_;
  Digest digest_, items_digest_;
  HashSet seen_;
  std::map<std::uint16_t, ImportSummary::PerCategory> categories_;
  ImportSummary::PerCategory* last_category_ = nullptr;
  std::uint64_t written_ = 0, distinct_ = 0, duplicates_ = 0, exceptions_ = 0;

  Part part_;
  Hold hold_ = Hold::No;
  std::uint64_t next_line_ = 1;
  std::string line_, held_text_, fresh_line_;
  std::vector<Count> counts_;
  std::vector<Count> unsettled_;  // their places in seen_ are on their way to the cache
  std::vector<Held> held_;
  std::unordered_set<std::uint64_t> cancelled_;
};

}  // namespace citygate::categories
