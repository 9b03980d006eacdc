// resolve.h - who in particular has to agree to one request: the roles of a chain become names.
//
//   step "it-director"       whoever has the role
//        "supervisor"        of whom the grant is for (record access: of whom it is about; a guest account: of its sponsor);
//                            the head of the department of one who has none
//        "department-head"   of that person's department
//   Several people with several supervisors or heads: a step for each of them.
//
// Never      who asks, whom the grant is for, and whom it is about; who is suspended, or has left; devices and guests.
// Instead    where one of the holders of a role is who asks, or whom it is for or about, [approval.instead] of the chain
//            says whose step it is: a deputy of the City Manager does not decide about the City Manager. Where it says
//            nothing, the other holders decide; for "supervisor", the next one up the line.
// Signatures each step is another person's: two signatures are two people's, the "written permission from your Department
//            Head and the Information Technology Director" of S3(C8) included. Where all that is left for two steps is one
//            person (the IT Director is the head of who asks), [approval.instead] says who takes one of them. Where the one
//            who decides in place of somebody would have to sign twice, one signature of theirs is enough: nobody stands
//            above them in this chain.
// Errors     Refused, with the role that nobody is left for and what would help.
// Thread     any; nothing is kept.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/act_context.h"
#include "policy/grants/approval.h"
#include "policy/registrar.h"

namespace citygate::policy {

// Whom a chain is resolved for.
struct Asked {
  std::vector<const Person*> of;    // whose supervisors and heads; never empty
  std::vector<PersonId> concerned;  // who asks, whom it is for, whom it is about
};

[[nodiscard]] Result<std::vector<GrantCase::Step>> resolve_steps(const ApprovalChain& chain, const Asked& asked,
                                                                 const ActContext& context);

// Whether every open step can still be taken by somebody who has not taken another one: one person for each.
[[nodiscard]] bool enough_people(const std::vector<GrantCase::Step>& steps);

// Whether `person` still is what the step says, by the directory of now: roles are taken away while a grant waits.
[[nodiscard]] bool still_holds(const GrantCase::Step& step, const Person& person, const std::vector<const Person*>& of,
                               const ActContext& context);

[[nodiscard]] bool has_left(const Person& person, const ActContext& context);
// "" for one who may act; else why not: "is suspended", "has left".
[[nodiscard]] std::string_view why_barred(const Person& person, const ActContext& context);
// Likewise for one who is to agree; a device or a guest never is.
[[nodiscard]] std::string_view why_no_approver(const Person& person, const ActContext& context);

}  // namespace citygate::policy
