// approver.h - what a person may decide about a grant now: which step is theirs, by the request and by who they are today.
//
//   request ──resolve.h──▶ steps with their approvers ──▶ the step that one of them takes
//                                                    └──▶ a say in a grant that holds, of whoever has a role of the chain now
//
// Errors    Refused or NotFound, in words that say who can.
// Thread    any; nothing is kept.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "policy/act_context.h"
#include "policy/registrar.h"

namespace citygate::policy {

// The step that `person` takes, for `role` where it is not "": of several the first after which somebody is left for each
// of the others.
[[nodiscard]] Result<std::size_t> choose_step(const GrantCase& grant, const Person& person, std::string_view role,
                                              const ActContext& context);
// Refused where somebody it is for or about is of a department now in which others have to agree than where it was asked
// for: what those had no say in is asked for anew.
[[nodiscard]] Result<void> same_chain(const GrantCase& grant, const ActContext& context);
// A role of the chain as the policy has it now: who was appointed since may end what others agreed to.
[[nodiscard]] bool has_say_now(const GrantCase& grant, const Person& person, const ActContext& context);
// Of the open steps: "supervisor (pat.lee); it-director (kim.o, lee.s)".
[[nodiscard]] std::string approvers_text(const GrantCase& grant);

}  // namespace citygate::policy
