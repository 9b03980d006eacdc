// registrable_domain.h - the part of a name that somebody registered: "shop.example.co.uk" → "example.co.uk".
//
// By the public suffix list that libpsl carries (package publicsuffix); what stands below a public suffix belongs to different people,
// so nothing may be concluded from one name below "co.uk" or "github.io" about another.
//
// Thread    any; pure.
// Errors    "" for a public suffix itself, which nobody registered.
// Cost      about a microsecond: for lists and reports, not for each request.
#pragma once

#include <cstdint>
#include <string_view>

namespace citygate {

// `host` is canonical (base/target.h) and no address. The result is a part of it. A suffix that is not listed is one label.
[[nodiscard]] std::string_view registrable_domain(std::string_view host);

// What stands below it belongs to different people. A suffix that is not listed is none.
enum class PublicSuffix : std::uint8_t {
  No,
  Registry,  // "co.uk", "com": names below it are sold to everybody
  Operator,  // "github.io", "duckdns.org": somebody's own name, below which others have theirs. Not what only a wildcard makes one
};
[[nodiscard]] PublicSuffix public_suffix(std::string_view host);

}  // namespace citygate
