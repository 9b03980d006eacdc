#include "categories/override_reach.h"

#include <fmt/format.h>

#include "base/address.h"
#include "base/registrable_domain.h"

namespace citygate::categories {

Result<void> check_reach(const Override& about, const ProtectedNames& guarded) {
  if (!IpAddress::parse(about.host) && registrable_domain(about.host).empty())
    return fail(
        Error::Kind::Refused,
        fmt::format("an override of '{0}' would hold for every name that ends in '.{0}', whoever owns it; name a "
                    "site below it, or confirm with --confirm that all of them are meant",
                    about.host));
  // Of the host: where a path is meant, it is meant on all hosts below as well.
  const auto touch = guarded.touch({.host = about.host}, about.category);
  if (touch == ProtectedNames::Touch::Not) return {};
  return fail(Error::Kind::Refused,
              fmt::format("'{}' {} protected ([guards] of the sources file), and '{}' would close it; name another "
                          "site, or confirm with --confirm that the city itself wants it closed",
                          about.host, touch == ProtectedNames::Touch::SetAside ? "is" : "stands above a name that is",
                          about.category));
}

}  // namespace citygate::categories
