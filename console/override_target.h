// override_target.h - what an override is about, as typed.
//
// An override holds for one host with all below it, on every port, or for a path there with all below that. What says
// more than that ("*.bet.example", "10.0.0.0/8", "bet.example:8443", a query) would hold for nothing, or for more than
// was asked for: it is refused, and the error says what would be right.
// Errors    Malformed. Thread: any.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/target.h"

namespace citygate::console {

// `path`: "" for the whole host, else without a slash at its end.
[[nodiscard]] Result<Target> find_override_target(std::string_view text);

// Where an override of a path does not hold, in a sentence; "" for a whole host.
[[nodiscard]] std::string unseen_path_note(const Target& target);

}  // namespace citygate::console
