// grant_fold.h - grants from the asking to the end: what the acts about them add up to.
//
//   kind             subject: the grant's name; fields
//   grant-request    those of request.h; then department, steps, order ("given", "any"), title, clause
//   grant-approve    step: the role that the author decides for
//   grant-refuse     a reason is required
//   grant-withdraw   a reason is required
//
//   ──request──▶ Asked ──approve, each step──▶ Agreed ──▶ (lapses at its end, by the clock alone)
//                  │ └──refuse──▶ Refused         └──withdraw──▶ Withdrawn
//                  └──withdraw──▶ Withdrawn
//
// Approve   one of the step's approvers, as they stand in the request, who still has the role; never who asked, whom it is
//           for or about; nobody takes two steps. Not once a person it is for or about has moved to a department with
//           another chain. Where the chain has an order, a step counts only after those before it.
//           The grant begins at its start or with the last approval, whichever is later; its end does not move.
// Refuse    any of the approvers, as long as it waits; also one who has approved.
// Withdraw  who asked, at any time; once it is agreed to, any of its approvers too, and whoever has a role of the chain now.
// Renewal   a new request. Of two grants by which the same person may read the same person's records, one begins where the
//           other ends: they do not overlap, and the second cannot be asked for before the first has begun, so that each
//           term is decided upon when it is near, and two short ones are not one long one. A guest's stay is prolonged by a
//           grant that begins before the stay is over, and is begun sooner by one that ends when it begins.
// Owner     the registrar; copies share their cases. Thread: one at a time; const functions any.
// Errors    prepare: Malformed, NotFound, Refused in words for who acts. apply: Malformed where an act cannot be what
//           prepare() has let through; it never looks at the policy.
// Cost      apply O(log n); O(n) for an act before which the clock went back. book_upon: bench/RESULTS.md.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/act_context.h"
#include "policy/grants/grant_book.h"
#include "policy/grants/request.h"
#include "policy/people/people_values.h"
#include "policy/registrar.h"

namespace citygate::policy {

class GrantFold {
 public:
  [[nodiscard]] Result<void> prepare(Act& act, const ActContext& context) const;
  [[nodiscard]] Result<void> apply(const Act& act, NameSource& names);

  // The newest first, until `visit` returns false.
  void cases(const std::function<bool(const GrantCase&)>& visit) const;
  [[nodiscard]] std::optional<GrantCase> find(std::string_view name) const;

  // What has been agreed to and had not ended a day before the last act was made, those that begin later included: whoever
  // uses one looks at its dates, so a clock that is put back finds it.
  [[nodiscard]] std::vector<Grant> agreed() const;
  // The grants of a policy file, and agreed().
  [[nodiscard]] std::shared_ptr<const GrantBook> book_upon(const GrantBook& file) const;
  // People whose accounts were agreed to, each once, with the term of the last stay, also when it is over. They have no
  // password of themselves: sources of people are put together by people_values.h.
  [[nodiscard]] std::vector<PersonValue> guests() const;
  // Another number whenever guests() says something else.
  [[nodiscard]] std::uint64_t guests_version() const noexcept { return guests_version_; }

 private:
  using Case = std::shared_ptr<const GrantCase>;

  [[nodiscard]] Result<const GrantCase*> case_of(const Act& act) const;
  [[nodiscard]] Result<void> prepare_request(Act& act, const ActContext& context) const;
  [[nodiscard]] Result<void> check_others(const Act& act, const GrantRequest& request, const ActContext& context) const;
  [[nodiscard]] Result<void> prepare_approve(Act& act, const ActContext& context) const;
  [[nodiscard]] Result<void> prepare_refuse(const Act& act, const ActContext& context) const;
  [[nodiscard]] Result<void> prepare_withdraw(const Act& act, const ActContext& context) const;
  [[nodiscard]] Result<void> apply_request(const Act& act, NameSource& names);
  void bring_back(WallTime now);
  [[nodiscard]] Result<void> approve(const Act& act, GrantCase& grant, NameSource& names) const;

  std::vector<Case> cases_;                                    // in the order of asking
  std::map<std::string, std::uint32_t, std::less<>> by_name_;  // indexes into cases_
  std::multimap<WallTime, std::uint32_t> current_;             // asked or agreed, by the end; long lapsed ones go
  WallTime last_ = WallTime::min();                            // time of the last act
  std::uint64_t guests_version_ = 0;
  std::vector<std::uint32_t> guests_;  // agreed accounts, in the order of their approval
};

}  // namespace citygate::policy
