#include "categories/tally.h"

namespace citygate::categories {

std::string printable(std::string_view text, std::size_t limit) {
  std::string out;
  append_printable(out, text, limit);
  return out;
}

void append_printable(std::string& to, std::string_view text, std::size_t limit) {
  // By far most text is ASCII.
  const std::string_view first = text.substr(0, limit);
  if (std::ranges::all_of(first, [](char c) { return c >= 0x20 && c < 0x7f; })) {
    to += first;
    if (text.size() >= limit) to += "...";
    return;
  }
  std::string out;
  for (std::size_t i = 0; i < text.size() && out.size() < limit;) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const std::size_t length = byte < 0x80                   ? 1
                               : byte >= 0xf0 && byte < 0xf5 ? 4
                               : byte >= 0xe0                ? 3
                               : byte >= 0xc2                ? 2
                                                             : 0;
    bool whole =
        length > 0 && byte < 0xf5 && i + length <= text.size() && (length > 1 || (byte >= 0x20 && byte != 0x7f));
    for (std::size_t k = 1; whole && k < length; ++k) whole = (static_cast<unsigned char>(text[i + k]) & 0xc0) == 0x80;
    if (whole) {
      out.append(text.substr(i, length));
      i += length;
    } else {
      out.push_back(byte == '\t' ? ' ' : '?');
      ++i;
    }
  }
  if (out.size() >= limit) out += "...";
  to += out;
}

}  // namespace citygate::categories
