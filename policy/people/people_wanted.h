// people_wanted.h - people as a file to be imported wants them, read from CSV or from the people file's form.
//
// CSV: a header row with the columns that the file speaks of, in any order; what has no column stays as it is, an empty
// cell takes away. One row for a person, a device, a guest or a department.
//
//   kind         person (also where the cell is empty), device, guest, department
//   name         required
//   title
//   department   "clerk", or dated, one after the other: "clerk; police@2026-12-01"
//   from         person, device: since when in the department; guest: when the stay begins
//   until        guest: when it ends
//   units, roles lists, with ';' between their parts
//   supervisor, sponsor, purpose
//   head         of a department
//   addresses    "10.1.2.3; 10.1.2.9@2026-03-01..2026-04-01": either end may be missing
//   password     an argon2id hash; an empty cell changes nothing
//
// TOML: an entry is all that there is of a person, but that a password which is not there changes nothing.
// Dates are days by the city's clock, from local midnight on; times are as in the people file.
// Errors    all are told, with line and column.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/document.h"
#include "base/local_time.h"
#include "policy/people/people_values.h"

namespace citygate::policy {

struct PersonWanted {
  PersonValue value{};     // FactSource::place is the line in the file
  std::uint32_t said = 0;  // a bit for each Fact that the file speaks of
  bool addresses = false;  // it speaks of them
  [[nodiscard]] bool says(Fact fact) const { return (said >> static_cast<unsigned>(fact) & 1) != 0; }
};

struct DepartmentWanted {
  DepartmentValue value;
  bool title = false, head = false;  // it speaks of them
};

struct PeopleWanted {
  std::string file;
  std::vector<DepartmentWanted> departments;
  std::vector<PersonWanted> people;
};

// By the file's name: ".csv", ".toml". Of use only when nothing was added to `problems`.
[[nodiscard]] PeopleWanted read_wanted(std::string_view text, const std::string& file, const Zone& zone,
                                       Problems& problems);

}  // namespace citygate::policy
