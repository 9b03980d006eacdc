#include "console/portal/html.h"

#include <fmt/format.h>

#include <iterator>

#include "base/target.h"
#include "proxy/pages.h"

namespace citygate::console {
namespace {

using proxy::escape_html;

// Contrast of all texts is above 7:1 (WCAG 2.2, 1.4.6); what is focused has an outline.
constexpr std::string_view kStyle =
    "body{font:1.05rem/1.5 sans-serif;max-width:48rem;margin:0 auto;padding:0 1rem 2rem;color:#1b1b1b;background:#fff}"
    "a{color:#00418c}nav ul{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.3rem 1.2rem}"
    "nav{border-bottom:1px solid #595959}h1{font-size:1.6rem}h2{font-size:1.25rem;margin-top:2rem}"
    "dt{font-weight:bold;margin-top:.6rem}dd{margin:0}"
    "table{border-collapse:collapse}caption{text-align:left;font-weight:bold;padding:.3rem 0}"
    "th,td{border:1px solid #595959;padding:.3rem .6rem;text-align:left;vertical-align:top}"
    "label{display:block;font-weight:bold;margin-top:.9rem}.hint{display:block;color:#404040}"
    "input,select,textarea{font:inherit;width:100%;max-width:36rem;box-sizing:border-box;padding:.3rem;"
    "border:1px solid #404040;color:#1b1b1b;background:#fff}textarea{min-height:6rem}"
    "button{font:inherit;margin-top:.9rem;padding:.4rem 1.2rem;color:#fff;background:#00418c;border:1px solid #00418c}"
    ":focus-visible{outline:3px solid #8a4b00;outline-offset:2px}"
    ".done,.wrong{border-left:.4rem solid;padding:.4rem .8rem}.done{border-color:#0b5d1e;background:#eef7ef}"
    ".wrong{border-color:#8f0d0d;background:#fbeeee}.document{border:1px solid #595959;padding:0 1rem}"
    "footer{margin-top:2.5rem;border-top:1px solid #595959;color:#404040}"
    ".skip{position:absolute;left:-99rem}.skip:focus{position:static}";

std::string_view type_of(Html::Input kind) { return kind == Html::Input::Password ? "password" : "text"; }

// "http://news.example": whom a form may be answered with a redirect to. The host is canonical, so nothing in it ends
// the field.
std::string origin_of(std::string_view url) {
  Target target;
  if (url.empty() || !parse_url(url, target)) return {};
  const bool six = target.address && !target.address->is_v4();
  return fmt::format(" {}://{}{}{}:{}", to_string(target.scheme), six ? "[" : "", target.host, six ? "]" : "",
                     target.port);
}

void add_safe_headers(HttpAnswer& answer, std::string_view going_to) {
  answer.headers.emplace_back(
      "Content-Security-Policy",
      fmt::format("default-src 'none'; style-src 'self'; form-action 'self'{}; base-uri 'none'; frame-ancestors 'none'",
                  origin_of(going_to)));
  answer.headers.emplace_back("Cache-Control", "no-store");
  answer.headers.emplace_back("X-Content-Type-Options", "nosniff");
  answer.headers.emplace_back("X-Frame-Options", "DENY");
  answer.headers.emplace_back("Referrer-Policy", "same-origin");
}

}  // namespace

Html& Html::heading(std::string_view text) {
  fmt::format_to(std::back_inserter(markup_), "<h2>{}</h2>\n", escape_html(text));
  return *this;
}

Html& Html::paragraph(std::string_view text) {
  fmt::format_to(std::back_inserter(markup_), "<p>{}</p>\n", escape_html(text));
  return *this;
}

Html& Html::done(std::string_view text) {
  fmt::format_to(std::back_inserter(markup_), "<p class=\"done\" role=\"status\">{}</p>\n", escape_html(text));
  return *this;
}

Html& Html::wrong(std::string_view text) {
  fmt::format_to(std::back_inserter(markup_), "<p class=\"wrong\" role=\"alert\">{}</p>\n", escape_html(text));
  return *this;
}

Html& Html::terms(const Terms& terms) {
  markup_ += "<dl>\n";
  for (const auto& [name, value] : terms)
    if (!value.empty())
      fmt::format_to(std::back_inserter(markup_), "<dt>{}</dt><dd>{}</dd>\n", escape_html(name), escape_html(value));
  markup_ += "</dl>\n";
  return *this;
}

Html& Html::table(std::string_view caption, const Row& heads, const std::vector<Row>& rows) {
  fmt::format_to(std::back_inserter(markup_), "<table><caption>{}</caption>\n<thead><tr>", escape_html(caption));
  for (const auto& head : heads)
    fmt::format_to(std::back_inserter(markup_), "<th scope=\"col\">{}</th>", escape_html(head));
  markup_ += "</tr></thead>\n<tbody>\n";
  for (const auto& row : rows) {
    markup_ += "<tr>";
    for (const auto& cell : row) fmt::format_to(std::back_inserter(markup_), "<td>{}</td>", escape_html(cell));
    markup_ += "</tr>\n";
  }
  markup_ += "</tbody></table>\n";
  return *this;
}

Html& Html::document(std::string_view text) {
  markup_ += "<section class=\"document\" aria-label=\"Text\">\n";
  while (!text.empty()) {
    const auto end = std::min(text.find("\n\n"), text.size());
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(text.size(), text.find_first_not_of('\n', end)));
    if (part.find_first_not_of(" \t\n") != std::string_view::npos) paragraph(part);
  }
  markup_ += "</section>\n";
  return *this;
}

