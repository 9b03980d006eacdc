// dispute_fold.h - disputes of verdicts, from the opening to somebody's word: what the acts about them add up to.
//
//   kind             subject                    fields
//   dispute-open     the person, who is author  record (16 hex digits) and / or what (the site), claim ("work": it was
//                                               work; "category": the site is in the wrong one); a reason is required
//   dispute-decide   number of the opening act  verdict ("work", "personal"); a reason is required
//
// Open      only about the own use. A record is disputed once; a person has at most kMostOpen that wait.
// Decide    the person's supervisor, or the head of the department that he is in, as they are now; never the own. What was
//           decided stays decided. Records are not changed by it: a report shows both.
// Owner     the registrar; copies share their disputes. Thread: one at a time; const functions any.
// Errors    prepare: Malformed, NotFound, Refused in words for the author. apply: Malformed where an act cannot be what
//           prepare() has let through.
// Cost      O(log n) an act.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/act.h"
#include "policy/act_context.h"
#include "policy/people/dispute.h"

namespace citygate::policy {

class DisputeFold {
 public:
  static constexpr std::size_t kMostOpen = 50;
  [[nodiscard]] Result<void> prepare(Act& act, const ActContext& context) const;
  [[nodiscard]] Result<void> apply(const Act& act, NameSource& names);

  // The newest first, until `visit` returns false.
  void disputes(const std::function<bool(const Dispute&)>& visit) const;
  [[nodiscard]] std::optional<Dispute> find(std::uint64_t number) const;

 private:
  [[nodiscard]] Result<void> prepare_open(Act& act, const ActContext& context) const;
  [[nodiscard]] Result<void> prepare_decide(const Act& act, const ActContext& context) const;

  std::map<std::uint64_t, std::shared_ptr<const Dispute>> disputes_;
  std::set<std::string, std::less<>> records_;               // that are disputed, or were
  std::map<std::string, std::size_t, std::less<>> waiting_;  // how many of a person's are open
};

// Whether `author` may decide about what `person` disputes: supervisor, or head of the department, and not himself.
[[nodiscard]] bool may_decide_dispute(const Person& author, const Person& person, const Directory& people,
                                      WallTime now);
// "12" → 12; 0 where it is no number.
[[nodiscard]] std::uint64_t dispute_number(std::string_view text);

}  // namespace citygate::policy
