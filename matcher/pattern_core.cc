#include "matcher/pattern_core.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <string_view>
#include <vector>

#include "base/hex.h"
#include "matcher/pattern_frequency.h"

namespace citygate::matcher {
namespace {

using Kind = PatternNode::Kind;

// A core that is expected more often than in one URL of twenty (of some 50 bytes) saves little. Natural logarithms of
// occurrences per byte.
constexpr double kRareEnough = -6.9;
constexpr std::size_t kMaxContextBytes = 8;  // "[./]" tells something, "[^/]" hardly anything
constexpr std::uint32_t kMaxLeast = 16;
constexpr double kTellsNothing = 0.7;  // a class of bytes at the edge of a core
constexpr std::uint64_t kMaxCoreSize = 20'000;

struct Core {
  std::string text;
  double frequency = 0;  // logarithm
};

bool may_be_empty(const PatternNode& node) {
  const auto empty = [](const PatternNode& part) { return may_be_empty(part); };
  switch (node.kind) {
    case Kind::Bytes: return false;
    case Kind::Sequence: return std::ranges::all_of(node.parts, empty);
    case Kind::Choice: return std::ranges::any_of(node.parts, empty);
    case Kind::Repeat: return node.least == 0 || may_be_empty(node.parts[0]);
    default: return true;
  }
}

// The bytes that a match of `node` can end with, unless it is empty.
ByteSet last_of(const PatternNode& node) {
  ByteSet out;
  switch (node.kind) {
    case Kind::Bytes: return node.bytes;
    case Kind::Nothing: return out;
    case Kind::Anything: return out.set();
    case Kind::Sequence:
      for (auto part = node.parts.rbegin(); part != node.parts.rend(); ++part) {
        out |= last_of(*part);
        if (!may_be_empty(*part)) break;
      }
      return out;
    default:
      for (const auto& part : node.parts) out |= last_of(part);
      return out;
  }
}

// Readable, since it is shown to people; hexadecimal where a plain byte would mean something.
void write_byte(unsigned byte, std::string_view plain, std::string& out) {
  const char c = static_cast<char>(byte);
  if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || plain.contains(c)) {
    out += c;
  } else if (c == '.' || c == '?' || c == '+' || c == '*') {
    (out += '\\') += c;
  } else {
    ((out += "\\x") += kHexDigits[byte >> 4]) += kHexDigits[byte & 15];
  }
}

void write_set(const ByteSet& set, std::string& out) {
  ByteSet lower = set;
  for (unsigned c = 'A'; c <= 'Z'; ++c) lower.reset(c);
  if (set.all()) {
    out += '.';
    return;
  }
  if (lower.count() == 1) return write_byte(static_cast<unsigned>(lower._Find_first()), "/-_=&%:;,~@", out);
  out += '[';
  for (unsigned c = 0; c < 256; ++c) {
    if (!lower[c]) continue;
    unsigned last = c;
    while (last + 1 < 256 && lower[last + 1]) ++last;
    write_byte(c, "./?+*_=&%:;,~@", out);
    if (last > c + 1) out += '-';
    if (last > c) write_byte(last, "./?+*_=&%:;,~@", out);
    c = last;
  }
  out += ']';
}

// `node` as an expression; what has no width is left out.
void write(const PatternNode& node, std::string& out) {
  switch (node.kind) {
    case Kind::Bytes: return write_set(node.bytes, out);
    case Kind::Sequence:
      for (const auto& part : node.parts) write(part, out);
      return;
    case Kind::Choice:
      out += "(?:";
      for (std::size_t i = 0; i < node.parts.size(); ++i) {
        if (i > 0) out += '|';
        write(node.parts[i], out);
      }
      out += ')';
      return;
    case Kind::Repeat:
      if (node.least == 1 && node.most == 1) return write(node.parts[0], out);
      out += "(?:";
      write(node.parts[0], out);
      out += "){" + std::to_string(node.least) + "," + std::to_string(node.most) + "}";
      return;
    default: return;
  }
}

// What always stands right before parts[first], or before its last copies where it is cut to them: one of a few bytes, or
// nothing is known.
ByteSet context_of(std::span<const PatternNode> parts, std::size_t first) {
  ByteSet out = is_bounded(parts[first]) ? ByteSet() : last_of(parts[first]);
  while (first-- > 0) {
    out |= last_of(parts[first]);
    if (may_be_empty(parts[first])) continue;
    return out.count() <= kMaxContextBytes ? out : ByteSet();
  }
  return {};
}

std::optional<Core> rarest_of(const PatternNode& node);

void keep_rarer(std::optional<Core>& best, std::optional<Core> other) {
  if (other && (!best || other->frequency < best->frequency)) best = std::move(other);
}

// The core made of parts[first, last), all bounded but perhaps the outermost two, which are then cut to their least.
std::optional<Core> piece(std::span<const PatternNode> parts, std::size_t first, std::size_t last) {
  const auto idle = [](const PatternNode& part) {
    return may_be_empty(part) || (part.kind == Kind::Bytes && frequency_of(part.bytes) > kTellsNothing);
  };
  while (first < last && idle(parts[first])) ++first;
  while (first < last && idle(parts[last - 1])) --last;
  if (first == last) return std::nullopt;
  PatternNode whole;
  whole.kind = Kind::Sequence;
  for (std::size_t i = first; i < last; ++i) {
    whole.parts.push_back(parts[i]);
    if (!is_bounded(parts[i])) whole.parts.back().most = parts[i].least;
  }
  if (written_out(whole) > kMaxCoreSize) return std::nullopt;
  Core out;
  double frequency = frequency_of(whole);
  if (const ByteSet context = context_of(parts, first); context.any()) {
    write_set(context, out.text);
    frequency *= frequency_of(context);
  }
  write(whole, out.text);
  out.frequency = std::log(std::max(frequency, 1e-300));
  return out;
}

// The same, of its pieces between optional parts where one of them is rare enough: as a whole,
// "https?://(www\.|m\.)?(casino|poker)" costs thirty times its last piece.
std::optional<Core> run(std::span<const PatternNode> parts, std::size_t first, std::size_t last) {
  std::optional<Core> best;
  std::size_t from = first;
  for (std::size_t i = first; i < last; ++i) {
    if (parts[i].kind == Kind::Nothing || !may_be_empty(parts[i])) continue;
    keep_rarer(best, piece(parts, from, i));
    from = i + 1;
  }
  keep_rarer(best, piece(parts, from, last));
  if (best && best->frequency <= kRareEnough) return best;
  return piece(parts, first, last);
}

std::optional<Core> rarest_in_sequence(std::span<const PatternNode> parts) {
  std::optional<Core> best;
  std::size_t first = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto& part = parts[i];
    if (is_bounded(part)) continue;
    // "(a|b)+" ends with one of them what stands before it, and begins with one of them what stands behind it.
    const bool plus =
        part.kind == Kind::Repeat && part.least > 0 && part.least <= kMaxLeast && is_bounded(part.parts[0]);
    keep_rarer(best, run(parts, first, plus ? i + 1 : i));
    if (!plus && part.kind != Kind::Anything) keep_rarer(best, rarest_of(part));
    first = plus ? i : i + 1;
  }
  keep_rarer(best, run(parts, first, parts.size()));
  return best;
}

