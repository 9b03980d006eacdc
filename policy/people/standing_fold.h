// standing_fold.h - suspensions, separations and acknowledgements: what the acts about a person's access add up to.
//
//   kind                 fields
//   suspend              from, until (missing: until somebody reinstates)           a reason is required
//   separate             at                                                         a reason is required
//   reinstate                                                                       a reason is required
//   acknowledge          text (SHA-256, 64 hex digits), method, address             of the policy's text
//   acknowledge-access   the same                                                   of the agreement about records
//
// Times are UTC, as format_utc() writes them. The subject is a person's name, or a device's for orders about access.
//
// Orders    Nobody orders about the own access. One suspension at a time: another order about the same stretch of time
//           makes it longer, never shorter; for less, reinstate. A separation stands beside it. Reinstating lifts both,
//           those that have not begun included; it does not lift the end of a guest's term, which the people file or a
//           person-change says.
//           An order that holds at once holds also by a clock that was put back behind the moment of the order; so does
//           the end of a stay that an act ended at once. One that ended by its date alone goes on until that date.
// Owner     the registrar. Thread: one at a time; tables given out are any thread's.
// Errors    prepare: Malformed, NotFound, Refused in words. apply: Malformed where the act has a field that this version
//           does not know, or none that it needs: an order is never carried out in part.
// Cost      apply: one block of the table; before the first table() no copy at all.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/act.h"
#include "policy/act_context.h"

namespace citygate::policy {

class StandingFold {
 public:
  // When a guest's stay ends.
  struct Term {
    PersonId person;
    WallTime ends{};
    bool at_once = false;  // an act has ended it: no clock that is put back begins it again
  };

  [[nodiscard]] Result<void> prepare(Act& act, const ActContext& context) const;
  [[nodiscard]] Result<void> apply(const Act& act, NameSource& names);
  // Of all guests; whoever is missing has none any more.
  void set_terms(std::vector<Term> terms);
  [[nodiscard]] std::shared_ptr<const StandingTable> table();

 private:
  struct Separation {
    WallTime at{};
    GrantId order;
    bool at_once = false;
  };
  [[nodiscard]] Term term_of(PersonId person) const;
  [[nodiscard]] Standing standing_of(PersonId person) const;
  [[nodiscard]] Result<void> separate(const Act& act, PersonId person, NameSource& names);
  // The end is that of the term or of the separation, whichever comes first.
  [[nodiscard]] Standing with_end(PersonId person, Standing standing) const;
  void put(PersonId person, const Standing& standing);

  StandingTable table_;
  std::shared_ptr<const StandingTable> shown_;  // of table_; null when that has changed since
  bool shared_ = false;                         // somebody may read blocks of table_: they are copied before a change
  std::vector<Term> terms_;                     // sorted
  std::unordered_map<PersonId, Separation> separations_;
};

// The text's version as decisions know it: the first 16 of its 64 hex digits.
[[nodiscard]] std::optional<TextVersion> text_version(std::string_view sha256);

// "until 2026-11-21 13:05:09 CST", or "until somebody reinstates" for max().
[[nodiscard]] std::string until_words(WallTime until, const Zone& zone);

}  // namespace citygate::policy
