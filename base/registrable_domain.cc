#include "base/registrable_domain.h"

#include <libpsl.h>

#include <string>

namespace citygate {

std::string_view registrable_domain(std::string_view host) {
  const std::string name(host);  // libpsl reads a C string
  const char* found = psl_registrable_domain(psl_builtin(), name.c_str());
  return found == nullptr ? std::string_view() : host.substr(static_cast<std::size_t>(found - name.c_str()));
}

}  // namespace citygate
