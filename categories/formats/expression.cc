#include "categories/formats/expression.h"

#include <algorithm>
#include <vector>

#include "base/char_set.h"

namespace citygate::categories {
namespace {

constexpr std::size_t kMaxBytes = 2000;
constexpr std::string_view kScheme = "^https?://";
constexpr std::string_view kUnbalanced = "not a regular expression: a bracket is not closed";
constexpr std::string_view kEmpty = "a regular expression that finds every URL";
constexpr CharSet kSpecial("\\^$.|?*+()[]{}");
constexpr CharSet kRepeats("*+?");
constexpr CharSet kBorders("bB<>`'AZzG");             // escapes that stand between characters
constexpr CharSet kSchemeEndEscapes("/:WDSNRXhHvV");  // that may be the ':' or '/' of "http://"

// A POSIX bracket expression from its '[' on; `at` is moved behind its ']'. False when it has none.
bool take_posix_bracket(std::string_view text, std::size_t& at, std::string& out) {
  out += text[at++];
  if (at < text.size() && text[at] == '^') out += text[at++];
  bool first = true;
  for (; at < text.size(); first = false) {
    const char c = text[at];
    const char kind = at + 1 < text.size() ? text[at + 1] : '\0';
    if (c == ']' && !first) {
      out += text[at++];
      return true;
    }
    if (c == '[' && (kind == ':' || kind == '.' || kind == '=')) {
      const auto end = text.find(std::string{kind, ']'}, at + 2);
      if (end == std::string_view::npos) return false;
      // [:alpha:] is the same in both; [.-.] and [=a=] are the character.
      const std::string_view name = text.substr(at, end + 2 - at);
      if (kind != ':') out += '\\';
      out += kind == ':' ? name : name.substr(2, name.size() - 4);
      at = end + 2;
      continue;
    }
    if (c == '\\' || c == '[' || c == ']') out += '\\';
    out += c;
    ++at;
  }
  return false;
}

bool take_pcre_bracket(std::string_view text, std::size_t& at, std::string& out) {
  out += text[at++];
  if (at < text.size() && text[at] == '^') out += text[at++];
  for (bool first = true; at < text.size(); first = false) {
    if (text[at] == ']' && !first) {
      out += text[at++];
      return true;
    }
    if (text[at] == '[' && at + 1 < text.size() && text[at + 1] == ':') {
      const auto end = text.find(":]", at + 2);
      if (end == std::string_view::npos) return false;
      out += text.substr(at, end + 2 - at);
      at = end + 2;
      continue;
    }
    if (text[at] == '\\' && at + 1 < text.size()) out += text[at++];
    out += text[at++];
  }
  return false;
}

// The escapes of glibc's regcomp() that PCRE writes otherwise.
void append_escape(char c, ExpressionDialect dialect, std::string& out) {
  if (dialect == ExpressionDialect::Posix) {
    if (c == '<' || c == '>') c = 'b';
    if (c == '`') {
      out += kScheme;
      return;
    }
    if (c == '\'') {
      out += "/?$";
      return;
    }
  }
  out += '\\';
  out += c;
}

// "a*+" is "a repeat of a repeat" to POSIX, and takes no more than "a*"; to PCRE it is a possessive repeat.
void append_repeat(char c, std::string& out, bool& repeated) {
  if (repeated) {
    if (out.back() == '?' && c != '?') out.back() = '*';  // (a?)+ and (a?)* are a*
    if (out.back() == '+' && c != '+') out.back() = '*';  // (a+)? and (a+)* are a*
    return;
  }
  repeated = true;
  out += c;
}

// Looks for the text of the scheme itself.
bool mentions_scheme(std::string_view text) {
  for (std::string_view part : {"http", "HTTP", "ttp", "tps", "://", ":/", ":\\/"})
    if (text.find(part) != std::string_view::npos) return true;
  return false;
}

bool begins_with_scheme(std::string_view text) {
  return text.starts_with("^http") || text.starts_with("^(http") || text.starts_with("^(?:http");
}

// Whether the bracket expression `set` may be the ':' or '/' of "http://". Says yes when in doubt.
bool holds_scheme_end(std::string_view set) {
  set = set.substr(1, set.size() - 2);
  const bool negated = set.starts_with('^');
  if (negated) set.remove_prefix(1);
  bool colon = false, slash = false;
  for (std::size_t i = 0; i < set.size(); ++i) {
    if (set[i] == '\\' && i + 1 < set.size()) ++i;
    if (set.substr(i).starts_with("[:")) return true;
    char last = set[i];
    if (i + 2 < set.size() && set[i + 1] == '-') last = set[i + 2];
    colon = colon || (set[i] <= ':' && ':' <= last);
    slash = slash || (set[i] <= '/' && '/' <= last);
  }
  return negated ? !colon || !slash : colon || slash;
}

// Follows an expression and knows whether what it finds may begin at the end of the scheme, which its own program never
// shows it: "/ads" is not in "ads.example/", and is in "http://ads.example/".
class Beginnings {
 public:
  // An atom that ends before `rest`, and may be a ':' or '/'.
  void atom(bool scheme_end, std::string_view rest) {
    if (!first_ || skipped(rest)) return;
    found_ = found_ || scheme_end;
    first_ = false;
  }
  void open() { groups_.push_back({first_, false}); }
  [[nodiscard]] bool outside() const { return groups_.empty(); }  // of all groups
  // A '|' inside of one.
  void alternative() {
    groups_.back().empty = groups_.back().empty || first_;
    first_ = groups_.back().first;
  }
  void close(std::string_view rest) {
    if (groups_.empty()) return;
    const Group group = groups_.back();
    groups_.pop_back();
    first_ = group.first && (group.empty || first_ || skipped(rest));
  }
  [[nodiscard]] bool at_scheme_end() const { return found_; }

