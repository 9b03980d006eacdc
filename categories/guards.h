// guards.h - what a generation must pass before it may serve.
//
//   loss, gain     a source that lost or gained more than a share of its entries waits until a person says that this is right
//   protected      a name of the city's own, or one below it, would come under a prohibited, threat or circumvention category
//   must_allow     so would a URL that has to stay open
//   must_block     a URL that has to be refused comes under none of them
//
// A person can confirm the first; the others say that something is wrong, and hold until it is put right.
//
// Thread    any. Cost: protected names are held against every entry while an image is compiled, about 50 ns each.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_set>
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

// Gathers the entries of an image that may touch a protected name, and judges them by what the image says in the end.
class ProtectedNames {
 public:
  ProtectedNames(const GuardRules& rules, const Taxonomy& taxonomy);
  void see(const SourceManifest& source, const Item& item, std::string_view category);
  void forget() { suspects_.clear(); }
  [[nodiscard]] std::vector<Finding> judge(const Lists& lists) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using Names = std::unordered_set<std::string, Hash, std::equal_to<>>;
  struct Suspect {
    std::string source, url;
  };
  [[nodiscard]] bool closes(std::string_view category);
  [[nodiscard]] Finding finding(const Lists& lists, const Classification& found, std::string_view url) const;

  const Taxonomy& taxonomy_;
  std::vector<std::string> listed_;
  Names names_, above_;  // the protected names; and all that stand above one of them
  std::string last_category_;
  bool last_closes_ = false;
  std::vector<Suspect> suspects_;
};

// The canary: must_allow and must_block.
[[nodiscard]] std::vector<Finding> judge_canary(const GuardRules& rules, const Taxonomy& taxonomy, const Lists& lists);

// The categories that close a site whatever else is said of it.
[[nodiscard]] CategorySet closed_categories(const Taxonomy& taxonomy);

}  // namespace citygate::categories
