// people_file.h - reads the people file (form: directory.h) into plain values. Names are interned only when all is
// well, so a file with mistakes leaves no trace in the state directory.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/people/directory.h"

namespace citygate::policy {

struct PeopleFile {
  std::vector<Person> people;  // persons, then devices, in the file's order
  std::vector<Department> departments;
  PeopleVersion version;  // of the text
};

// Nothing when there were problems; all of them are reported.
[[nodiscard]] std::optional<PeopleFile> parse_people(std::string_view text, std::string file, NameSource& names,
                                                     Problems& problems);

}  // namespace citygate::policy
