#include "policy/category_words.h"

#include <fmt/format.h>

namespace citygate::policy {

const categories::Category* find_category(TableReader& table, const Word& word, const categories::Taxonomy& taxonomy) {
  const auto* category = taxonomy.find(std::string_view(word.text));
  if (category) return category;
  std::vector<std::string_view> known;
  for (const auto& each : taxonomy.all()) known.push_back(each.name);
  // A word that foreign lists use is a better guess than one that is merely spelt alike.
  const auto* foreign = taxonomy.find_foreign(word.text);
  table.problem(word.line, fmt::format("unknown category '{}'{}", word.text,
                                       foreign ? fmt::format("; did you mean '{}'?", foreign->name)
                                               : suggestion(word.text, known)));
  return nullptr;
}

std::vector<std::string_view> department_names(const Directory& people) {
  std::vector<std::string_view> out;
  for (const auto& each : people.departments()) out.push_back(each.name);
  return out;
}

}  // namespace citygate::policy
