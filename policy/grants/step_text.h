// step_text.h - the steps of a grant as one field of the act that asks for it.
//
//   "supervisor: pat.lee; it-director: kim.o, lee.s"
//
// Names have no spaces and no ':', but may end with ',' or ';', so exactly one of these is added to each name but the
// last, and taken away again.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/registrar.h"

namespace citygate::policy {

[[nodiscard]] std::string format_steps(const std::vector<GrantCase::Step>& steps);
// Nothing where a step has no role or nobody to take it.
[[nodiscard]] std::optional<std::vector<GrantCase::Step>> parse_steps(std::string_view text);

}  // namespace citygate::policy
