// Any bytes as a list: the first byte picks the format (or detection), the second how the rest is cut into blocks.
//
// Held: no reader crashes or takes a name that is not one; what a reader accepts is canonical already and can be written
// in the normal form and read back; a path of one list is the path of another; the lines do not depend on where the
// stream was cut; no expression that is plainly broken gets through.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/matching_form.h"
#include "base/result.h"
#include "base/target.h"
#include "categories/entries.h"
#include "categories/formats/entry.h"
#include "categories/formats/expression.h"
#include "categories/formats/line_stream.h"

namespace {

using namespace citygate;
using namespace citygate::categories;

// What the normal form must not hold inside an item.
void check_bytes(std::string_view text) {
  for (char c : text) CG_CHECK(c != '\t' && c != '\n' && c != '\x1f' && c != '\0');
}

void check_round_trip(const Entry& entry) {
  const Item item{.exception = entry.kind == Entry::Kind::Allow,
                  .important = entry.important,
                  .deep = entry.deep,
                  .scope = entry.scope,
                  .category = {},
                  .host = entry.host,
                  .path = entry.path,
                  .expression = entry.expression,
                  .phrase = entry.phrase};
  std::string text;
  append_item(text, item);
  check_bytes(text);
  const auto back = parse_item(text);
  CG_CHECK(back && *back == item);
}

void check_name(const Entry& entry) {
  const bool bare_v6 = entry.host.find(':') != std::string::npos;
  CG_CHECK(canonical_host(bare_v6 ? "[" + entry.host + "]" : entry.host) == entry.host);
  CG_CHECK(entry.host.find_first_of("./:") != std::string::npos);
  if (entry.path.empty()) return;
  CG_CHECK(entry.path.front() == '/');
  const bool query = entry.path.find('?') != std::string::npos;
  CG_CHECK(query || entry.path.back() != '/');
  CG_CHECK(entry.path.find('#') == std::string::npos && entry.path.find(' ') == std::string::npos);
  const std::size_t question = std::min(entry.path.find('?'), entry.path.size());
  const std::string_view path = std::string_view(entry.path).substr(0, question);
  std::string scratch;
  CG_CHECK(matching_path(path, scratch) == path);
  if (query) CG_CHECK(matching_query(entry.path.substr(question + 1), scratch) == entry.path.substr(question + 1));
}

void check(const LineResult& result) {
  CG_CHECK(result.kind == LineResult::Kind::Entries ? result.count > 0 : result.count == 0);
  CG_CHECK((result.kind == LineResult::Kind::Fault || result.kind == LineResult::Kind::Unsupported) ==
           !result.reason.empty());
  CG_CHECK(result.kind == LineResult::Kind::Cancels || result.cancelled.empty());
  for (std::size_t i = 0; i < result.count; ++i) {
    const Entry& entry = result.entries[i];
    check_round_trip(entry);
    if (!entry.phrase.empty()) {
      CG_CHECK(entry.host.empty() && entry.path.empty() && entry.expression.empty());
    } else if (entry.expression.empty()) {
      check_name(entry);
    } else {
      CG_CHECK(entry.host.empty() && entry.path.empty() && entry.scope == Scope::Whole);
      CG_CHECK(wrong_expression(entry.expression).empty());
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::size_t block = 1 + data[1];
  FileContext file;
  file.exceptions = (data[0] & 0x80) != 0;
  static_cast<void>(foreign_content(text));
  LineFormat format = detect_format(text, file.csv);
  if (const std::size_t told = (data[0] & 0x7f) % (kLineFormats + 1); told < kLineFormats) {
    format = static_cast<LineFormat>(told);
    if (format == LineFormat::Csv) file.csv = detect_csv(text);
  }
  std::vector<std::string> whole, pieces;
  LineResult result;
  LineStream at_once;
  const auto keep = [](std::vector<std::string>& to) {
    return [&to](const LineStream::Line& line) {
      CG_CHECK(line.text.size() <= kMaxLineBytes && line.number == to.size() + 1);
      to.emplace_back(line.text);
      return true;
    };
  };
  at_once.feed(text, keep(whole));
  at_once.finish(keep(whole));
  LineStream in_blocks;
  for (std::size_t at = 0; at < text.size(); at += block) in_blocks.feed(text.substr(at, block), keep(pieces));
  in_blocks.finish(keep(pieces));
  CG_CHECK(whole == pieces);
  for (const auto& line : whole) {
    read_line(format, line, file, result);
    check(result);
  }
  return 0;
}
