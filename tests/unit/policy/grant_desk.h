// grant_desk.h - a city whose people ask for grants and decide about them: for the tests of policy/grants.
//
//   mayor  max                       finance  head dana, auditor, bursar
//   city-manager  cora (and its             sue (supervisor of pat) ─ pat, quinn (none)
//                  department)       it       head kim, it-director; lee
//   cao, bursar  carl  mis  mia.mis         police   head ray, police-chief; sgt (supervisor of mia, sam, both in unit vice)
//   it-contractor  ivy               county-it  cody   county-it-director  dora
//   room: a device of finance        gia: a guest, sponsored by sue
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "policy/grants/grant_case.h"
#include "policy/grants/grant_fold.h"
#include "tests/unit/policy/support.h"

namespace citygate::policy {

extern const std::string_view kGrantPeople;
// Rules, and chains for all kinds; "S4" for record access.
extern const std::string_view kGrantPolicy;

class GrantDesk {
 public:
  explicit GrantDesk(std::string_view policy = kGrantPolicy);

  [[nodiscard]] ActContext context() const;
  // Prepared, kept and folded, as the registrar does it.
  Result<Act> enact(Act act);
  // "2026-11-20T12:00:00" by the city's clock: a Friday. It begins at 12:00 of that day.
  void at(std::string_view local);

  using Fields = std::initializer_list<std::pair<std::string_view, std::string_view>>;
  // The name of the grant that waits; an end is added where `fields` have none.
  Result<std::string> ask(std::string_view kind, std::string_view by, Fields fields);
  Result<Act> approve(std::string_view grant, std::string_view by, std::string_view step = "");
  Result<Act> refuse(std::string_view grant, std::string_view by);
  Result<Act> withdraw(std::string_view grant, std::string_view by);
  void bar(std::string_view person, Reason reason);
  // "supervisor: sue; it-director: kim" of a grant of that name, or of the error.
  [[nodiscard]] std::string steps(const Result<std::string>& grant) const;
  [[nodiscard]] GrantPhase phase(std::string_view grant) const { return phase_of(*fold.find(grant), clock.now()); }
  [[nodiscard]] bool in_force(std::string_view grant) const;

  City city{kGrantPeople};
  DrivenClock clock{WallTime{}};
  MemoryActs acts{clock};
  StandingTable standing;
  GrantFold fold;
};

// "" for what went well, else what was said.
template <class T>
std::string said(const Result<T>& result) {
  return result ? std::string() : result.error().context;
}

}  // namespace citygate::policy