Html& Html::link(std::string_view to, std::string_view text) {
  fmt::format_to(std::back_inserter(markup_), "<p><a href=\"{}\">{}</a></p>\n", escape_html(to), escape_html(text));
  return *this;
}

Html& Html::form(std::string_view action, std::string_view token) {
  fmt::format_to(std::back_inserter(markup_), "<form method=\"post\" action=\"{}\" accept-charset=\"utf-8\">\n",
                 escape_html(action));
  return hidden("token", token);
}

Html& Html::hidden(std::string_view name, std::string_view value) {
  fmt::format_to(std::back_inserter(markup_), "<input type=\"hidden\" name=\"{}\" value=\"{}\">\n", escape_html(name),
                 escape_html(value));
  return *this;
}

Html& Html::input(Input kind, std::string_view name, std::string_view label, std::string_view hint, Need need,
                  std::string_view value) {
  const int id = ++inputs_;
  const auto out = std::back_inserter(markup_);
  fmt::format_to(out, "<label for=\"in{}\">{}</label>\n", id, escape_html(label));
  if (!hint.empty()) fmt::format_to(out, "<span class=\"hint\" id=\"hint{}\">{}</span>\n", id, escape_html(hint));
  const std::string common = fmt::format("id=\"in{}\" name=\"{}\"{}{}", id, escape_html(name),
                                         hint.empty() ? std::string() : fmt::format(" aria-describedby=\"hint{}\"", id),
                                         need == Need::Required ? " required" : "");
  if (kind == Input::Lines) {
    fmt::format_to(out, "<textarea {} rows=\"4\">\n{}</textarea>\n", common, escape_html(value));
  } else {
    const std::string_view fill = kind == Input::Password ? "current-password" : name == "name" ? "username" : "off";
    fmt::format_to(out, "<input type=\"{}\" {} value=\"{}\" autocomplete=\"{}\">\n", type_of(kind), common,
                   escape_html(value), fill);
  }
  return *this;
}

Html& Html::choice(std::string_view name, std::string_view label, std::span<const Choice> choices) {
  const int id = ++inputs_;
  const auto out = std::back_inserter(markup_);
  fmt::format_to(out, "<label for=\"in{0}\">{1}</label>\n<select id=\"in{0}\" name=\"{2}\">\n", id, escape_html(label),
                 escape_html(name));
  for (const auto& each : choices)
    fmt::format_to(out, "<option value=\"{}\">{}</option>\n", escape_html(each.value), escape_html(each.text));
  markup_ += "</select>\n";
  return *this;
}

Html& Html::submit(std::string_view text, std::string_view name, std::string_view value) {
  const std::string named =
      name.empty() ? std::string() : fmt::format(" name=\"{}\" value=\"{}\"", escape_html(name), escape_html(value));
  fmt::format_to(std::back_inserter(markup_), "<button type=\"submit\"{}>{}</button>\n", named, escape_html(text));
  return *this;
}

Html& Html::end_form() {
  markup_ += "</form>\n";
  return *this;
}

HttpAnswer html_answer(std::uint16_t status, const PageFrame& frame, const Html& contents) {
  HttpAnswer out;
  out.status = status;
  out.headers.emplace_back("Content-Type", "text/html; charset=utf-8");
  add_safe_headers(out, frame.going_to);
  const auto to = std::back_inserter(out.body);
  fmt::format_to(to,
                 "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
                 "content=\"width=device-width\"><meta name=\"robots\" content=\"noindex\"><title>{} - {}</title>"
                 "<link rel=\"stylesheet\" href=\"/style.css\"><link rel=\"icon\" href=\"data:,\"></head>\n<body><a "
                 "class=\"skip\" href=\"#main\">To the contents</a>\n<header><p>{} web gateway</p></header>\n",
                 escape_html(frame.title), escape_html(frame.city), escape_html(frame.city));
  if (!frame.ways.empty()) {
    out.body += "<nav aria-label=\"Pages\"><ul>\n";
    for (const auto& way : frame.ways)
      fmt::format_to(to, "<li><a href=\"{}\"{}>{}</a></li>\n", escape_html(way.value),
                     way.value == frame.here ? " aria-current=\"page\"" : "", escape_html(way.text));
    out.body += "</ul></nav>\n";
  }
  fmt::format_to(to, "<main id=\"main\"><h1>{}</h1>\n{}</main>\n<footer>", escape_html(frame.title), contents.markup());
  if (!frame.sign_out.empty()) {
    Html form;
    form.form("/sign-out", frame.sign_out).submit("Sign out").end_form();
    out.body += form.markup();
  }
  fmt::format_to(to, "<p>{}</p></footer></body></html>\n", escape_html(frame.footer));
  return out;
}

HttpAnswer see_other(std::string_view to) {
  HttpAnswer out;
  out.status = 303;
  out.headers.emplace_back("Location", to);
  out.headers.emplace_back("Content-Type", "text/html; charset=utf-8");
  add_safe_headers(out, {});
  out.body =
      fmt::format("<!DOCTYPE html>\n<html lang=\"en\"><title>Go on</title><p><a href=\"{}\">Go on</a></p></html>\n",
                  escape_html(to));
  return out;
}

HttpAnswer style_answer() {
  HttpAnswer out;
  out.headers.emplace_back("Content-Type", "text/css; charset=utf-8");
  out.headers.emplace_back("Cache-Control", "max-age=3600");
  out.headers.emplace_back("X-Content-Type-Options", "nosniff");
  out.body = kStyle;
  return out;
}

}  // namespace citygate::console
