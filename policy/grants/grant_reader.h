// grant_reader.h - reads the [[grant]] tables of a policy file (form: grant_book.h).
#pragma once

#include <vector>

#include "base/document.h"
#include "base/local_time.h"
#include "categories/taxonomy.h"
#include "policy/grants/grant_book.h"
#include "policy/people/directory.h"

namespace citygate::policy {

struct GrantDraft {
  Grant grant;  // id still 0; categories known to be neither threat nor circumvention
  int line = 0;
};

// Reports everything wrong; what is returned is of use only when nothing was.
[[nodiscard]] std::vector<GrantDraft> read_grants(const std::vector<const Node*>& tables,
                                                  const categories::Taxonomy& taxonomy, const Directory& people,
                                                  const Zone& zone, Problems& problems);

// "law-enforcement/2026-0417": what a grant's id is interned by.
[[nodiscard]] std::string grant_name(const Grant& grant);

}  // namespace citygate::policy
