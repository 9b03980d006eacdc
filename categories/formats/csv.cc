// CSV with a host or URL in one column and, where there is one, its category in another (RFC 4180, one record a line).
#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "categories/formats/entry.h"

namespace citygate::categories {
namespace {

using Text = std::string_view;

constexpr std::array<Text, 9> kHostWords{"domain", "host",    "hostname", "site", "url",
                                         "fqdn",   "website", "name",     "entry"};
constexpr std::array<Text, 9> kCategoryWords{"category", "categories", "cat",  "type",        "label",
                                             "class",    "topic",      "tags", "categoryname"};
constexpr std::size_t kMaxColumns = 64;
constexpr std::size_t kMostCategories =
    16;  // each is an entry: a line of nothing but separators must not become thousands
constexpr std::size_t kJudgedLines = 200;

// Takes one field off `text` into `out`, without its quotes. False: a quote is not closed.
bool take_field(Text& text, char separator, std::string& out, bool& more) {
  out.clear();
  more = false;
  text = text.substr(std::min(text.find_first_not_of(separator == '\t' ? Text(" ") : Text(" \t")), text.size()));
  if (!text.starts_with('"')) {
    const auto end = text.find(separator);
    out.assign(trim(text.substr(0, end)));
    more = end != Text::npos;
    text.remove_prefix(more ? end + 1 : text.size());
    return true;
  }
  std::size_t at = 1;
  for (;; ++at) {
    if (at >= text.size()) return false;
    if (text[at] != '"') {
      out += text[at];
    } else if (at + 1 < text.size() && text[at + 1] == '"') {
      out += text[++at];
    } else {
      break;
    }
  }
  const auto end = text.find(separator, at);
  more = end != Text::npos;
  text.remove_prefix(more ? end + 1 : text.size());
  return true;
}

std::vector<std::string> fields_of(Text line, char separator) {
  std::vector<std::string> out;
  std::string field;
  for (bool more = true; more && out.size() < kMaxColumns;) {
    if (!take_field(line, separator, field, more)) return {};
    out.push_back(field);
  }
  return out;
}

template <std::size_t N>
std::optional<std::size_t> column_named(const std::vector<std::string>& fields, const std::array<Text, N>& words) {
  for (const auto word : words)
    for (std::size_t i = 0; i < fields.size(); ++i)
      if (same_letters(fields[i], word)) return i;
  return std::nullopt;
}

bool holds_host(Text field) {
  LineResult result;
  if (!field.empty()) add_host_and_path(field, result);
  return result.kind == LineResult::Kind::Entries;
}

// A word of letters, as names of categories are: no number, date or name of a host.
bool holds_word(Text field) {
  const bool letter = std::ranges::any_of(field, [](char c) { return (c | 32) >= 'a' && (c | 32) <= 'z'; });
  return letter && field.size() <= 200 && !holds_host(field);
}

struct Column {
  int hosts = 0, words = 0;
};

// Columns by what is in them, when the file does not name them.
CsvShape shape_of(const std::vector<std::vector<std::string>>& rows, char separator) {
  CsvShape out{.separator = separator};
  std::vector<Column> columns;
  for (const auto& row : rows) {
    if (columns.size() < row.size()) columns.resize(row.size());
    for (std::size_t i = 0; i < row.size(); ++i) {
      columns[i].hosts += holds_host(row[i]);
      columns[i].words += holds_word(row[i]);
    }
  }
  const auto best = std::ranges::max_element(columns, {}, &Column::hosts);
  if (best == columns.end()) return out;
  out.host = static_cast<std::size_t>(best - columns.begin());
  // One column of words: its category. Of several nobody can say which.
  const int most = static_cast<int>(rows.size()) / 2;
  if (std::ranges::count_if(columns, [most](const Column& c) { return c.words > most; }) == 1) {
    const auto words = std::ranges::find_if(columns, [most](const Column& c) { return c.words > most; });
    out.category = static_cast<std::size_t>(words - columns.begin());
  }
  return out;
}

struct Sample {
  std::vector<std::string> first;              // the fields of the first line that is no comment
  std::vector<std::vector<std::string>> rows;  // of those behind it, and of itself
  std::size_t seen = 0;                        // lines, with the separator or without
};

// Lines that hold the separator; none when most do not.
Sample read_sample(Text left, char separator) {
  Sample out;
  while (!left.empty() && out.seen < kJudgedLines) {
    const auto end = left.find('\n');
    const Text line = trim(left.substr(0, end));
    left = end == Text::npos ? Text() : left.substr(end + 1);
    if (line.empty() || line.front() == '#') continue;
    auto fields = fields_of(line, separator);
    if (out.seen++ == 0) out.first = fields;
    if (fields.size() > 1) out.rows.push_back(std::move(fields));
  }
  if (out.rows.size() * 2 < out.seen) out.rows.clear();
  return out;
}

void add_entries(Text host, Text categories, LineResult& out) {
  add_host_and_path(host, out);
  if (out.kind != LineResult::Kind::Entries || categories.empty()) return;
  // "gambling|sports": the entry stands once for each.
  const Entry first = out.entries[0];
  out.count = 0;
  while (!categories.empty()) {
    const auto end = categories.find_first_of("|;,");
    const Text category = trim(categories.substr(0, end));
    categories = end == Text::npos ? Text() : categories.substr(end + 1);
    const auto so_far = std::span(out.entries).first(out.count);
    if (category.empty() || std::ranges::find(so_far, category, &Entry::category) != so_far.end()) continue;
    if (out.count == kMostCategories) return out.fault("more than 16 categories in one line");
    Entry& entry = out.next();
    entry = first;
    entry.category.assign(category);
  }
  if (out.count == 0) out.unsupported("names no category");
}

// Letters and what joins them: no part of a path, file name or number.
bool plain_word(Text field) { return holds_word(field) && field.find_first_of("/.=?&%0123456789") == Text::npos; }

}  // namespace

bool looks_like_csv(Text sample) {
  for (char separator : {',', ';', '\t', '|'}) {
    const Sample read = read_sample(sample, separator);
    if (read.rows.size() < 2) continue;
    if (const auto host = column_named(read.first, kHostWords); read.first.size() > 1 && host) return true;
    // Commas stand in paths as well, but not so many in each, and not before words.
    const std::size_t columns = read.rows[0].size();
    const auto alike = std::ranges::count_if(read.rows, [columns](const auto& row) {
      return row.size() == columns && holds_host(row[0]) && std::any_of(row.begin() + 1, row.end(), plain_word);
    });
    if (static_cast<std::size_t>(alike) * 10 >= read.seen * 9) return true;
  }
  return false;
}

CsvShape detect_csv(Text sample, unsigned host_column, unsigned category_column) {
  CsvShape best;
  std::size_t best_score = 0;
  for (char separator : {',', ';', '\t', '|'}) {
    const Sample read = read_sample(sample, separator);
    if (read.rows.empty()) continue;
    CsvShape shape = shape_of(read.rows, separator);
    if (const auto host = column_named(read.first, kHostWords); host && !holds_host(read.first[*host]))
      shape = {separator, *host, column_named(read.first, kCategoryWords), true};
    if (host_column > 0) shape.host = host_column - 1;
    if (category_column > 0) shape.category = category_column - 1;
    if (host_column > 0 && !shape.header)
      shape.header = shape.host < read.first.size() && !holds_host(read.first[shape.host]);
    const auto score = static_cast<std::size_t>(std::ranges::count_if(
        read.rows, [&](const auto& row) { return shape.host < row.size() && holds_host(row[shape.host]); }));
    if (score <= best_score) continue;
    best_score = score;
    best = shape;
  }
  return best;
}

void read_csv_line(Text line, FileContext& file, LineResult& out) {
  if (line.front() == '#') return;
  if (std::exchange(file.first_line, false) && file.csv.header) return;
  const CsvShape& csv = file.csv;
  std::string field, host, category;
  bool more = true;
  const std::size_t last = std::max(csv.host, csv.category.value_or(0));
  for (std::size_t column = 0; more && column <= last; ++column) {
    if (!take_field(line, csv.separator, field, more)) return out.fault("a quote that is not closed");
    if (column == csv.host) host = field;
    if (csv.category && column == *csv.category) category = field;
    if (!more && column < csv.host) return out.fault("has no column for the host");
  }
  if (csv.category && category.empty()) return out.unsupported("names no category");
  add_entries(host, category, out);
}

}  // namespace citygate::categories
