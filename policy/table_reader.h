// table_reader.h - takes the keys of one table of a policy or people file, and reports what is wrong with them.
//
// Every key that is asked for becomes a known one, so finish() can name the rest, each with the nearest known key.
// Owner     the function that reads the table; borrows the node and the problems.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/document.h"
#include "base/local_time.h"

namespace citygate::policy {

// A string of a list, with the line it stands on.
struct Word {
  std::string text;
  int line = 0;
};

enum class Need : std::uint8_t { Optional, Required };

class TableReader {
 public:
  // `where` is how messages call the table: "[[rule]]".
  TableReader(const Node& table, std::string where, Problems& problems);

  [[nodiscard]] int line() const { return table_.line(); }
  [[nodiscard]] bool has(std::string_view key) const { return table_.find(key) != nullptr; }
  [[nodiscard]] int line_of(std::string_view key) const;  // of the table where the key is missing

  // Each returns an empty value where the key is missing or wrong; wrong and missing-but-required are reported.
  std::string text(std::string_view key, Need need = Need::Optional);
  std::string date(std::string_view key);  // a TOML date or time, or the same in quotes
  // The same as a moment: local midnight where it is a date. Nothing where the key is missing or wrong.
  std::optional<WallTime> moment(std::string_view key, const Zone& zone, Need need = Need::Optional);
  std::vector<Word> words(std::string_view key, Need need = Need::Optional);
  std::span<const Node> items(std::string_view key, std::string_view wanted);  // of a list, of whatever kinds
  std::optional<std::int64_t> whole(std::string_view key, std::int64_t low, std::int64_t high);
  bool flag(std::string_view key, bool otherwise);
  // One of `choices`; the first of them where the key is missing or wrong.
  std::string choice(std::string_view key, std::span<const std::string_view> choices);
  // A name in the form that ids are interned by: lower-case letters, digits, '-', '_', '.'; at most 64 characters.
  std::string name(std::string_view key);

  const Node* table(std::string_view key);
  std::vector<const Node*> tables(std::string_view key);  // [[key]]

  void problem(int line, std::string text) { problems_.add(table_.file(), line, std::move(text)); }
  void finish();

 private:
  const Node* take(std::string_view key, Need need);
  void wrong_kind(std::string_view key, const Node& node, std::string_view wanted);

  const Node& table_;
  std::string where_;
  Problems& problems_;
  std::vector<std::string_view> known_;
};

// What ids are interned by: lower-case letters, digits, '-', '_', '.'; at most 64 characters.
[[nodiscard]] bool is_name(std::string_view text);

// "; did you mean 'lunch'?", or "".
[[nodiscard]] std::string suggestion(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace citygate::policy
