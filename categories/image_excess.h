// image_excess.h - which source answers for an image that would hold too much; private to categories/.
//
// Each source has bounds of its own (IntakeLimits), so that one alone fills no image. What all of them hold together has one
// too, and then somebody must be told: the one that has the most of it, of those that have just changed before all others.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "categories/image.h"

namespace citygate::categories {

// `counts`: how many each source has, by its number. `most`: "64 lists of search terms".
[[nodiscard]] std::unexpected<Error> too_much_together(const BuildImage& with,
                                                       const std::vector<SourceManifest>& sources,
                                                       const std::vector<std::uint64_t>& counts, std::string_view most);

}  // namespace citygate::categories
