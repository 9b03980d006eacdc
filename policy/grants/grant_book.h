// grant_book.h - the grants that have been agreed to, by person. Immutable; shared as a Snapshot.
//
// They come from two places: acts (policy/registrar.h), and the sealed law-enforcement grants that a policy file holds:
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
// Thread    any. Cost: of() O(1), no allocation; a book of 10,000 grants is built in a few milliseconds.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/category_set.h"
#include "base/clock.h"
#include "base/ids.h"
#include "policy/grants/grant.h"

namespace citygate::policy {

class GrantBook {
 public:
  explicit GrantBook(std::vector<Grant> grants);
  GrantBook(const GrantBook&) = delete;
  GrantBook& operator=(const GrantBook&) = delete;

  // All grants of a person, those that hold at other times included, in the order given. An id of 0 has none.
  [[nodiscard]] std::span<const Grant* const> of(PersonId person) const noexcept;
  [[nodiscard]] const Grant* by_id(GrantId id) const noexcept;
  [[nodiscard]] const std::vector<Grant>& all() const noexcept { return grants_; }
  // What any sealed grant lifts, for anybody, at any time.
  [[nodiscard]] const CategorySet& sealed_categories() const noexcept { return sealed_categories_; }

 private:
  std::vector<Grant> grants_;
  CategorySet sealed_categories_;
  std::vector<const Grant*> refs_;    // of grants_, by person
  std::vector<std::uint32_t> first_;  // by person id, into refs_; one more at the end
  std::vector<std::uint32_t> by_id_;  // indexes, sorted
};

}  // namespace citygate::policy
