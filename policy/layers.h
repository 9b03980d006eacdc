// layers.h - lays a department's supplement over the city's rules, for each department of a policy file.
//
//   city's rules ─▶ Layer 0 ──copy──▶ its own hours ─▶ its own rules ─▶ its limits, texts, devices ─▶ Layer n
//
// Gives no ids: what comes after can still refuse the file.
#pragma once

#include "policy/compiled.h"

namespace citygate::policy {

// Fills rules, compiled, spans, layers and what they point to. False, and a problem, when there is too much of something.
[[nodiscard]] bool build_layers(const PolicyFile& file, const categories::Taxonomy& taxonomy, Rulebook::Impl& out,
                                Problems& problems);

}  // namespace citygate::policy
