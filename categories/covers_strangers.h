// covers_strangers.h - whether an entry would close what it cannot mean: all names of a registry, all customers of a service.
//
// Suffixes of operators ("github.io") are what lists of hosting and of dynamic names are about, and a mistake in other lists of
// what is bad; a path there is one customer's.
// Cost      a fifth of a microsecond; nothing for most names of harmless categories.
#pragma once

#include <string_view>

#include "categories/formats/entry.h"
#include "categories/taxonomy.h"

namespace citygate::categories {

// Why it is refused, a literal; "" when it is not.
[[nodiscard]] std::string_view covers_strangers(const Entry& entry, const Category& category);

}  // namespace citygate::categories
