// document.h - a TOML file as a tree that knows its lines, and the list of what is wrong with it.
//
// toml++ stays behind document.cc. Readers walk the tree, take what they know, and report the rest; every error names
// file, line and, for a misspelt key, the nearest known one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace citygate {

struct Problem {
  std::string file;
  int line = 0;  // 0: about the file as a whole
  std::string text;
  [[nodiscard]] std::string to_string() const;  // "conf/policy.toml:12: ..."
};

// All that is wrong, in the order found.
class Problems {
 public:
  void add(std::string file, int line, std::string text) { list_.push_back({std::move(file), line, std::move(text)}); }
  [[nodiscard]] bool empty() const { return list_.empty(); }
  [[nodiscard]] const std::vector<Problem>& list() const { return list_; }
  [[nodiscard]] std::string to_string() const;  // a line each
  // An Error of kind Malformed that holds them all.
  [[nodiscard]] Error to_error() const { return {.kind = Error::Kind::Malformed, .context = to_string()}; }

 private:
  std::vector<Problem> list_;
};

class Node {
 public:
  enum class Kind : std::uint8_t { Table, Array, String, Integer, Float, Boolean, Time };  // Time: dates too, as text
  using Member = std::pair<std::string, Node>;

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] int line() const { return line_; }
  [[nodiscard]] const std::string& file() const { return *file_; }
  [[nodiscard]] bool is_table() const { return kind_ == Kind::Table; }

  // The value, if it is of that kind.
  [[nodiscard]] std::optional<std::string_view> text() const;  // String and Time
  [[nodiscard]] std::optional<std::int64_t> integer() const;
  [[nodiscard]] std::optional<double> number() const;  // Integer and Float
  [[nodiscard]] std::optional<bool> boolean() const;

  [[nodiscard]] std::span<const Member> members() const { return members_; }  // of a Table, in the file's order
  [[nodiscard]] const Node* find(std::string_view key) const;                 // in a Table
  [[nodiscard]] std::span<const Node> items() const { return items_; }        // of an Array

 private:
  friend struct DocumentReader;
  Kind kind_ = Kind::Table;
  int line_ = 0;
  std::shared_ptr<const std::string> file_;
  std::string text_;
  std::int64_t integer_ = 0;
  double float_ = 0;
  std::vector<Member> members_;
  std::vector<Node> items_;
};

[[nodiscard]] std::string_view to_string(Node::Kind kind);  // "a table", "a string", ... for messages

// A syntax error is one Problem with its line; toml++ stops at the first.
[[nodiscard]] std::optional<Node> read_document(const std::filesystem::path& path, Problems& problems);
[[nodiscard]] std::optional<Node> parse_document(std::string_view text, std::string file, Problems& problems);

// The candidate that `word` was probably meant to be; "" when none is near.
[[nodiscard]] std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

// "unknown key 'adress' in [[person]]; did you mean 'address'?", for every key of `table` not in `known`.
void report_unknown_keys(const Node& table, std::string_view where, std::span<const std::string_view> known,
                         Problems& problems);

}  // namespace citygate
