#include "categories/list_format.h"

#include <algorithm>
#include <array>
#include <utility>

namespace citygate::categories {

std::optional<ListFormat> parse_list_format(std::string_view word) {
  constexpr std::array<std::pair<std::string_view, ListFormat>, 11> kWords{{{"detect", ListFormat::Detect},
                                                                            {"directory", ListFormat::Directory},
                                                                            {"domains", ListFormat::Domains},
                                                                            {"hosts", ListFormat::Hosts},
                                                                            {"adblock", ListFormat::Adblock},
                                                                            {"dnsmasq", ListFormat::Resolver},
                                                                            {"unbound", ListFormat::Resolver},
                                                                            {"resolver", ListFormat::Resolver},
                                                                            {"rpz", ListFormat::Rpz},
                                                                            {"e2guardian", ListFormat::Guardian},
                                                                            {"csv", ListFormat::Csv}}};
  const auto found = std::ranges::find(kWords, word, &std::pair<std::string_view, ListFormat>::first);
  if (found == kWords.end()) return std::nullopt;
  return found->second;
}

bool subdomains_fit(ListFormat format) {
  return format == ListFormat::Hosts || format == ListFormat::Detect || format == ListFormat::Directory;
}

}  // namespace citygate::categories
