#include "proxy/identity/form_token.h"

#include <fmt/format.h>

namespace citygate::proxy {
namespace {

std::string text_of(std::string_view cookie, const IpAddress& client, std::string_view purpose) {
  return fmt::format("{}\n{}\n{}", purpose, client.to_string(), cookie);
}

}  // namespace

std::string new_cookie() { return random_hex(32); }

std::string FormTokens::token(std::string_view cookie, const IpAddress& client, std::string_view purpose) const {
  return key_.sign(text_of(cookie, client, purpose));
}

bool FormTokens::right(std::string_view token, std::string_view cookie, const IpAddress& client,
                       std::string_view purpose) const {
  return !cookie.empty() && key_.has_signed(text_of(cookie, client, purpose), token);
}

}  // namespace citygate::proxy
