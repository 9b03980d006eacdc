// category_words.h - the names that a policy file borrows from other files, and what to say when they are not there.
#pragma once

#include <string_view>
#include <vector>

#include "categories/taxonomy.h"
#include "policy/people/directory.h"
#include "policy/table_reader.h"

namespace citygate::policy {

// Null, and a problem with the nearest name, when there is no such category.
[[nodiscard]] const categories::Category* find_category(TableReader& table, const Word& word,
                                                        const categories::Taxonomy& taxonomy);

[[nodiscard]] std::vector<std::string_view> department_names(const Directory& people);

}  // namespace citygate::policy
