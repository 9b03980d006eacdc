// guards.h - what a generation must pass before it may serve.
//
//   loss, gain     a source that lost or gained more than a share of its entries waits until a person says that this is right
//   protected      entries that would close a name of the city's own are set aside (protected_names.h); this is for what is left
//   must_allow     a URL that has to stay open would come under a prohibited, threat or circumvention category
//   must_block     a URL that has to be refused comes under none of them; not asked of the very first lists
//
// A person can confirm the first; the others say that something is wrong, and hold until it is put right.
//
// Overrides are not asked: a guard is about lists. Thread: any.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/category_set.h"
#include "categories/lists.h"
#include "categories/source_diff.h"
#include "categories/taxonomy.h"

namespace citygate::categories {

// From the sources file.
struct GuardRules {
  struct Share {
    double loss_percent = 10, gain_percent = 50;
  };
  Share share;
  std::map<std::string, Share> of_source;           // where it says otherwise
  std::vector<std::string> protected_hosts;         // canonical
  std::vector<std::string> must_allow, must_block;  // URLs, or hosts
};

struct Finding {
  enum class Kind : std::uint8_t { Loss, Gain, Protected, MustAllow, MustBlock };
  Kind kind = Kind::Loss;
  std::string source;  // that gave cause; "" for a URL that no one source answers for
  std::string text;    // a sentence for a person

  [[nodiscard]] bool confirmable() const { return kind == Kind::Loss || kind == Kind::Gain; }
};

// Loss and gain. Sources of fewer than 100 entries before are not judged by shares.
[[nodiscard]] std::vector<Finding> judge_change(const GuardRules& rules, const SourceChange& change);

// Protected names that would be closed in spite of all: patterns and lists that protected_names.h cannot foresee.
[[nodiscard]] std::vector<Finding> judge_protected(const GuardRules& rules, const Taxonomy& taxonomy,
                                                   const Lists& lists);

// The canary: must_allow and must_block.
[[nodiscard]] std::vector<Finding> judge_canary(const GuardRules& rules, const Taxonomy& taxonomy, const Lists& lists);

// The categories that close a site whatever else is said of it.
[[nodiscard]] CategorySet closed_categories(const Taxonomy& taxonomy);

}  // namespace citygate::categories
