// act_checks.h - what folds ask of acts alike: a known person, fields that are known, times that can be read.
//
// Errors    in words for the author. Those of utc_field() and only_fields() are also what a replay stops at: the registrar
//           puts the act's number, kind and author before them.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "base/act.h"
#include "base/local_time.h"
#include "policy/act_context.h"

namespace citygate::policy {

// NotFound, with the nearest name that is known.
[[nodiscard]] Result<const Person*> find_person(std::string_view name, const Directory& people);
// Whom the act is about.
[[nodiscard]] Result<const Person*> find_subject(const Act& act, const ActContext& context);

// Malformed where the act has another field than these. Once it is kept it may also have "clock", by which the journal says
// that the clock went back.
[[nodiscard]] Result<void> only_fields(const Act& act, std::span<const std::string_view> known);

// As a person writes it, local to `zone` where it names no offset; nothing where the field is missing.
[[nodiscard]] Result<std::optional<WallTime>> time_field(const Act& act, std::string_view field, const Zone& zone);
// As set_time() has written it.
[[nodiscard]] Result<std::optional<WallTime>> utc_field(const Act& act, std::string_view field);
void set_time(Act& act, std::string_view field, WallTime time);

}  // namespace citygate::policy
