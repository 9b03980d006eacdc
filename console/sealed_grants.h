// sealed_grants.h - what is told of law-enforcement grants, and of the acts about them, to whom (docs/grants.md).
//
//   concerned: officers, who asked, approvers, the head of the department, by --by   ─▶ all, and the look is an act
//   everybody else                                                                   ─▶ case, department and term
//
// An act about such a grant, each step and each look, is sealed to the others: its author, reason and fields are not told,
// nor is it found by them.
// Thread    any. Errors: each_act: Storage, naming the act that is damaged; keep: those of Registrar::enact, and then
//           nothing may be told.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/act.h"
#include "console/operator.h"
#include "console/output.h"
#include "console/protocol.h"
#include "records/act_chain.h"

namespace citygate::console {

[[nodiscard]] bool is_told(const policy::GrantCase& grant, std::string_view reader, const policy::Directory& people);

// Without the sealed ones of a person that are not told to whom --by names; those that are go to `looks`.
class Looks;
[[nodiscard]] std::shared_ptr<const policy::GrantBook> told_grants(Operator& op, const Arguments& args, PersonId person,
                                                                   Looks& looks);

struct ToldAct {
  records::ActLink link;
  Act act;
  bool sealed = false;  // to this reader
};
// To whom --by names. From the act `first` on, until `visit` returns false.
[[nodiscard]] Result<void> each_act(Operator& op, const Arguments& args, std::uint64_t first,
                                    const std::function<bool(ToldAct)>& visit);

// At sealed grants, each once: kept as acts before anything is told.
class Looks {
 public:
  void add(std::string_view grant);
  void add(const ToldAct& told);
  [[nodiscard]] Result<void> keep(Operator& op, const Arguments& args, const Output& output,
                                  std::string_view what) const;

 private:
  std::vector<std::string> grants_;
};

}  // namespace citygate::console
