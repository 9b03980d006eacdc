// dispute.h - "this was work": what a person says against a verdict, and what somebody above him makes of it.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"

namespace citygate::policy {

struct Dispute {
  enum class State : std::uint8_t { Open, Work, Personal };  // the last two: decided
  std::uint64_t number = 0;                                  // of the act that opened it
  std::string person;
  std::string record;           // 16 hex digits; "": about no record
  std::string what;             // the site
  bool wrong_category = false;  // claim: the site is in the wrong category; else: the visit was work
  std::string why;              // in the person's words
  WallTime opened_at{};
  State state = State::Open;
  std::string decided_by, decided_why;
  WallTime decided_at = WallTime::max();
};

}  // namespace citygate::policy
