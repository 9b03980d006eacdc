#include "categories/content_check.h"

#include <algorithm>
#include <array>

#include "base/letter_case.h"

namespace citygate::categories {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
// How gzip, xz, zstd, bzip2 and zip begin: they notice themselves when they are cut.
constexpr std::array<std::string_view, 5> kPacked{"\x1F\x8B",
                                                  "\xFD"
                                                  "7zXZ",
                                                  "\x28\xB5\x2F\xFD", "BZh", "PK\x03\x04"};

std::string_view without_blanks(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  return text.substr(std::min(text.find_first_not_of(" \t\r\n\f"), text.size()));
}

}  // namespace

void ContentCheck::add(std::string_view block) {
  if (block.empty()) return;
  head_.append(block.substr(0, kHeadBytes - head_.size()));
  last_ = block.back();
}

std::string_view ContentCheck::markup() const {
  std::string_view text = without_blanks(head_);
  while (begins_with_any_case(text, "<!--")) {  // what stands before <html> on many a page
    const auto end = text.find("-->");
    if (end == std::string_view::npos) return head_.size() == kHeadBytes ? "an HTML page" : "";
    text = without_blanks(text.substr(end + 3));
  }
  for (const std::string_view tag : {"<!doctype html", "<html", "<head", "<body", "<script", "<title", "<meta"})
    if (begins_with_any_case(text, tag)) return "an HTML page";
  if (begins_with_any_case(text, "<?xml")) return "an XML document";
  return {};
}

bool ContentCheck::ends_within_a_line() const {
  const bool packed = std::ranges::any_of(kPacked, [&](std::string_view magic) { return head_.starts_with(magic); });
  return !packed && head_.find('\0') == std::string::npos && last_ != '\n';
}

}  // namespace citygate::categories