 private:
  struct Group {
    bool first, empty;
  };
  static bool skipped(std::string_view rest) {
    return rest.starts_with('*') || rest.starts_with('?') || rest.starts_with("{0");
  }
  std::vector<Group> groups_;
  bool first_ = true, found_ = false;
};

// What stands between two '|' outside of all brackets, over whole URLs.
struct Alternative {
  std::string text;
  bool behind_scheme = false;  // could be found in the scheme's own text, and must not
};

// Takes the one from `at` on, which is moved to its '|' or the end. False when it has a bracket that is not closed.
bool take_alternative(std::string_view text, std::size_t& at, ExpressionDialect dialect, Alternative& one) {
  const bool posix = dialect == ExpressionDialect::Posix;
  const std::size_t begin = at;
  std::string& out = one.text;
  // Written with the scheme in spite of the rule: then that is meant.
  const bool whole_url = begins_with_scheme(text.substr(at));
  bool anchored = false, repeated = false;
  Beginnings beginnings;
  while (at < text.size()) {
    const char c = text[at];
    if (posix && kRepeats.has(c) && !out.empty() && text[at - 1] != '(' && text[at - 1] != '|') {
      append_repeat(c, out, repeated);
      ++at;
      continue;
    }
    repeated = false;
    if (c == '[') {
      const std::size_t bracket = out.size();
      if (posix ? !take_posix_bracket(text, at, out) : !take_pcre_bracket(text, at, out)) return false;
      beginnings.atom(holds_scheme_end(std::string_view(out).substr(bracket)), text.substr(at));
      continue;
    }
    if (c == '\\' && at + 1 < text.size()) {
      const char escaped = text[at + 1];
      append_escape(escaped, dialect, out);
      at += 2;
      if (!kBorders.has(escaped)) beginnings.atom(kSchemeEndEscapes.has(escaped), text.substr(at));
      continue;
    }
    if (c == '|' && beginnings.outside()) break;
    ++at;
    const std::string_view rest = text.substr(at);
    if (c == '^' && !whole_url) {
      anchored = true;
      out += kScheme;
      continue;
    }
    out += c == '$' ? std::string_view("/?$") : std::string_view(&c, 1);
    if (c == '(') beginnings.open();
    if (c == ')') beginnings.close(rest);
    if (c == '|') beginnings.alternative();
    if (c == '.' || !kSpecial.has(c)) beginnings.atom(c == '.' || c == '/' || c == ':', rest);
  }
  one.behind_scheme =
      !anchored && !whole_url && (beginnings.at_scheme_end() || mentions_scheme(text.substr(begin, at - begin)));
  return true;
}

}  // namespace

std::string from_adblock(std::string_view pattern) {
  std::string out;
  if (pattern.starts_with("||")) {
    out += kScheme;
    out += "(?:[^/?]*\\.)?";
    pattern.remove_prefix(2);
  } else if (pattern.starts_with('|')) {
    out += '^';
    pattern.remove_prefix(1);
  }
  while (out.empty() && pattern.starts_with('*')) pattern.remove_prefix(1);
  const bool to_end = pattern.ends_with('|');
  if (to_end) pattern.remove_suffix(1);
  while (!to_end && pattern.ends_with('*')) pattern.remove_suffix(1);
  for (char c : pattern) {
    if (c == '*') {
      if (!out.ends_with(".*")) out += ".*";
    } else if (c == '^') {
      // Anything but a letter, a digit, or one of _ - . %; or the end. Bytes beyond ASCII belong to letters.
      out += "(?:[^\\w.%\\x80-\\xff-]|$)";
    } else {
      if (kSpecial.has(c)) out += '\\';
      out += c;
    }
  }
  if (to_end) out += '$';
  return out;
}

std::string from_name_beginning(std::string_view pattern) {
  const std::string out = from_adblock(pattern);
  return pattern.starts_with('*') ? out : std::string(kScheme) + out;
}

namespace {

// How expressions over names begin that are for what is below a name, too.
constexpr std::array<std::string_view, 2> kLabelBorders{"(^|\\.)", "(?:^|\\.)"};

}  // namespace

bool is_name_expression(std::string_view text) {
  const bool anchored = text.starts_with('^') || text.starts_with("(^") || text.starts_with("(?:^");
  return anchored && text.find('/') == std::string_view::npos && text.find("http") == std::string_view::npos;
}

std::string from_name_expression(std::string_view text) {
  std::string out;
  for (const auto border : kLabelBorders)
    if (out.empty() && text.starts_with(border)) {
      out.append(kScheme).append("(?:[^:/]*\\.)?");
      text.remove_prefix(border.size());
    }
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\\' && at + 1 < text.size()) {
      out += c;
      out += text[++at];
    } else if (c == '[') {
      if (!take_pcre_bracket(text, at, out)) return std::string(text);
      --at;
    } else if (c == '^') {
      out += kScheme;
    } else if (c == '$') {
      out += "[:/]";  // what stands behind the name of every URL
    } else if (c == '.') {
      out += "[^:/]";
    } else {
      out += c;
    }
  }
  return out;
}

