// list_format.h - what a list may be written in, and the words for it in commands and in the sources file.
//
// Thread any; pure. docs/list_formats.md says what each is.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace citygate::categories {

enum class ListFormat : std::uint8_t {
  Detect,
  Directory,  // UT1 / squidGuard, also packed
  Domains,
  Hosts,
  Adblock,
  Resolver,  // dnsmasq, unbound
  Rpz,
  Guardian,  // e2guardian: what kind of list it is stands in each file's name
  Csv,
};
// What parse_list_format() knows, for a message.
inline constexpr std::string_view kListFormatWords =
    "detect, directory, domains, hosts, adblock, dnsmasq, unbound, rpz, e2guardian or csv";
[[nodiscard]] std::optional<ListFormat> parse_list_format(std::string_view word);
// Whether lists of the format may hold names of which it is open what they mean (ImportRequest::subdomains): hosts files.
[[nodiscard]] bool subdomains_fit(ListFormat format);

}  // namespace citygate::categories
