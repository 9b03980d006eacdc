// people_export.h - people as a people file, whatever sources they came from. Passwords are left out: a file passes
// through more hands than the store of their hashes, and an import changes no password that it does not name.
// Imported again it makes no acts.
#pragma once

#include <string>

#include "base/local_time.h"
#include "policy/people/people_values.h"

namespace citygate::policy {

[[nodiscard]] std::string export_people(const PeopleValues& values, const Zone& zone);
// "2026-03-01" where that is its beginning by the city's clock, else "2026-03-01T15:04:05.000000Z".
[[nodiscard]] std::string date_text(WallTime time, const Zone& zone);

}  // namespace citygate::policy
