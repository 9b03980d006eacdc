// grants_text.h - grants in words for people and as JSON for programs: one of them, a list, a chain.
//
// Sealed    of a law-enforcement grant nothing but case, department, term and state is told, save to who is concerned.
// Thread    any; nothing is kept.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/act.h"
#include "base/local_time.h"
#include "policy/grants/approval.h"
#include "policy/grants/grant_case.h"

namespace citygate::console {

// Sealed: the reader is none of those whom a law-enforcement grant concerns.
enum class Showing : std::uint8_t { All, Sealed };

// "lets pat, room stream at radio.example (streaming-media, video)".
[[nodiscard]] std::string grant_object(const policy::GrantCase& grant, Showing showing);
// "waiting for supervisor (sue), then it-contractor (ivy)", "in force until 2026-11-27 12:00:00 CST".
[[nodiscard]] std::string grant_standing(const policy::GrantCase& grant, Showing showing, const Zone& zone,
                                         WallTime now);
// The whole story; `acts`: those about it, in order.
[[nodiscard]] std::vector<std::string> grant_story(const policy::GrantCase& grant, const std::vector<Act>& acts,
                                                   Showing showing, const Zone& zone, WallTime now);
[[nodiscard]] std::string grant_json(const policy::GrantCase& grant, const std::vector<Act>* acts, Showing showing,
                                     WallTime now);
[[nodiscard]] std::vector<std::string> chain_lines(const policy::ApprovalChain& chain);
[[nodiscard]] std::string chain_json(const policy::ApprovalChain& chain,
                                     const std::vector<policy::GrantCase::Step>* steps);

// The open step that is that person's turn, those that must come before it having been taken. Null: there is none.
[[nodiscard]] const policy::GrantCase::Step* turn_of(const policy::GrantCase& grant, std::string_view person,
                                                     WallTime now);

}  // namespace citygate::console
