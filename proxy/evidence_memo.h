// evidence_memo.h - the evidence that was asked for lately: where a line of a list stands is read from a file, and the
// same few lines decide about most of what is asked.
//
// Keyed by all that evidence depends on: generation, matches and category. Direct-mapped, so a newcomer takes the place
// of whatever it falls upon; nothing of a generation before is ever found, whatever stands there.
// Owner     Desk. Thread: its worker's. Memory: 32 KB. Cost: a hash of the first match, one comparison.
#pragma once

#include <algorithm>
#include <array>

#include "base/record.h"
#include "categories/classification.h"

namespace citygate::proxy {

class EvidenceMemo {
 public:
  static constexpr std::size_t kPlaces = 256;

  // What `ask()` answers, or what it answered to the same question. What has no match has no line, and no place here.
  template <class Ask>
  [[nodiscard]] Evidence find(const categories::Classification& found, CategoryId category, Ask&& ask) {
    if (found.match_count == 0) return ask();
    Entry& entry = entries_[place(found, category)];
    if (!entry.answers(found, category)) {
      entry.generation = found.generation;
      entry.count = found.match_count;
      std::copy_n(found.matches.begin(), found.match_count, entry.matches.begin());
      entry.category = category;
      entry.evidence = ask();
    }
    return entry.evidence;
  }

 private:
  struct Entry {
    GenerationId generation;
    std::array<std::uint32_t, categories::Classification::kMaxMatches> matches;  // the first `count`
    std::uint8_t count = 0;
    CategoryId category;
    Evidence evidence;

    [[nodiscard]] bool answers(const categories::Classification& found, CategoryId wanted) const {
      return category == wanted && generation == found.generation && count == found.match_count &&
             std::equal(matches.begin(), matches.begin() + count, found.matches.begin());
    }
  };
  [[nodiscard]] static std::size_t place(const categories::Classification& found, CategoryId category) {
    const std::uint64_t key = std::uint64_t{found.matches[0]} << 16 | category.value;
    return key * 0x9e3779b97f4a7c15 >> 56;  // Fibonacci hashing: the upper eight bits are the mixed ones
  }

  std::array<Entry, kPlaces> entries_{};
};

}  // namespace citygate::proxy
