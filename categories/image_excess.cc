#include "categories/image_excess.h"

#include <fmt/format.h>

#include <string>
#include <tuple>

namespace citygate::categories {

std::unexpected<Error> too_much_together(const BuildImage& with, const std::vector<SourceManifest>& sources,
                                         const std::vector<std::uint64_t>& counts, std::string_view most) {
  std::size_t answers = 0;
  const auto weight = [&](std::size_t source) {
    return std::tuple(counts[source] > 0 && with.changed.contains(sources[source].name), counts[source]);
  };
  for (std::size_t i = 1; i < sources.size() && i < counts.size(); ++i)
    if (weight(i) > weight(answers)) answers = i;
  const std::string& name = sources[answers].name;
  if (with.answers) *with.answers = name;
  return fail(Error::Kind::TooLarge, fmt::format("all lists together may hold {}, and source '{}' has {} of them: take "
                                                 "some away, or another source",
                                                 most, name, counts[answers]));
}

}  // namespace citygate::categories
