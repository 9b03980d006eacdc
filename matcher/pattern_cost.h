// pattern_cost.h - what each pattern of a set costs, in nanoseconds per URL.
//
// The scan's share is what the pattern takes alone, above what a lone word that never occurs takes: in the set, words
// share their work, while what is slow alone is slow there too. Confirming is measured as it happens. Figures are rough
// (the machine's clock decides) and good for finding the few patterns that cost most.
//
// Thread    any but a worker's: it compiles each pattern alone, about a millisecond each.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "matcher/pattern_set.h"

namespace citygate::matcher {

struct PatternCost {
  double scan_ns = 0;     // per URL of the sample
  double confirm_ns = 0;  // the same, candidates being rare or not
};

// In the order of the set's patterns. `urls` in canonical form; a few hundred are enough.
[[nodiscard]] std::vector<PatternCost> measure_pattern_costs(const PatternSet& set,
                                                             std::span<const std::string_view> urls);

}  // namespace citygate::matcher
