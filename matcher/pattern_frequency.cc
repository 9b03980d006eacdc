#include "matcher/pattern_frequency.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

namespace citygate::matcher {
namespace {

using Kind = PatternNode::Kind;

constexpr std::size_t kMaxStrings = 256;  // an element of more is judged by the frequency of its bytes

// Shares of bytes in 48,000 URLs of the open web, rounded; letters in lower case.
double share_of(unsigned char byte) {
  constexpr std::string_view kFrequent = "eatoicsrn/pm.", kUsual = "lwhdug:-bf";
  const char c = static_cast<char>(byte >= 'A' && byte <= 'Z' ? byte + 32 : byte);
  if (kFrequent.contains(c)) return 0.06;
  if (kUsual.contains(c)) return 0.025;
  if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) return 0.01;
  return 0.004;
}

double share_of(std::string_view text) {
  // What nearly every URL holds counts as one byte of no great rarity, however long it is.
  static constexpr auto kEverywhere = std::to_array<std::string_view>(
      {"https://www.", "http://www.", "https://", "http://", "://www.", "://",   "www.", ".com/", ".com",
       ".net",         ".org",        ".html",    ".htm",    ".php",    ".aspx", ".asp", ".css",  ".js",
       ".jpg",         ".jpeg",       ".gif",     ".png",    "index",   "image", "http", "tunnel"});
  double out = 1;
  while (!text.empty()) {
    std::size_t size = 1;
    double share = share_of(static_cast<unsigned char>(text[0]));
    for (const auto common : kEverywhere)
      if (text.starts_with(common)) {
        size = common.size();
        share = 0.02;
        break;
      }
    text.remove_prefix(size);
    out *= share;
  }
  return out;
}

// Puts every tail behind every head; false, and `heads` as before, when they become more than kMaxStrings.
bool append(std::vector<std::string>& heads, const std::vector<std::string>& tails) {
  if (heads.size() * tails.size() > kMaxStrings) return false;
  if (tails.size() == 1) {
    for (auto& head : heads) head += tails[0];
    return true;
  }
  std::vector<std::string> joined;
  for (const auto& head : heads)
    for (const auto& tail : tails) joined.push_back(head + tail);
  heads = std::move(joined);
  return true;
}

// Every text that `node` matches, in lower case; false when they are more than kMaxStrings.
bool expand(const PatternNode& node, std::vector<std::string>& out) {
  std::vector<std::string> inner;
  out.assign(node.kind == Kind::Bytes || node.kind == Kind::Choice ? 0 : 1, "");
  switch (node.kind) {
    case Kind::Nothing: return true;
    case Kind::Anything: return false;
    case Kind::Bytes:
      for (unsigned c = 0; c < 256; ++c)
        if (node.bytes[c] && !(c >= 'A' && c <= 'Z')) out.emplace_back(1, static_cast<char>(c));
      return true;
    case Kind::Sequence:
      return std::ranges::all_of(node.parts,
                                 [&](const auto& part) { return expand(part, inner) && append(out, inner); });
    case Kind::Choice:
      return std::ranges::all_of(node.parts, [&](const auto& part) {
        if (!expand(part, inner)) return false;
        std::ranges::move(inner, std::back_inserter(out));
        return out.size() <= kMaxStrings;
      });
    case Kind::Repeat: break;
  }
  if (node.most > 4 || !expand(node.parts[0], inner)) return false;
  std::vector<std::string> all;
  for (std::uint32_t times = 0; times <= node.most; ++times) {
    if (times >= node.least) std::ranges::copy(out, std::back_inserter(all));
    if (times < node.most && !append(out, inner)) return false;
  }
  out = std::move(all);
  return out.size() <= kMaxStrings;
}

double share_of(const std::vector<std::string>& strings) {
  double out = 0;
  for (const auto& text : strings) out += share_of(text);
  return std::min(out, 1.0);
}

}  // namespace

double frequency_of(const ByteSet& set) {
  double out = 0;
  for (unsigned c = 0; c < 256; ++c)
    if (set[c] && !(c >= 'A' && c <= 'Z')) out += share_of(static_cast<unsigned char>(c));
  return std::min(out, 1.0);
}

double frequency_of(const PatternNode& node) {
  std::vector<std::string> strings, stretch{""};
  double out = 1;
  switch (node.kind) {
    case Kind::Bytes: return frequency_of(node.bytes);
    case Kind::Sequence:
      // By stretches as long as can be spelled out: what is everywhere ("https://www.") shows as a whole only.
      for (const auto& part : node.parts) {
        const bool spelled = expand(part, strings);
        if (spelled && append(stretch, strings)) continue;
        out *= share_of(stretch);
        stretch.assign(1, "");
        if (!spelled)
          out *= frequency_of(part);
        else
          stretch = strings;
      }
      return out * share_of(stretch);
    case Kind::Choice:
      if (expand(node, strings)) return share_of(strings);
      out = 0;
      for (const auto& part : node.parts) out += frequency_of(part);
      return std::min(out, 1.0);
    case Kind::Repeat: return std::pow(frequency_of(node.parts[0]), node.least);
    default: return 1;
  }
}

}  // namespace citygate::matcher
