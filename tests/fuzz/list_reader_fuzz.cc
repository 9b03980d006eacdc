// Any bytes as a list: the first byte picks the format (or detection), the second how the rest is cut into blocks.
//
// Held: no reader crashes or takes a name that is not one; what a reader accepts is canonical already; the lines do not
// depend on where the stream was cut.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/target.h"
#include "categories/formats/entry.h"
#include "categories/formats/line_stream.h"

namespace {

using namespace citygate;
using namespace citygate::categories;

void check(const LineResult& result) {
  CG_CHECK(result.kind == LineResult::Kind::Entries ? result.count > 0 : result.count == 0);
  CG_CHECK((result.kind == LineResult::Kind::Fault || result.kind == LineResult::Kind::Unsupported) ==
           !result.reason.empty());
  for (std::size_t i = 0; i < result.count; ++i) {
    const Entry& entry = result.entries[i];
    const bool bare_v6 = entry.host.find(':') != std::string::npos;
    CG_CHECK(canonical_host(bare_v6 ? "[" + entry.host + "]" : entry.host) == entry.host);
    CG_CHECK(entry.path.empty() || (entry.path.front() == '/' && entry.path.back() != '/'));
    CG_CHECK(entry.kind == Entry::Kind::Block || entry.path.empty());
    for (char c : entry.host + entry.path) CG_CHECK(c != '\t' && c != '\n' && c != ' ');
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::size_t block = 1 + data[1];
  LineFormat format = detect_format(text);
  if (data[0] % 6 < 5) format = static_cast<LineFormat>(data[0] % 6);
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
    read_line(format, line, result);
    check(result);
  }
  return 0;
}
