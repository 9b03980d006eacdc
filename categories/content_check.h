// content_check.h - sees at the first bytes that what arrives is no list, and at the last that it was cut.
//
// A portal, a login page or "this page has moved" comes with status 200 as well; no format of lists begins with a tag.
// Cost      looks at the first kilobyte alone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace citygate::categories {

class ContentCheck {
 public:
  // All bytes in order, from the first.
  void add(std::string_view block);

  // "an HTML page", "an XML document" or "". Known as soon as enough has come.
  [[nodiscard]] std::string_view markup() const;
  // Text whose last line does not end: where nothing else says how long it is, it may have been cut.
  [[nodiscard]] bool ends_within_a_line() const;

 private:
  static constexpr std::size_t kHeadBytes = 1024;
  std::string head_;
  char last_ = '\n';
};

}  // namespace citygate::categories