std::string text_of_expression(std::string_view text) {
  std::string out, ignored;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\\' && at + 1 < text.size()) {
      out += kSpecial.has(text[++at]) ? text[at] : '*';
    } else if (c == '[') {
      if (!take_pcre_bracket(text, at, ignored)) return out;
      --at;
      out += '*';
    } else if (c != '^' && c != '$') {
      out += kSpecial.has(c) ? '*' : c;
    }
  }
  return out;
}

std::string from_wildcard_name(std::string_view name) {
  std::string out(kScheme);
  out += "(?:[^/?]*\\.)?";
  for (char c : name) {
    if (c == '*') {
      if (!out.ends_with("[^/?]*")) out += "[^/?]*";
    } else {
      if (c == '.') out += '\\';
      out += c;
    }
  }
  return out + "[:/]";
}

std::string_view from_url_expression(std::string_view text, ExpressionDialect dialect, std::string& out) {
  out.clear();
  bool first = true, behind_scheme = false;  // the run of alternatives that is being written
  for (std::size_t at = 0;; ++at) {
    Alternative one;
    if (!take_alternative(text, at, dialect, one)) return kUnbalanced;
    if (behind_scheme && !one.behind_scheme) out += ')';
    if (!first) out += '|';
    first = false;
    if (one.behind_scheme && !behind_scheme) out += "^https?://.*(?:";
    behind_scheme = one.behind_scheme;
    out += one.text;
    if (at == text.size()) break;
  }
  if (behind_scheme) out += ')';
  return wrong_expression(out);
}

std::string_view wrong_expression(std::string_view expression) {
  if (expression.size() > kMaxBytes) return "a regular expression over 2,000 bytes";
  std::size_t open = 0;
  bool finds_something = false, empty_branch = true;
  for (std::size_t at = 0; at < expression.size(); ++at) {
    const char c = expression[at];
    if (expression.substr(at).starts_with(kScheme)) {
      at += kScheme.size() - 1;
      continue;
    }
    if (c == '|' && open == 0) {
      if (empty_branch) return kEmpty;
      empty_branch = true;
      continue;
    }
    empty_branch = false;
    if (c == '\\') {
      if (++at == expression.size()) return "not a regular expression: it ends in a backslash";
      finds_something = true;
    } else if (c == '[') {
      std::string ignored;
      if (!take_pcre_bracket(expression, at, ignored)) return kUnbalanced;
      --at;
      finds_something = true;
    } else if (c == '(') {
      ++open;
      const std::string_view inside = expression.substr(at + 1);
      if (inside.starts_with('*')) return "not a regular expression: a repeat of nothing";
      // "?:", "?i:", "?<=" say how, not what.
      if (inside.starts_with('?')) at += std::min(inside.find_first_of(":=!>)"), inside.size());
    } else if (c == ')') {
      if (open-- == 0) return kUnbalanced;
    } else if (!kSpecial.has(c)) {
      const char after = at + 1 < expression.size() ? expression[at + 1] : '\0';
      if (after != '*' && after != '?') finds_something = true;
    }
  }
  if (open != 0) return kUnbalanced;
  return finds_something && !empty_branch ? std::string_view() : kEmpty;
}

}  // namespace citygate::categories
