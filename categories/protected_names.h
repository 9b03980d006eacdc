// protected_names.h - names that no list may ever close: entries that would are set aside when an image is compiled.
//
//   protected: city.example          an entry of a prohibited, threat or circumvention category
//     city.example, a.city.example/x   at or below it   is left out, and told
//     example                          above it         stays, with an exception of its source at city.example
//     an expression                    may touch it     stays, with such an exception
//   protected: gov                   no entry stands above it; no expression closes anything below it
//
// Such an exception takes away what would close the name, and nothing else: what a list says of it under other categories stays.
// Overrides of an administrator are his own word: one that closes such a name has to be confirmed (override_reach.h).
//
// Owner     whoever publishes. Immutable but for what the last image set aside. Thread: one.
// Cost      one look-up for each label of an entry's host, in sets of as many names as are protected: about 50 ns.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "categories/entries.h"
#include "categories/taxonomy.h"

namespace citygate::categories {

class ProtectedNames {
 public:
  // `hosts`: canonical, or a bare last label ("gov") for all below it.
  ProtectedNames(std::vector<std::string> hosts, const Taxonomy& taxonomy);

  // 16 hex digits over the names, part of an image's id; "" when there are none.
  [[nodiscard]] const std::string& digest() const { return digest_; }
  [[nodiscard]] const std::vector<std::string>& hosts() const { return hosts_; }

  enum class Touch : std::uint8_t { Not, SetAside, NeedsExceptions };
  [[nodiscard]] Touch touch(const Item& item, std::string_view category) const;
  // The last labels among them: no entry can be at one, so whoever looks up asks for them.
  [[nodiscard]] std::vector<std::string> labels() const;
  // The names at which an item that needs them has its source excepted.
  [[nodiscard]] std::vector<std::string_view> exceptions_for(const Item& item) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using Names = std::unordered_set<std::string, Hash, std::equal_to<>>;
  [[nodiscard]] bool closes(std::string_view category) const;

  const Taxonomy& taxonomy_;
  std::vector<std::string> hosts_;
  Names names_, above_;  // the protected names; and all that stand above one of them
  std::string digest_;
  mutable std::string last_category_;  // nearly all lines of a file have the category of the line before
  mutable bool last_closes_ = false;
};

}  // namespace citygate::categories
