// people_import.h - what a file wants of people, against what is in force: the acts that make the one of the other.
//
// What is wanted without a date holds from now on where it does not hold yet; so a file that says nothing new makes no
// acts, and neither does a second import of the same file. The past of addresses stays as it is: what is wanted from an
// earlier day on, by somebody who is known already, begins now. Moves to come that are known already stand while the file
// agrees with the present.
// Acts stand in an order in which each can be kept: departments, addresses that become free, new people (supervisors
// before those below them), changes (from the top down, so that no circle is passed through), addresses, heads.
// Errors    all that is wrong with the whole that would come of it, with the file's lines.
// Cost      100,000 people: see bench/RESULTS.md.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/act.h"
#include "policy/people/directory.h"
#include "policy/people/people_wanted.h"

namespace citygate::policy {

struct PeopleImport {
  std::vector<Act> acts;                                     // kind, subject and fields
  std::vector<std::pair<std::string, std::string>> secrets;  // name, hash: to be kept before the acts are
  std::vector<std::string> missing;                          // in force, and not in the file; sorted
  std::size_t unchanged = 0;                                 // people that the file names
};

// Nothing but problems when there are any.
[[nodiscard]] PeopleImport plan_import(const PeopleWanted& wanted, const Directory& people, WallTime now,
                                       Problems& problems);

}  // namespace citygate::policy
