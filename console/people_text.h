// people_text.h - people as the console shows them: for people, and as JSON for programs.
#pragma once

#include <string>
#include <vector>

#include "policy/people/directory.h"
#include "policy/people/people_import.h"

namespace citygate::console {

// One of them, with where each fact comes from.
struct PersonShown {
  const policy::Person& person;
  const policy::Directory& people;
  const Zone& zone;
  WallTime now{};
};
[[nodiscard]] std::vector<std::string> person_lines(const PersonShown& shown);
[[nodiscard]] std::string person_json(const PersonShown& shown);

// "10.1.2.3", "10.1.2.9, from 2026-03-01 until 2026-04-01".
[[nodiscard]] std::string address_words(const policy::AddressTerm& term, const Zone& zone);

// What an import would do, or has done; `missing` only where the file was to be complete.
struct ImportShown {
  const policy::PeopleImport& plan;
  const std::vector<Act>& acts;  // with their numbers, or those of the plan
  bool done = false, complete = false;
};
[[nodiscard]] std::vector<std::string> import_lines(const ImportShown& shown);
[[nodiscard]] std::string import_json(const ImportShown& shown);

}  // namespace citygate::console
