// form_token.h - what shows that a form came from our own page, in the very browser that it was made for.
//
// A cookie names the browser, whether or not anybody is signed in; a form carries a keyed hash of that cookie, of the
// client's address and of what it is for. Another site can send a form, but knows neither.
// Owner     the portal. Thread: any. The key is of this process: after a restart a form has to be asked for again.
#pragma once

#include <string>
#include <string_view>

#include "base/address.h"
#include "proxy/identity/signing_key.h"

namespace citygate::proxy {

// 256 random bits as 64 hexadecimal digits.
[[nodiscard]] std::string new_cookie();

class FormTokens {
 public:
  [[nodiscard]] std::string token(std::string_view cookie, const IpAddress& client, std::string_view purpose) const;
  [[nodiscard]] bool right(std::string_view token, std::string_view cookie, const IpAddress& client,
                           std::string_view purpose) const;

 private:
  SigningKey key_;
};

}  // namespace citygate::proxy
