// destinations_reader.h - reads [destinations] (form: rulebook.h).
#pragma once

#include "policy/policy_file.h"

namespace citygate::policy {

// Without the table: plain requests go to ports 80 and 443, CONNECT to 443, and no private address is reached.
[[nodiscard]] Destinations read_destinations(const Node* node, Problems& problems);

}  // namespace citygate::policy
