#include "console/text_table.h"

#include <algorithm>

#include "base/result.h"

namespace citygate::console {
namespace {

// Columns on a screen, for the UTF-8 of titles: code points, which is right for the scripts that names here are in.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

}  // namespace

void TextTable::add(std::vector<std::string> row) {
  CG_CHECK(row.size() == columns_.size());
  rows_.push_back(std::move(row));
}

std::vector<std::string> TextTable::lines() const {
  std::vector<std::size_t> widths;
  std::vector<std::string> titles;
  for (const auto& column : columns_) {
    widths.push_back(width(column.title));
    titles.push_back(column.title);
  }
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));

  const auto line = [&](const std::vector<std::string>& row) {
    std::string out;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) out += "  ";
      const std::string padding(widths[i] - width(row[i]), ' ');
      out += columns_[i].align == Align::Right ? padding + row[i] : row[i] + padding;
    }
    out.erase(out.find_last_not_of(' ') + 1);
    return out;
  };
  std::vector<std::string> out{line(titles)};
  for (const auto& row : rows_) out.push_back(line(row));
  return out;
}

std::vector<std::string> TextTable::csv_lines() const {
  const auto join = [](const auto& cells, auto&& text_of) {
    std::string out;
    for (const auto& cell : cells) {
      if (&cell != &cells.front()) out += ',';
      out += csv_cell(text_of(cell));
    }
    return out;
  };
  std::vector<std::string> out{join(columns_, [](const Column& column) { return column.title; })};
  for (const auto& row : rows_) out.push_back(join(row, [](const std::string& cell) { return cell; }));
  return out;
}

std::optional<Format> parse_format(std::string_view word) {
  if (word.empty() || word == "table") return Format::Table;
  if (word == "csv") return Format::Csv;
  if (word == "json") return Format::Json;
  return std::nullopt;
}

std::string csv_cell(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

std::string with_commas(std::uint64_t number) {
  std::string out = std::to_string(number);
  for (std::size_t at = out.size(); at > 3;) out.insert(at -= 3, 1, ',');
  return out;
}

}  // namespace citygate::console
