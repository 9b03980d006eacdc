// access_text.h - where a person stands, and what became of the orders about the access: for people, and as JSON.
#pragma once

#include <string>
#include <vector>

#include "base/local_time.h"
#include "base/name_source.h"
#include "policy/registrar.h"
#include "review/access_evidence.h"

namespace citygate::console {

// What is told of one person; all borrowed. `person` is null for somebody whom the directory knows no more.
struct AccessOf {
  std::string_view name;
  const policy::Person* person = nullptr;
  const policy::Registrar::State& state;
  const policy::Standing& standing;
  const std::vector<review::AccessOrder>& orders;
  const NameSource& names;
  WallTime now{};
  bool evidence = true;  // what the records say of each order is told too
};

// "suspended since 2026-11-20 12:00:00 CST until 2026-11-23 00:00:00 CST, by suspend/12".
[[nodiscard]] std::string access_words(const policy::Standing& standing, const NameSource& names, const Zone& zone,
                                       WallTime now);
[[nodiscard]] std::vector<std::string> access_lines(const AccessOf& about);
[[nodiscard]] std::string access_json(const AccessOf& about);  // one object

}  // namespace citygate::console
