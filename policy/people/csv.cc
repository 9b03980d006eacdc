#include "policy/people/csv.h"

#include <fmt/format.h>

namespace citygate::policy {
namespace {

class CsvReader {
 public:
  CsvReader(std::string_view text, const std::string& file, Problems& problems)
      : text_(text), file_(file), problems_(problems) {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
  }

  std::vector<CsvRow> read() {
    std::vector<CsvRow> out;
    while (at_ < text_.size()) {
      if (take_line_end()) continue;
      CsvRow row = read_row();
      if (!row.cells.empty()) out.push_back(std::move(row));
    }
    return out;
  }

 private:
  // Without cells where it was wrong.
  CsvRow read_row() {
    CsvRow row{.line = line_};
    for (;;) {
      CsvCell cell{.line = line_, .column = column_};
      if (!(peek() == '"' ? quoted(cell) : plain(cell))) {
        skip_line();
        return {};
      }
      row.cells.push_back(std::move(cell));
      if (at_ == text_.size() || take_line_end()) return row;
      advance();  // the comma
    }
  }

  bool plain(CsvCell& cell) {
    while (at_ < text_.size() && peek() != ',' && !at_line_end()) {
      if (peek() == '"') return problem("a quote stands within a cell; put the whole cell in quotes, and double it");
      cell.text += advance();
    }
    return true;
  }

  bool quoted(CsvCell& cell) {
    const int line = line_, column = column_;
    advance();
    for (;;) {
      if (at_ == text_.size()) return problem("the quote that begins here has no end", line, column);
      const char c = advance();
      if (c != '"') {
        cell.text += c;
      } else if (peek() == '"') {
        cell.text += advance();
      } else {
        break;
      }
    }
    if (at_ == text_.size() || peek() == ',' || at_line_end()) return true;
    return problem("text follows the closing quote; a quote inside of quotes is doubled");
  }

  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  [[nodiscard]] bool at_line_end() const { return peek() == '\n' || text_.substr(at_, 2) == "\r\n"; }

  char advance() {
    const char c = text_[at_++];
    if (c == '\n') {
      ++line_;
      column_ = 1;
    } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {  // the first byte of a character
      ++column_;
    }
    return c;
  }

  bool take_line_end() {
    if (at_ == text_.size() || !at_line_end()) return false;
    if (peek() == '\r') advance();
    advance();
    return true;
  }
  void skip_line() {
    while (at_ < text_.size() && !take_line_end()) advance();
  }

  bool problem(std::string_view text) { return problem(text, line_, column_); }
  bool problem(std::string_view text, int line, int column) {
    problems_.add(file_, line, fmt::format("column {}: {}", column, text));
    return false;
  }

  const std::string_view text_;
  const std::string& file_;
  Problems& problems_;
  std::size_t at_ = 0;
  int line_ = 1, column_ = 1;
};

}  // namespace

std::vector<CsvRow> read_csv(std::string_view text, const std::string& file, Problems& problems) {
  return CsvReader(text, file, problems).read();
}

}  // namespace citygate::policy
