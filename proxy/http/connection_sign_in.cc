#include "proxy/http/connection_sign_in.h"

#include "proxy/http/head_rules.h"

namespace citygate::proxy {

bool signs_in_connection(const MessageHead& head, FieldName field) noexcept {
  for (const Field& candidate : head.fields) {
    if (candidate.id != field) continue;
    // Challenges come as a list, whose members are schemes or parameters; a quoted comma makes more of them, not fewer.
    std::string_view rest = candidate.value, member;
    while (next_member(rest, member)) {
      const std::string_view scheme = member.substr(0, member.find_first_of(" \t"));
      if (equal_ignoring_case(scheme, "ntlm") || equal_ignoring_case(scheme, "negotiate")) return true;
    }
  }
  return false;
}

}  // namespace citygate::proxy
