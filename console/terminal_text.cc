#include "console/terminal_text.h"

#include <fmt/format.h>

#include <iterator>

namespace citygate::console {

std::string terminal_text(std::string_view line) {
  std::string out;
  out.reserve(line.size());
  const auto byte = [&](std::size_t i) { return i < line.size() ? static_cast<unsigned char>(line[i]) : 0U; };
  for (std::size_t i = 0; i < line.size(); ++i) {
    const unsigned c = byte(i), next = byte(i + 1);
    const bool c0 = (c < 0x20 && c != '\t' && c != '\n') || c == 0x7f;
    const bool c1 = c == 0xc2 && next >= 0x80 && next < 0xa0;  // U+0080 to U+009F
    if (c1) ++i;
    if (c0 || c1)
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", c1 ? next : c);
    else
      out.push_back(line[i]);
  }
  return out;
}

}  // namespace citygate::console
