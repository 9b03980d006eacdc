// connection_sign_in.h - schemes that sign in a connection and not a request: NTLM, and Negotiate as it is used
// (RFC 4559 section 6).
#pragma once

#include "proxy/http/message.h"

namespace citygate::proxy {

// Whether any `field` (Authorization or WWW-Authenticate) of the head speaks of such a scheme.
[[nodiscard]] bool signs_in_connection(const MessageHead& head, FieldName field) noexcept;

}  // namespace citygate::proxy
