// pattern_core.h - the part of an expression that is cheap to look for, and that no match can do without.
//
//   ^https?://([^/]+\.)?(casino|poker)[^/]*\.(com|net)/     core: [\x2e\x2f](?:casino|poker)
//   google\..*/search\?.*q=cache                            core: q=cache
//
// An automaton that must follow `([^/]+\.)?` from the first byte of each URL costs a hundred times of one that waits for
// a few rare words. So those words alone are scanned for, and what they hit is confirmed by the whole expression.
//
// Certainty every text that the expression matches contains a match of its core (for any letter case).
#pragma once

#include <optional>
#include <string>

#include "matcher/pattern_syntax.h"

namespace citygate::matcher {

// Does looking for all of it cost much more than for a part? Repeats without a small end do; and so does beginning with the
// scheme, which is there in every URL and so wakes the automaton each time.
[[nodiscard]] bool is_slow_as_written(const PatternNode& root);

// An expression in Hyperscan's syntax; nothing where no part is rare enough in URLs to be worth a search.
[[nodiscard]] std::optional<std::string> core_of(const PatternNode& root);

}  // namespace citygate::matcher
