#include "base/registrable_domain.h"

#include <libpsl.h>

#include <string>

namespace citygate {

std::string_view registrable_domain(std::string_view host) {
  const std::string name(host);  // libpsl reads a C string
  const char* found = psl_registrable_domain(psl_builtin(), name.c_str());
  return found == nullptr ? std::string_view() : host.substr(static_cast<std::size_t>(found - name.c_str()));
}

PublicSuffix public_suffix(std::string_view host) {
  const auto suffix = [](const std::string& name, int kind) {
    return psl_is_public_suffix2(psl_builtin(), name.c_str(), kind | PSL_TYPE_NO_STAR_RULE) != 0;
  };
  const std::string name(host);
  if (!suffix(name, PSL_TYPE_ANY)) return PublicSuffix::No;
  if (suffix(name, PSL_TYPE_ICANN)) return PublicSuffix::Registry;
  // By a rule "*.compute-1.amazonaws.com" every machine's own name is one, as is a name that nobody has.
  const auto dot = name.find('.');
  const bool by_wildcard = dot != std::string::npos && suffix("nobody-has-this-name" + name.substr(dot), PSL_TYPE_ANY);
  return by_wildcard ? PublicSuffix::No : PublicSuffix::Operator;
}

}  // namespace citygate
