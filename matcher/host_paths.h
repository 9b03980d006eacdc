// host_paths.h - the prefixes of a URL under which a list can have named it, and the form in which it is kept.
//
//   /casino/Live?table=7&x=1     "/casino"  "/casino/live"  "/casino/live?table=7"  "/casino/live?table=7&x=1"
//
// Letter case is not looked at: URLs differ by it only on servers that mean the same by both, or to slip past a list.
// Bounds    512 bytes and 32 borders; what lies beyond is no prefix, nor can be listed.
// Cost      one copy of at most 512 bytes; no allocation.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "matcher/host_table_format.h"

namespace citygate::matcher {

[[nodiscard]] constexpr bool is_path_border(char c) { return c == '/' || c == '?' || c == '&'; }
[[nodiscard]] constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// What is kept of "/path[?query]" of a list: a border at its end says nothing.
[[nodiscard]] constexpr std::string_view trim_path(std::string_view path) {
  while (!path.empty() && is_path_border(path.back())) path.remove_suffix(1);
  return path;
}
// Whether a trimmed path can be found again.
[[nodiscard]] constexpr bool path_fits(std::string_view path) {
  return path.size() >= 2 && path.size() <= format::kMaxPathBytes && path.front() == '/' &&
         static_cast<std::size_t>(std::ranges::count_if(path, is_path_border)) <= format::kMaxPathBorders;
}

class PathPrefixes {
 public:
  PathPrefixes(std::string_view path, std::string_view query) {
    const std::size_t total = path.size() + (query.empty() ? 0 : 1 + query.size());
    std::size_t size = append(path, 0);
    if (!query.empty()) size = append(query, append("?", size));
    for (std::size_t i = 1; i < size && count_ < format::kMaxPathBorders; ++i)
      if (is_path_border(text_[i])) ends_[count_++] = static_cast<std::uint16_t>(i);
    if (size == total && size > 0 && size <= format::kMaxPathBytes && count_ < format::kMaxPathBorders)
      ends_[count_++] = static_cast<std::uint16_t>(size);
  }
  [[nodiscard]] std::size_t count() const { return count_; }
  // Ascending in length.
  [[nodiscard]] std::string_view operator[](std::size_t i) const { return {text_.data(), ends_[i]}; }

 private:
  std::size_t append(std::string_view text, std::size_t at) {
    const std::size_t size = std::min(text.size(), text_.size() - at);
    std::ranges::transform(text.substr(0, size), text_.begin() + static_cast<std::ptrdiff_t>(at), lower);
    return at + size;
  }
  std::array<char, format::kMaxPathBytes + 1> text_;  // one more: the border behind the longest prefix
  std::array<std::uint16_t, format::kMaxPathBorders> ends_;
  std::size_t count_ = 0;
};

}  // namespace citygate::matcher
