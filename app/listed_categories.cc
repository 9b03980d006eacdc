#include "app/listed_categories.h"

#include <fmt/format.h>

#include "categories/history.h"
#include "categories/manifest.h"
#include "categories/overrides.h"
#include "categories/url_signs.h"

namespace citygate::app {
namespace {

namespace fs = std::filesystem;

// Found in a request or an answer, not in a list.
bool needs_no_list(const categories::Taxonomy& taxonomy, const categories::Category& category) {
  if (category.id == taxonomy.media() || category.id == taxonomy.software()) return true;
  if (category.name == categories::kAllowedCategory || category.name == categories::kBlockedCategory) return true;
  for (const auto name : policy::kSignCategories)
    if (category.name == name) return true;
  for (std::size_t i = 0; i < categories::kUrlSigns; ++i)
    if (category.name == categories::category_name(static_cast<categories::UrlSign>(i))) return true;
  return false;
}

bool add_image(const fs::path& lists, std::set<std::string>& out) {
  const auto now = categories::History(lists).current();
  if (!now || !*now || (*now)->image.empty()) return false;
  const auto manifest = categories::read_image_manifest(lists / "images" / (*now)->image / "manifest.json");
  if (!manifest) return false;
  for (const auto& [name, entries] : manifest->categories)
    if (entries > 0) out.insert(name);
  for (const auto& [mark, origin] : manifest->term_files)
    if (mark >= 1 && mark <= manifest->marks.size())
      out.insert(manifest->categories[manifest->marks[mark - 1].category].first);
  return true;
}

bool add_starter(const fs::path& starter, const categories::Taxonomy& taxonomy, std::set<std::string>& out) {
  std::error_code error;
  bool any = false;
  const auto add = [&](const fs::path& file) {
    const auto* category = taxonomy.find_foreign(file.stem().string());
    if (!category || file.extension() != ".txt") return;
    out.insert(category->name);
    any = true;
  };
  if (!fs::is_directory(starter, error)) {
    add(starter);
    return any;
  }
  for (fs::recursive_directory_iterator it(starter, error), end; !error && it != end; it.increment(error))
    if (it->is_regular_file(error)) add(it->path());
  return any;
}

}  // namespace

std::optional<std::set<std::string>> listed_categories(const Config& config, const categories::Taxonomy& taxonomy) {
  std::set<std::string> out;
  const bool image = add_image(config.resolve(config.gateway.state) / "lists", out);
  const bool starter =
      !config.gateway.starter.empty() && add_starter(config.resolve(config.gateway.starter), taxonomy, out);
  return image || starter ? std::optional(std::move(out)) : std::nullopt;
}

std::vector<Problem> rules_without_entries(const Config& config, const categories::Taxonomy& taxonomy,
                                           const policy::Rulebook& rules) {
  std::vector<Problem> out;
  const auto listed = listed_categories(config, taxonomy);
  if (!listed) return out;
  for (const auto& rule : rules.rules())
    rule.categories.for_each([&](CategoryId id) {
      const auto* category = taxonomy.find(id);
      if (!category || needs_no_list(taxonomy, *category) || listed->contains(category->name)) return;
      out.push_back(
          {.file = config.resolve(config.gateway.policy).string(),
           .line = rule.line,
           .text = fmt::format("rule '{}' names category '{}', which has no entry in any list: it does nothing. "
                               "Import a list that has the category, or take it out of the rule",
                               rule.name, category->name)});
    });
  return out;
}

}  // namespace citygate::app
