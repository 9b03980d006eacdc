// override_reach.h - whether an override reaches further than a person may have meant who did not say so twice.
//
//   co.uk, github.io, zip      all names below a public suffix, whoever owns them
//   deny permits.city.example  a name that the guards protect from every list, or one that stands above it
//
// Thread    any. Cost: microseconds, for commands. Errors: Refused, with what would be right; a confirmed change is not asked.
#pragma once

#include "categories/overrides.h"
#include "categories/protected_names.h"

namespace citygate::categories {

[[nodiscard]] Result<void> check_reach(const Override& about, const ProtectedNames& guarded);

}  // namespace citygate::categories
