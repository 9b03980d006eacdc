// Adblock lists: rules that name a host, a path or a pattern of URLs. Rules about parts of pages, and about requests that
// only the browser can tell apart, are counted by what they are.
#include "base/char_set.h"
#include "categories/formats/adblock_options.h"
#include "categories/formats/entry.h"
#include "categories/formats/expression.h"

namespace citygate::categories {
namespace {

constexpr CharSet kPatternMarks("*^|");

bool hides_parts(std::string_view line) {
  for (std::string_view mark : {"##", "#@", "#?#", "#$", "#%#", "$$", "$@$"})
    if (line.find(mark) != std::string_view::npos) return true;
  return false;
}

bool comment(std::string_view line) {
  if (line.front() == '!' || (line.front() == '[' && line.back() == ']')) return true;
  return line.front() == '#' && (line.size() == 1 || line[1] == ' ' || line[1] == '#' || line[1] == '!');
}

void add_expression(std::string expression, LineResult& out) {
  if (const auto wrong = wrong_expression(expression); !wrong.empty()) return out.fault(wrong);
  out.next().expression = std::move(expression);
}

// "||name", "||name^", "||name/path^": names at a label's border. Everything else of that kind is a pattern.
void read_name_rule(std::string_view rule, LineResult& out) {
  std::string_view name = rule.substr(2);
  if (name.starts_with("*.")) name.remove_prefix(2);
  const auto slash = name.find('/');
  bool whole = slash == std::string_view::npos;  // the path ends where a segment does
  if (name.ends_with("^|")) name.remove_suffix(1);
  if (name.ends_with('|') && slash == std::string_view::npos) name.remove_suffix(1);
  if (name.ends_with('^')) {
    name.remove_suffix(1);
    whole = true;
  } else if (slash == std::string_view::npos && name.ends_with('*')) {
    name.remove_suffix(1);
  } else if (slash != std::string_view::npos) {
    // A directory or a file: "/ads/", "/ads.js". "/ad" begins "/advice" too.
    const std::string_view last = name.substr(name.rfind('/') + 1);
    whole = last.empty() || last.find('.') != std::string_view::npos;
  }
  if (!whole || kPatternMarks.find_in(name) != std::string_view::npos || name.find('?') != std::string_view::npos)
    return too_wide(rule) ? out.unsupported(kTooWide) : add_expression(from_adblock(rule), out);
  add_host_and_path(name, out);
  if (out.kind == LineResult::Kind::Fault && out.reason == kSingleWord) out.unsupported("a whole top-level domain");
}

// "|name^": in DNS lists '|' is the front of a name. In browsers it is where a URL begins, and none begins with a name.
bool names_one_host(std::string_view rule, std::string& host) {
  if (!rule.starts_with('|')) return false;
  rule.remove_prefix(1);
  if (!rule.ends_with('^') && !rule.ends_with('|')) return false;
  while (rule.ends_with('^') || rule.ends_with('|')) rule.remove_suffix(1);
  return listed_host(rule, host).empty();
}

// "/.../": as it is, over the URL with its scheme. Those of DNS lists are over names: "^ads[0-9]*\.example\.com$".
void read_regular_expression(std::string_view text, LineResult& out) {
  if (const auto wrong = wrong_expression(text); !wrong.empty()) return out.fault(wrong);
  std::string expression(text);
  if (is_name_expression(text)) {
    if (too_wide(text_of_expression(text))) return out.unsupported(kTooWide);
    expression = from_name_expression(text);
  }
  add_expression(std::move(expression), out);
}

void read_pattern(std::string_view rule, LineResult& out) {
  std::string host;
  // A bare name is a rule of DNS lists.
  if (listed_host(rule, host).empty()) {
    out.next().host = std::move(host);
    return;
  }
  if (names_one_host(rule, host)) {
    Entry& entry = out.next();
    entry.host = std::move(host);
    entry.scope = Scope::Exact;
    return;
  }
  if (too_wide(rule)) return out.unsupported(kTooWide);
  if (rule.find_first_of(" \t") != std::string_view::npos) return out.fault("not an adblock rule");
  const bool url = rule.starts_with("|http") || rule.find("://") != std::string_view::npos;
  if (rule.starts_with('|') && !url) return add_expression(from_name_beginning(rule.substr(1)), out);
  add_expression(from_adblock(rule), out);
}

// Where the options begin; npos when it has none. A '$' inside a regular expression is none, and neither is one in a path.
std::size_t options_of(std::string_view line) {
  const auto dollar = line.rfind('$');
  if (dollar == std::string_view::npos) return dollar;
  const std::string_view behind = line.substr(dollar + 1);
  const bool word = !behind.empty() && (behind.front() == '~' || behind.front() == '_' || is_option_letter(behind[0]));
  return word ? dollar : std::string_view::npos;
}

}  // namespace

void read_adblock_line(std::string_view line, LineResult& out) {
  if (line.starts_with("!#include")) return out.unsupported("includes another list, which is not read");
  if (comment(line)) return;
  if (hides_parts(line)) return out.unsupported("hides parts of pages (element rule)");
  const std::string_view whole = line;
  const bool allow = line.starts_with("@@");
  if (allow) line.remove_prefix(2);
  const bool starts_as_expression = line.size() > 2 && line.front() == '/';
  bool important = false;
  auto dollar = options_of(line);
  // "/a$b/" and "/a/$doc" both begin and hold a '/'; the '$' of the second stands behind the last one.
  if (starts_as_expression && line.back() == '/') dollar = std::string_view::npos;
  if (dollar != std::string_view::npos) {
    const auto options = read_adblock_options(line.substr(dollar + 1), allow);
    if (options.cancels) {
      out.kind = LineResult::Kind::Cancels;
      out.cancelled = without_badfilter(whole);
      return;
    }
    if (!options.unusable.empty()) return out.unsupported(options.unusable);
    important = options.important;
    line = trim(line.substr(0, dollar));
  }
  if (line.size() > 2 && line.front() == '/' && line.back() == '/') {
    read_regular_expression(line.substr(1, line.size() - 2), out);
  } else if (line.starts_with("||")) {
    read_name_rule(trim(line.substr(0, line.find("^!"))) /* a remark, as some lists write it */, out);
  } else if (line.empty() || line == "*" || line == "|*") {
    return out.unsupported("a rule for every URL");
  } else {
    read_pattern(line, out);
  }
  if (out.kind != LineResult::Kind::Entries) return;
  if (allow) out.entries[0].except_deeply();
  out.entries[0].important = important;
}

}  // namespace citygate::categories
