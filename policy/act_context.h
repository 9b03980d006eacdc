// act_context.h - what a proposed act is checked against: what is in force while it is prepared.
//
// Each fold of the registrar prepares its own kinds of acts: says what is wrong with one, and writes into it what a later
// reader must not have to look up in policies of the past. Borrowed for the call.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "base/name_source.h"
#include "categories/taxonomy.h"
#include "policy/people/directory.h"
#include "policy/people/standing.h"
#include "policy/rulebook.h"

namespace citygate::policy {

struct ActContext {
  const Directory& people;
  const Rulebook& rules;
  const StandingTable& standing;
  const categories::Taxonomy& taxonomy;
  NameSource& names;
  WallTime now{};
  std::uint64_t next_number = 0;  // that the journal will give to this act
};

}  // namespace citygate::policy
