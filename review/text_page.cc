#include "review/text_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/percent_encoding.h"

namespace citygate::review {
namespace {

constexpr std::size_t kColumns = 96, kIndent = 2, kLabel = 13;

// Cuts a piece off the front of `text` that fits into `width`, at a space where there is one.
std::string_view take_piece(std::string_view& text, std::size_t width) {
  std::size_t cut = text.size();
  std::size_t next = cut;
  if (cut > width) {
    const auto space = text.rfind(' ', width);
    cut = space == text.npos || space == 0 ? width : space;
    next = cut < text.size() && text[cut] == ' ' ? cut + 1 : cut;
  }
  const auto piece = text.substr(0, cut);
  text.remove_prefix(next);
  return piece;
}

}  // namespace

void TextPage::heading(std::string_view text) {
  while (!text.empty()) {
    out_ += take_piece(text, kColumns);
    out_ += '\n';
  }
}

void TextPage::line(std::string_view label, std::string_view value) {
  std::string_view shown = label;
  do {
    out_ += fmt::format("{:{}}{:<{}}", "", kIndent, shown, kLabel);
    // A label that fills its column still stands apart from its value.
    if (shown.size() >= kLabel) out_ += ' ';
    const std::size_t used = kIndent + std::max(kLabel, shown.size() + 1);
    out_ += take_piece(value, used + 20 > kColumns ? 20 : kColumns - used);
    out_.erase(out_.find_last_not_of(' ') + 1);
    out_ += '\n';
    shown = {};
  } while (!value.empty());
}

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f)
      out += c;
    else
      append_percent_encoded(c, out);
  }
  return out;
}

std::string minutes_text(double minutes) { return fmt::format("{:.4g}", minutes); }
std::string megabytes_text(std::uint64_t bytes) { return fmt::format("{:.10g}", static_cast<double>(bytes) / 1e6); }

}  // namespace citygate::review
