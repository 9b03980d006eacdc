// text_table.h - rows as aligned text for people or as CSV (RFC 4180) for programs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace citygate::console {

class TextTable {
 public:
  enum class Align : std::uint8_t { Left, Right };
  struct Column {
    std::string title;
    Align align = Align::Left;
  };

  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}
  // As many cells as there are columns.
  void add(std::vector<std::string> row);
  [[nodiscard]] std::vector<std::string> lines() const;      // the titles first
  [[nodiscard]] std::vector<std::string> csv_lines() const;  // likewise

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

enum class Format : std::uint8_t { Table, Csv, Json };
[[nodiscard]] std::optional<Format> parse_format(std::string_view word);  // "" is Table

[[nodiscard]] std::string csv_cell(std::string_view text);
[[nodiscard]] std::string with_commas(std::uint64_t number);  // 1,234,567

}  // namespace citygate::console
