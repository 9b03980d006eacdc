// city_zone.h - the city's time zone alone: people are read before the policy, and their dates are days by its clock.
//
// Errors    Malformed with file and line, where the policy file names no zone, or none that there is.
#pragma once

#include <filesystem>

#include "base/local_time.h"
#include "base/result.h"

namespace citygate::policy {

[[nodiscard]] Result<Zone> read_zone(const std::filesystem::path& policy_file);

}  // namespace citygate::policy
