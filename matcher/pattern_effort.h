// pattern_effort.h - expressions that are short to write and endless to compile.
//
//   a?b?c?d?...   each part that may be left out goes on with every one behind it. Hyperscan 5.4 took 0.03 s for a run of 100,
//                 0.3 s for 200, 6 s for 400, and cannot be stopped
//   (a|b|c...)+   each end goes on with every beginning: 0.1 s for 300 words, 1.1 s for 1,000
//
// Nothing in a list of names needs either. Such an expression is looked for by its rare words, or refused.
// Thread any; pure. Cost: one look at each node.
#pragma once

#include <cstdint>

#include "matcher/pattern_syntax.h"

namespace citygate::matcher {

inline constexpr std::uint64_t kMaxOptionalRun = 50;      // parts that may be left out, one behind the other
inline constexpr std::uint64_t kMaxRepeatedChoice = 300;  // ends of what is repeated

[[nodiscard]] bool takes_long_to_compile(const PatternNode& node);

}  // namespace citygate::matcher
