// grant_book.h - the sealed law-enforcement grants in force. Immutable once read; shared as a Snapshot.
//
// They stand in the policy file:
//
//   [[grant]]
//   kind = "law-enforcement"
//   case = "2026-0417"
//   officers = ["mia.lopez"]       # and / or
//   units = ["vice"]               # of the department below
//   department = "police"
//   categories = ["gambling"]
//   start = 2026-11-01
//   end = 2026-12-31               # the first day on which it no longer holds; local midnight. Required.
//
// Such a grant lifts `prohibit` for its categories, nothing else: threat and circumvention categories cannot be granted
// (an error of the file). A category that is not prohibited for the grant's officers is an error too: it would lift nothing.
// Without `start` a grant holds until its end.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/category_set.h"
#include "base/clock.h"
#include "base/ids.h"

namespace citygate::policy {

struct Grant {
  GrantId id;  // interned by "law-enforcement/<case>"
  std::string case_number;
  std::vector<PersonId> officers;  // units are resolved to people when the file is read; sorted
  CategorySet categories;
  WallTime start{}, end{};  // [start, end)

  [[nodiscard]] bool lifts(PersonId person, const CategorySet& any_of, WallTime now) const noexcept {
    return person && start <= now && now < end && !(categories & any_of).empty() &&
           std::ranges::binary_search(officers, person);
  }
};

class GrantBook {
 public:
  explicit GrantBook(std::vector<Grant> grants);
  // The first grant that lifts any of these categories for this person at `now`. An id of 0 has no grants.
  [[nodiscard]] const Grant* find(PersonId person, const CategorySet& any_of, WallTime now) const noexcept;
  [[nodiscard]] const Grant* by_id(GrantId id) const noexcept;
  [[nodiscard]] const std::vector<Grant>& all() const noexcept { return grants_; }

 private:
  std::vector<Grant> grants_;
};

}  // namespace citygate::policy
