#include "categories/category_map.h"

#include <fmt/format.h>

#include <vector>

#include "base/document.h"
#include "base/letter_case.h"

namespace citygate::categories {
namespace {}  // namespace

Error unknown_category(const Taxonomy& taxonomy, std::string_view word) {
  std::vector<std::string_view> names;
  for (const auto& category : taxonomy.all()) names.push_back(category.name);
  const auto near = nearest(word, names);
  return {.kind = Error::Kind::Malformed,
          .side = Error::Side::Local,
          .context = fmt::format("category '{}' is not in the taxonomy{}", word,
                                 near.empty() ? std::string() : fmt::format("; did you mean '{}'?", near))};
}

Result<CategoryMap> CategoryMap::create(const Taxonomy& taxonomy, const std::map<std::string, std::string>& own) {
  CategoryMap out(taxonomy);
  for (const auto& [word, name] : own) {
    Found found{.category = name.empty() ? nullptr : taxonomy.find(name), .left_out = name.empty()};
    if (!found.category && !found.left_out) return std::unexpected(unknown_category(taxonomy, name));
    out.own_.emplace(lowered(word), found);
  }
  return out;
}

CategoryMap::Found CategoryMap::find(std::string_view word) {
  if (word == last_word_ && !word.empty()) return last_;
  auto it = kept_.find(word);
  if (it == kept_.end()) {
    const auto own = own_.find(lowered(word));
    const Found found = own != own_.end() ? own->second : Found{.category = taxonomy_->find_foreign(word)};
    if (kept_.size() == kMaxKept) kept_.clear();
    it = kept_.emplace(std::string(word), found).first;
  }
  last_word_ = word;
  last_ = it->second;
  return last_;
}

}  // namespace citygate::categories
