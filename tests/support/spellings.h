// spellings.h - many spellings of one URL, for tests that all of them get one verdict.
//
// Each URL below is known by its canonical parts. spell() writes it again as bytes of `choices` say: letter case,
// percent-encoding, dot segments, ports, user information, international and full-width characters, forms of IPv4
// addresses, slashes. No bytes left: nothing more is changed. What was done is said by the marks of a Spelling:
//   folded      the query is spelled otherwise, or only some servers take it for the same URL ("%2F" and '/'): its canonical form may be another one
//   may_fail    it may be refused (what servers read differently, names that libidn2 does not know, what browsers mend)
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace citygate::tests {

struct KnownUrl {
  std::string_view host;                      // canonical
  std::vector<std::string_view> other_hosts;  // further spellings of it
  std::vector<std::string_view> path;         // segments, decoded
  bool slash_at_end = false;
  std::string_view query;
};

struct Spelling {
  std::string authority;       // host[:port], without user information
  std::string host_with_port;  // for CONNECT
  std::string path_and_query;
  std::string url;
  bool folded = false, may_fail = false;
  bool other_case = false;  // of a letter of the path: lists do not look at it, what tells sites apart does
};

[[nodiscard]] const std::vector<KnownUrl>& known_urls();
[[nodiscard]] std::string canonical_path_of(const KnownUrl& known);
[[nodiscard]] Spelling spell(const KnownUrl& known, std::span<const std::uint8_t> choices);

}  // namespace citygate::tests
