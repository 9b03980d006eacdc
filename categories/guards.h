// guards.h - what a generation must pass before it may serve.
//
//   loss, gain     a source that lost or gained more than a share of its entries, or of those of one category, waits until a person
//                  says that this is right; so does one of which a category is gone
//   protected      entries that would close a name of the city's own are set aside (protected_names.h); this is for what is left
//   must_allow     a URL that has to stay open would come under a prohibited, threat or circumvention category
//   must_block     a URL that has to be refused comes under none of them; not asked of the very first lists
//
// A person can confirm the first; the others say that something is wrong, and hold until it is put right. What the lists in force do
// wrong already is told, and holds nobody: no update makes it worse.
//
// Overrides are not asked: a guard is about lists. Thread: any.
// Trust     none in the lists: neither a flood of entries, nor exceptions, nor a second source that says the same hides a fault.
#pragma once

#include <map>
#include <set>
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
  std::string source = {};  // that gave cause; "" for a URL that no one source answers for
  std::string text = {};    // a sentence for a person
  std::string url = {};     // of the last three: what was tried
  // What is in force says the same, or nothing that was changed gives cause: it is told, and holds nobody.
  bool standing = false;

  [[nodiscard]] bool confirmable() const { return kind == Kind::Loss || kind == Kind::Gain; }
};

// Loss and gain. Sources of fewer than 100 entries before are not judged by shares.
[[nodiscard]] std::vector<Finding> judge_change(const GuardRules& rules, const SourceChange& change);

// Whether a category closes a site whatever else is said of it. Nearly all entries have the category of the one before.
class Closing {
 public:
  explicit Closing(const Taxonomy& taxonomy) : taxonomy_(taxonomy) {}
  [[nodiscard]] bool operator()(std::string_view category);

 private:
  const Taxonomy& taxonomy_;
  std::string last_;
  bool closes_ = false;
};

// What the next lists must not do: `after` against protected names and the canary. `before` is in force, null where there is none; at
// fault for a URL that is no longer refused are those of the `changed` sources that closed it there.
[[nodiscard]] std::vector<Finding> judge_sites(const GuardRules& rules, const Taxonomy& taxonomy, const Lists* before,
                                               const Lists& after, const std::set<std::string>& changed);

// Looks at some of the names that a changed source goes on listing: does it open them by exceptions of its own? One line can do that to
// all of them, and counts as a gain of one.
class OpenedNames {
 public:
  // `changed`: the sources to look at.
  OpenedNames(const Taxonomy& taxonomy, std::set<std::string> changed)
      : taxonomy_(taxonomy), changed_(std::move(changed)), closing_(taxonomy) {}
  void see(const SourceManifest& source, const Item& item, std::string_view category);
  [[nodiscard]] std::vector<Finding> judge(const GuardRules& rules, const Lists& before, const Lists& after) const;

 private:
  struct Sample {
    std::uint64_t below = ~std::uint64_t{0};  // names are taken whose hash is
    std::map<std::uint64_t, std::string> hosts;
  };
  const Taxonomy& taxonomy_;
  const std::set<std::string> changed_;
  Closing closing_;
  std::map<std::string, Sample> samples_;
  std::string last_source_;  // nearly all entries have the source of the one before
  Sample* last_sample_ = nullptr;
};

// The categories that close a site whatever else is said of it.
[[nodiscard]] CategorySet closed_categories(const Taxonomy& taxonomy);

}  // namespace citygate::categories
