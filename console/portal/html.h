// html.h - pages out of texts: nothing gets into one that has not been escaped.
//
// Plain HTML with landmarks, one heading of the first level, a label for each input, no scripts and nothing from
// elsewhere, so that a screen reader and a text browser show all of it.
// Thread    any; values.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "console/portal/http_message.h"

namespace citygate::console {

// The contents of a page, in order.
class Html {
 public:
  using Terms = std::vector<std::pair<std::string, std::string>>;
  using Row = std::vector<std::string>;
  struct Choice {
    std::string value, text;
  };
  enum class Input : std::uint8_t { Text, Password, Lines };
  enum class Need : std::uint8_t { Required, Optional };

  Html& heading(std::string_view text);
  Html& paragraph(std::string_view text);
  Html& done(std::string_view text);   // what has just been done: said first by a screen reader
  Html& wrong(std::string_view text);  // what was wrong with a form
  Html& terms(const Terms& terms);     // those without a value are left out
  Html& table(std::string_view caption, const Row& heads, const std::vector<Row>& rows);
  Html& document(std::string_view text);  // as it stands, a paragraph at each empty line
  Html& link(std::string_view to, std::string_view text);

  // A form that is sent to `action`, with the token that shows where it came from.
  Html& form(std::string_view action, std::string_view token);
  Html& hidden(std::string_view name, std::string_view value);
  Html& input(Input kind, std::string_view name, std::string_view label, std::string_view hint = {},
              Need need = Need::Optional, std::string_view value = {});
  Html& choice(std::string_view name, std::string_view label, std::span<const Choice> choices);
  Html& submit(std::string_view text, std::string_view name = {}, std::string_view value = {});
  Html& end_form();

  [[nodiscard]] const std::string& markup() const { return markup_; }

 private:
  std::string markup_;
  int inputs_ = 0;  // numbered, for labels
};

struct PageFrame {
  std::string title, city, footer;
  std::vector<Html::Choice> ways;  // of the navigation: path, text
  std::string here;                // the path of this page
  std::string sign_out;            // the token of the form that signs out; "": nobody is signed in
  std::string going_to;            // where a form of the page may lead, beside the portal itself; a URL
};

[[nodiscard]] HttpAnswer html_answer(std::uint16_t status, const PageFrame& frame, const Html& contents);
// 303: the browser asks for `to` with GET.
[[nodiscard]] HttpAnswer see_other(std::string_view to);
// /style.css
[[nodiscard]] HttpAnswer style_answer();

}  // namespace citygate::console
