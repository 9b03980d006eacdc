// message.h - the head of an HTTP/1 message as parsed, and what its body is framed by.
//
// All views point into the buffer that was parsed and live as long as its bytes stay where they are.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/vocabulary.h"

namespace citygate::proxy {

// Fields that some rule of ours looks at; everything else is Other and passes through.
enum class FieldName : std::uint8_t {
  Other,
  Accept,
  Authorization,
  Connection,
  ContentDisposition,
  ContentLength,
  ContentType,
  Expect,
  Forwarded,
  Host,
  Http2Settings,
  KeepAlive,
  Location,
  MaxForwards,
  ProxyAuthenticate,
  ProxyAuthenticationInfo,
  ProxyAuthorization,
  ProxyConnection,
  Purpose,
  Range,
  Referer,
  SecFetchDest,
  SecFetchMode,
  SecFetchUser,
  SecPurpose,
  Te,
  Trailer,
  TransferEncoding,
  Upgrade,
  UpgradeInsecureRequests,
  Via,
  WwwAuthenticate,
  XForwardedFor,
  XForwardedHost,
  XMoz,
  XRequestedWith,
};
[[nodiscard]] FieldName field_name(std::string_view name) noexcept;  // any case

struct Field {
  FieldName id = FieldName::Other;
  std::string_view name, value;  // value without surrounding white space
};

enum class Framing : std::uint8_t {
  None,    // no body: the message ends with its head
  Length,  // content_length bytes
  Chunked,
  UntilClose,  // responses only (RFC 9112 section 6.3 rule 8)
};

struct MessageHead {
  // request
  Method method = Method::Other;
  std::string_view method_text;
  std::string_view target;  // as sent
  // response
  std::uint16_t status = 0;
  std::string_view reason;

  int minor_version = 1;      // HTTP/1.x
  std::vector<Field> fields;  // in order, with repeats; capacity is kept from message to message
  Framing framing = Framing::None;
  std::uint64_t content_length = 0;
  // What version and Connection (and Proxy-Connection, of a request) say. Never of a response that announces content
  // which its status cannot have.
  bool keep_alive = true;
  bool expect_continue = false;
  bool upgrade = false;  // Connection: upgrade with an Upgrade field

  // "" when missing; the first one when repeated.
  [[nodiscard]] std::string_view value(FieldName id) const noexcept;
  void clear();
};

}  // namespace citygate::proxy