std::optional<Core> rarest_of(const PatternNode& node) {
  if (node.kind == Kind::Sequence) return rarest_in_sequence(node.parts);
  if (is_bounded(node)) return run({&node, 1}, 0, 1);
  if (node.kind == Kind::Repeat) return node.least > 0 ? rarest_of(node.parts[0]) : std::nullopt;
  if (node.kind != Kind::Choice) return std::nullopt;
  Core all;
  double sum = 0;
  for (const auto& part : node.parts) {
    auto one = rarest_of(part);
    if (!one) return std::nullopt;
    all.text += (all.text.empty() ? "(?:" : "|") + one->text;
    sum += std::exp(one->frequency);
  }
  all.text += ')';
  all.frequency = std::log(sum);
  return all;
}

bool begins_with_scheme(const PatternNode& root) {
  if (root.kind != Kind::Sequence) return false;
  auto part = std::ranges::find_if(root.parts, [](const auto& one) { return one.kind != Kind::Nothing; });
  for (const char c : std::string_view("http")) {
    if (part == root.parts.end() || part->kind != Kind::Bytes || part->bytes.count() != 2 ||
        !part->bytes[static_cast<unsigned char>(c)])
      return false;
    ++part;
  }
  return true;
}

}  // namespace

bool is_slow_as_written(const PatternNode& root) { return !is_bounded(root) || begins_with_scheme(root); }

std::optional<std::string> core_of(const PatternNode& root) {
  auto best = rarest_of(root);
  if (!best || best->frequency > kRareEnough) return std::nullopt;
  return std::move(best->text);
}

}  // namespace citygate::matcher
