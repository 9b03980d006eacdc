#include "matcher/pattern_syntax.h"

#include <algorithm>
#include <string>

namespace citygate::matcher {
namespace {

using Kind = PatternNode::Kind;

constexpr std::uint32_t kFewRepeats = 16;

ByteSet range(unsigned first, unsigned last) {
  ByteSet out;
  for (unsigned c = first; c <= last; ++c) out.set(c);
  return out;
}

ByteSet folded(ByteSet set) {
  for (unsigned c = 'a'; c <= 'z'; ++c)
    if (set[c] || set[c - 32]) set.set(c).set(c - 32);
  return set;
}

// \d \w \s \h \v and their opposites as PCRE2 reads them without UCP; false for any other letter.
bool class_escape(char letter, ByteSet& out) {
  switch (letter | 0x20) {
    case 'd': out = range('0', '9'); break;
    case 'w': out = range('0', '9') | range('A', 'Z') | range('a', 'z') | range('_', '_'); break;
    case 's': out = range(9, 13) | range(' ', ' '); break;
    case 'h': out = range(9, 9) | range(' ', ' ') | range(0xa0, 0xa0); break;
    case 'v': out = range(10, 13) | range(0x85, 0x85); break;
    default: return false;
  }
  if ((letter & 0x20) == 0) out.flip();
  return true;
}

// The byte that \a \e \f \n \r \t stand for; -1 for any other letter.
int control_escape(char letter) {
  constexpr std::string_view kLetters = "aefnrt", kBytes = "\a\x1b\f\n\r\t";
  const auto at = kLetters.find(letter);
  return at == std::string_view::npos ? -1 : kBytes[at];
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = static_cast<char>(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

PatternNode node_of(Kind kind) {
  PatternNode out;
  out.kind = kind;
  return out;
}
PatternNode bytes_node(const ByteSet& set) {
  PatternNode out = node_of(Kind::Bytes);
  out.bytes = folded(set);
  return out;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<PatternNode> parse() {
    CG_TRY(root, choice(0));
    if (at_ != text_.size()) return unread("an unmatched \")\"");
    return std::move(root);
  }

 private:
  [[nodiscard]] bool more() const { return at_ < text_.size(); }
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  [[nodiscard]] bool take(std::string_view what) {
    if (!text_.substr(at_).starts_with(what)) return false;
    at_ += what.size();
    return true;
  }
  [[nodiscard]] std::unexpected<Error> unread(std::string_view what) const {
    return fail(Error::Kind::Malformed, std::string(what) + " at character " + std::to_string(at_ + 1) +
                                            " is not supported in expressions of lists; write it without");
  }
  // Steps behind the next `end`.
  void skip_past(char end) {
    const auto found = text_.find(end, at_);
    at_ = found == std::string_view::npos ? text_.size() : found + 1;
  }

  Result<PatternNode> choice(std::uint32_t depth) {
    if (depth > kMaxPatternNesting)
      return fail(Error::Kind::TooLarge, "has groups nested deeper than " + std::to_string(kMaxPatternNesting));
    PatternNode out = node_of(Kind::Choice);
    do {
      CG_TRY(one, sequence(depth));
      out.parts.push_back(std::move(one));
    } while (take("|"));
    if (out.parts.size() > 1) return out;
    PatternNode only = std::move(out.parts[0]);
    return only;
  }

  Result<PatternNode> sequence(std::uint32_t depth) {
    PatternNode out = node_of(Kind::Sequence);
    while (more() && peek() != '|' && peek() != ')') {
      CG_TRY(one, atom(depth));
      quantify(one);
      if (one.kind == Kind::Sequence)
        std::ranges::move(one.parts, std::back_inserter(out.parts));
      else
        out.parts.push_back(std::move(one));
    }
    return out;
  }

  Result<PatternNode> atom(std::uint32_t depth) {
    const char c = text_[at_];
    if (c == '(') return group(depth);
    if (c == '[') return bracket();
    if (c == '\\') return escape();
    ++at_;
    if (c == '^' || c == '$') return node_of(Kind::Nothing);
    if (c == '.') return bytes_node(ByteSet().set());
    return bytes_node(range(static_cast<unsigned char>(c), static_cast<unsigned char>(c)));
  }

  // "{2}" "{2,}" "{2,5}"; anything else in braces is plain text.
  bool counts(std::uint32_t& least, std::uint32_t& most) {
    std::size_t at = at_ + 1;
    const auto number = [&](std::uint32_t& out) {
      const std::size_t first = at;
      for (out = 0; at < text_.size() && text_[at] >= '0' && text_[at] <= '9' && at - first < 6; ++at)
        out = out * 10 + static_cast<std::uint32_t>(text_[at] - '0');
      return at > first;
    };
    if (!number(least)) return false;
    most = least;
    if (at < text_.size() && text_[at] == ',') {
      ++at;
      if (!number(most)) most = kNoEnd;
    }
    if (at >= text_.size() || text_[at] != '}') return false;
    at_ = at + 1;
    return true;
  }

  void quantify(PatternNode& node) {
    for (;;) {
      std::uint32_t least = 0, most = kNoEnd;
      if (take("*")) {
      } else if (take("+")) {
        least = 1;
      } else if (take("?")) {
        most = 1;
      } else if (peek() != '{' || !counts(least, most)) {
        return;
      }
      if (!take("?")) (void)take("+");  // lazy, possessive
      if (node.kind == Kind::Nothing || node.kind == Kind::Anything) continue;
      PatternNode repeat = node_of(Kind::Repeat);
      repeat.least = least;
      repeat.most = most;
      repeat.parts.push_back(std::move(node));
      node = std::move(repeat);
    }
  }

  Result<PatternNode> group(std::uint32_t depth) {
    ++at_;
    if (peek() == '*') return unread("the verb \"(*\"");
    if (take("?")) {
      if (peek() == '#') return unread("the comment \"(?#\"");  // what follows it may repeat what stands before it
      if (peek() == '<' && peek(1) == '*') return unread("the group \"(?<*\"");
      if (take("=") || take("!") || take("<=") || take("<!")) return inside(depth, Kind::Nothing);
      if (peek() == '(') return inside(depth, Kind::Anything);  // a condition: its test reads as one more group
      if (take("<") || take("P<")) {
        skip_past('>');
      } else if (take("'")) {
        skip_past('\'');
      } else if (!take(":") && !take("|") && !take(">")) {
        return option(depth);
      }
    }
    CG_TRY(body, choice(depth + 1));
    if (!take(")")) return unread("an unclosed group");
    return std::move(body);
  }

  // Reads a group's body, which says nothing that can be looked for.
  Result<PatternNode> inside(std::uint32_t depth, Kind as) {
    CG_TRY_VOID(choice(depth + 1));
    if (!take(")")) return unread("an unclosed group");
    return node_of(as);
  }

  // "(?i)" and "(?i:...)"; recursion: "(?R)" "(?1)" "(?&name)" "(?P>name)" "(?P=name)".
  Result<PatternNode> option(std::uint32_t depth) {
    const std::size_t first = at_;
    while (more() && peek() != ')' && peek() != ':') ++at_;
    const std::string_view letters = text_.substr(first, at_ - first);
    if (letters.find_first_not_of("imsnUJ-^") == std::string_view::npos &&
        letters.find_first_of("^n") == letters.npos) {
      if (take(")")) return node_of(Kind::Nothing);
      ++at_;
      CG_TRY(body, choice(depth + 1));
      if (!take(")")) return unread("an unclosed group");
      return std::move(body);
    }
    const bool recursion = letters.starts_with("P>") || letters.starts_with("P=") || letters.starts_with("&") ||
                           letters == "R" || letters.find_first_not_of("0123456789+-") == std::string_view::npos;
    if (!recursion || peek() != ')') {
      at_ = first;
      return unread("the option \"(?" + std::string(letters) + "\"");
    }
    ++at_;
    return node_of(Kind::Anything);
  }

  Result<PatternNode> escape() {
    const std::size_t first = at_++;
    const char letter = more() ? text_[at_++] : '\\';
    ByteSet set;
    if (class_escape(letter, set)) return bytes_node(set);
    if (const int byte = control_escape(letter); byte >= 0) return bytes_node(range(byte, byte));
    if ((letter | 0x20) < 'a' || (letter | 0x20) > 'z') {
      if (letter < '0' || letter > '9') {
        const auto byte = static_cast<unsigned char>(letter);
        return bytes_node(range(byte, byte));
      }
      while (peek() >= '0' && peek() <= '9') ++at_;  // a back-reference or an octal number
      return node_of(Kind::Anything);
    }
    switch (letter) {
      case 'b':
      case 'B':
      case 'A':
      case 'z':
      case 'Z':
      case 'G':
      case 'K': return node_of(Kind::Nothing);
      case 'N':
        if (peek() != '{') return bytes_node(ByteSet().set());
        break;
      case 'R': return node_of(Kind::Anything);
      case 'x': return hexadecimal();
      case 'g':
      case 'k': return reference();
      default: break;
    }
    at_ = first;
    return unread("the escape \"\\" + std::string(1, letter) + "\"");
  }

  // "\x2f"; in braces, and with fewer digits, it is rare enough to be taken for anything.
  Result<PatternNode> hexadecimal() {
    if (take("{")) {
      skip_past('}');
      return node_of(Kind::Anything);
    }
    if (hex_digit(peek()) < 0 || hex_digit(peek(1)) < 0) {
      if (hex_digit(peek()) >= 0) ++at_;
      return node_of(Kind::Anything);
    }
    const auto byte = static_cast<unsigned>(hex_digit(peek()) * 16 + hex_digit(peek(1)));
    at_ += 2;
    return bytes_node(range(byte, byte));
  }

  // "\g2" "\g{-1}" "\k<name>" "\k'name'"
  Result<PatternNode> reference() {
    if (take("{")) {
      skip_past('}');
    } else if (take("<")) {
      skip_past('>');
    } else if (take("'")) {
      skip_past('\'');
    } else {
      if (peek() == '-' || peek() == '+') ++at_;
      while (peek() >= '0' && peek() <= '9') ++at_;
    }
    return node_of(Kind::Anything);
  }

  Result<PatternNode> bracket() {
    ++at_;
    const bool negated = take("^");
    ByteSet set;
    bool vague = false;  // holds something whose members are not worked out: then any byte
    for (bool first = true; more() && (first || peek() != ']'); first = false) {
      ByteSet members;
      int from = -1;
      CG_TRY_VOID(member(members, from, vague));
      if (from >= 0 && peek() == '-' && peek(1) != ']' && at_ + 1 < text_.size()) {
        ++at_;
        int to = -1;
        CG_TRY_VOID(member(members, to, vague));
        if (to >= from)
          members |= range(static_cast<unsigned>(from), static_cast<unsigned>(to));
        else
          members.set('-');
      }
      set |= members;
    }
    if (!take("]")) return unread("an unclosed \"[\"");
    set = folded(set);
    if (vague) return bytes_node(ByteSet().set());
    return bytes_node(negated ? ~set : set);
  }

  // One member of a class: `byte` is it when it is a single one, which may begin a range.
  Result<void> member(ByteSet& members, int& byte, bool& vague) {
    if (peek() == '[' && (peek(1) == ':' || peek(1) == '.' || peek(1) == '=')) {
      const char kind = peek(1);
      const auto end = text_.find(std::string{kind, ']'}, at_ + 2);
      const auto close = text_.find(']', at_ + 2);
      if (end != std::string_view::npos && close == end + 1) {
        at_ = close + 1;
        vague = true;
        return {};
      }
    }
    const char c = text_[at_++];
    byte = static_cast<unsigned char>(c);
    if (c != '\\' || !more()) {
      members.set(static_cast<std::size_t>(byte));
      return {};
    }
    const char letter = text_[at_++];
    if (class_escape(letter, members)) {
      byte = -1;
      return {};
    }
    byte = letter == 'b' ? '\b' : control_escape(letter);
    if (byte < 0 && letter == 'x' && hex_digit(peek()) >= 0 && hex_digit(peek(1)) >= 0) {
      byte = hex_digit(peek()) * 16 + hex_digit(peek(1));
      at_ += 2;
    }
    if (byte < 0) {
      const char low = static_cast<char>(letter | 0x20);
      if ((low >= 'a' && low <= 'z') || (letter >= '0' && letter <= '9')) {
        at_ -= 2;
        return unread("the escape \"\\" + std::string(1, letter) + "\" in a class");
      }
      byte = static_cast<unsigned char>(letter);
    }
    members.set(static_cast<std::size_t>(byte));
    return {};
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Result<PatternNode> parse_pattern(std::string_view expression) { return Parser(expression).parse(); }

std::uint64_t written_out(const PatternNode& node) {
  constexpr std::uint64_t kEnough = std::uint64_t{1} << 40;
  std::uint64_t out = node.kind == Kind::Bytes || node.kind == Kind::Anything ? 1 : 0;
  for (const auto& part : node.parts) out += written_out(part);
  if (node.kind == Kind::Repeat) out *= node.most == kNoEnd ? std::max(node.least, 1U) : std::max(node.most, 1U);
  return std::min(out, kEnough);
}

bool is_bounded(const PatternNode& node) {
  if (node.kind == Kind::Anything || (node.kind == Kind::Repeat && node.most > kFewRepeats)) return false;
  return std::ranges::all_of(node.parts, [](const PatternNode& part) { return is_bounded(part); });
}

}  // namespace citygate::matcher
