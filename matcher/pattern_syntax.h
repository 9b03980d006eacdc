// pattern_syntax.h - what an expression can match, as a tree; only as exact as looking for a part of it needs.
//
//   ^https?://([^/]+\.)?(casino|poker)   ──▶  Sequence( Nothing h t t p Repeat(s,0,1) : / / Repeat(...) Choice(...) )
//
// The tree may accept more than the expression does, and never less: what has no width (anchors, borders, look-around) is
// Nothing, what depends on other parts (back-references, recursion, conditions) is Anything, greed and atomic groups are
// not looked at. Letter case is folded: a Bytes node that holds one case of a letter holds both.
//
// Input     an expression that PCRE2 has compiled without its UTF and extended options, so brackets and braces are sound.
// Errors    Malformed, in words for the list's maintainer: what changes how the rest is read (verbs, extended mode).
// Cost      one pass over the text; about 100 bytes per byte of it.
#pragma once

#include <bitset>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace citygate::matcher {

using ByteSet = std::bitset<256>;

struct PatternNode {
  enum class Kind : std::uint8_t {
    Bytes,     // one byte out of `bytes`
    Nothing,   // the empty text, perhaps on a condition
    Anything,  // any text, the empty one too
    Sequence,  // all of `parts`, one behind the other; never directly inside another Sequence
    Choice,    // one of `parts`
    Repeat,    // parts[0], `least` to `most` times
  };
  Kind kind = Kind::Nothing;
  std::uint32_t least = 1, most = 1;
  ByteSet bytes;
  std::vector<PatternNode> parts;
};

inline constexpr std::uint32_t kNoEnd = 0xffffffffU;     // PatternNode::most of "*" and "+"
inline constexpr std::uint32_t kMaxPatternNesting = 60;  // groups within groups

[[nodiscard]] Result<PatternNode> parse_pattern(std::string_view expression);

// How many bytes the expression is long once its repeats are written out; what compiling it costs grows with it.
[[nodiscard]] std::uint64_t written_out(const PatternNode& node);

// Is every text it matches short: no repeat of more than a few?
[[nodiscard]] bool is_bounded(const PatternNode& node);

}  // namespace citygate::matcher
