// category_map.h - what a source calls its categories → those of the taxonomy.
//
// Thread    one; find() keeps what it found, because a list asks for the same few words by the million.
// Errors    create: Malformed when the source's own map names a category that the taxonomy does not know.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "categories/taxonomy.h"

namespace citygate::categories {

class CategoryMap {
 public:
  // `own`: the source's own map, used before the taxonomy's foreign words; "" leaves a category out. `taxonomy` is borrowed.
  [[nodiscard]] static Result<CategoryMap> create(const Taxonomy& taxonomy,
                                                  const std::map<std::string, std::string>& own);

  struct Found {
    const Category* category = nullptr;  // none: left out, or not known
    bool left_out = false;
  };
  [[nodiscard]] Found find(std::string_view word);

 private:
  explicit CategoryMap(const Taxonomy& taxonomy) : taxonomy_(&taxonomy) {}
  static constexpr std::size_t kMaxKept = 4096;  // a column that is no category has as many words as lines

  const Taxonomy* taxonomy_;
  std::map<std::string, Found, std::less<>> own_;  // by small letters
  std::map<std::string, Found, std::less<>> kept_;
  std::string last_word_;
  Found last_;
};

// "category 'gambing' is not in the taxonomy; did you mean 'gambling'?"
[[nodiscard]] Error unknown_category(const Taxonomy& taxonomy, std::string_view word);

}  // namespace citygate::categories
