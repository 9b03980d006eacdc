// request.h - what somebody who asks for a grant has to say, by kind; the grant-request act read and completed.
//
//   kind               fields beside for, start, end; those in [] may be left out
//   law-enforcement    case, categories, [for: officers] [units, department]     prohibited categories of their department
//   exemption          categories, [host]                                        blocked ones
//   streaming-permit   [categories] [host]                                       streaming ones; all of them for a host alone
//   business-use       categories, [host]                                        personal ones
//   software-download  sha256, url, [name: to save it as]
//   guest-account      for: the name to sign in with, [full_name] [sponsor] [department]
//   personal-device    description and / or address
//   record-access      about; for: who is to read
//
//   for, categories, units are names with a space between them. `for` is who asks, where it may be left out; so is
//   `sponsor`. start: now, where it is left out; end is always said, and is the first moment without the grant. Both by the
//   city's clock unless they name an offset. The reason of the act is the grant's purpose.
// What is read is also written into the act, in one form: names sorted, units become officers, times in UTC.
// Threat and circumvention categories are never granted; a category that the grant would not open is an error, since who
// asks believes that it does.
// Errors    Malformed, NotFound, Refused in words for who asks. Thread: any; nothing is kept.
#pragma once

#include <string>
#include <vector>

#include "base/act.h"
#include "policy/act_context.h"
#include "policy/grants/approval.h"
#include "policy/grants/resolve.h"

namespace citygate::policy {

struct GrantRequest {
  GrantKind kind = GrantKind::Exemption;
  std::vector<const Person*> subjects;  // empty: a guest who is not in the directory yet
  const Person* about = nullptr;
  const Person* sponsor = nullptr;
  DepartmentId department;
  const ApprovalChain* chain = nullptr;
  WallTime start{}, end{};
  Asked asked;
};

[[nodiscard]] Result<GrantRequest> read_request(Act& act, const ActContext& context);

// Who acts: known, a person or guest, and not barred.
[[nodiscard]] Result<const Person*> find_author(const Act& act, const ActContext& context);

// "streaming-permit/1042". Those of the policy file are named by their case, so acts that ask for sealed ones say that they
// are none: "law-enforcement/act-1042".
[[nodiscard]] std::string grant_name(GrantKind kind, std::uint64_t act_number);
// 0 of a grant of the policy file.
[[nodiscard]] std::uint64_t act_number(std::string_view grant_name);

}  // namespace citygate::policy
