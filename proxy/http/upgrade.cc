#include "proxy/http/upgrade.h"

#include <algorithm>

#include "proxy/http/head_rules.h"

namespace citygate::proxy {
namespace {

bool token_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool token(std::string_view text) { return !text.empty() && std::ranges::all_of(text, token_character); }

// protocol = protocol-name [ "/" protocol-version ]
bool passes(std::string_view protocol, Method method) {
  const auto slash = protocol.find('/');
  const std::string_view name = protocol.substr(0, slash);
  if (!token(name) || (slash != std::string_view::npos && !token(protocol.substr(slash + 1)))) return false;
  // Drafts of HTTP/2 go by names such as "h2c-14".
  for (std::string_view never : {"h2c", "h2", "h3", "http", "tls"})
    if (equal_ignoring_case(name.substr(0, name.find('-')), never)) return false;
  // A handshake of WebSocket is a GET (RFC 6455 section 4.1).
  return method == Method::Get || !equal_ignoring_case(name, "websocket");
}

}  // namespace

void read_upgrade_offer(const MessageHead& request, std::string& offer) {
  offer.clear();
  if (!request.upgrade || request.method == Method::Connect || request.framing != Framing::None) return;
  for (const Field& field : request.fields)
    if (field.id == FieldName::Expect) return;
  for (const Field& field : request.fields) {
    if (field.id != FieldName::Upgrade) continue;
    std::string_view rest = field.value, protocol;
    while (next_member(rest, protocol)) {
      if (!passes(protocol, request.method)) continue;
      if (!offer.empty()) offer.append(", ");
      offer.append(protocol);
    }
  }
}

bool takes_up(const MessageHead& switching, std::string_view offer) noexcept {
  if (!switching.upgrade || offer.empty()) return false;
  bool any = false;
  for (const Field& field : switching.fields) {
    if (field.id != FieldName::Upgrade) continue;
    std::string_view rest = field.value, protocol;
    while (next_member(rest, protocol)) {
      if (!list_holds(offer, protocol)) return false;
      any = true;
    }
  }
  return any;
}

}  // namespace citygate::proxy
