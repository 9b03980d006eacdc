// text_page.h - plain text for a terminal: a label column, values that wrap under themselves, at most 96 columns.
#pragma once

#include <string>
#include <string_view>

namespace citygate::review {

class TextPage {
 public:
  void heading(std::string_view text);
  // "  label        value that goes on
  //                on the next line"
  void line(std::string_view label, std::string_view value);
  void blank() { out_ += '\n'; }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

// Control characters and bytes that are not ASCII are written as %XX: what is shown came from outside.
[[nodiscard]] std::string printable(std::string_view text);

// At most four digits of minutes; megabytes of 10^6 bytes, exactly.
[[nodiscard]] std::string minutes_text(double minutes);
[[nodiscard]] std::string megabytes_text(std::uint64_t bytes);

}  // namespace citygate::review
