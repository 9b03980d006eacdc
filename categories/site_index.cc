#include "categories/site_index.h"

namespace citygate::categories {

std::string_view without_country(std::string_view host) {
  const auto last = host.rfind('.');
  if (last == std::string_view::npos || last == 0) return {};
  const std::string_view rest = host.substr(0, last);
  if (host.size() - last - 1 == 2) {
    // Second levels under which countries sell names, as far as the patterns of well-known sites need them.
    static constexpr std::string_view kSecondLevels[] = {"co", "com", "org", "net", "gov", "edu", "ac", "or", "ne"};
    const auto dot = rest.rfind('.');
    if (dot != std::string_view::npos &&
        std::ranges::find(kSecondLevels, rest.substr(dot + 1)) != std::end(kSecondLevels))
      return host.substr(0, dot + 1);
  }
  return host.substr(0, last + 1);
}

}  // namespace citygate::categories
