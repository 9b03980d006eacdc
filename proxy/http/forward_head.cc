#include "proxy/http/forward_head.h"

#include <charconv>

#include "base/char_set.h"
#include "proxy/http/connection_sign_in.h"
#include "proxy/http/head_rules.h"

namespace citygate::proxy {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kYoutubeRestrict = "YouTube-Restrict";
constexpr CharSet kEndsAuthority("/?");

void append_field(std::string_view name, std::string_view value, std::string& out) {
  out.append(name).append(": ").append(value).append(kLineEnd);
}

void append_number(std::uint64_t number, std::string& out) {
  char digits[20];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

void append_content_length(std::uint64_t bytes, std::string& out) {
  out.append("Content-Length: ");
  append_number(bytes, out);
  out.append(kLineEnd);
}

// RFC 9110 section 7.6.1: what concerns this connection alone, whether Connection names it or not. TE and Expect have
// rules of their own below.
bool hop_by_hop(FieldName id) {
  switch (id) {
    case FieldName::Connection:
    case FieldName::ProxyConnection:
    case FieldName::KeepAlive:
    case FieldName::Te:
    case FieldName::TransferEncoding:
    case FieldName::Upgrade:
    case FieldName::Http2Settings:
    // The gateway's own conversation with its client. An origin that asks for or confirms proxy credentials must not
    // be heard (RFC 9110 section 11.7).
    case FieldName::ProxyAuthorization:
    case FieldName::ProxyAuthenticate:
    case FieldName::ProxyAuthenticationInfo: return true;
    default: return false;
  }
}

// Fields that no Connection field can take away. Host and the framing are written anew in any case; Via guards against
// loops; the others are what policy and metering looked at: a peer must not show them to us and hide them from the
// next hop, where their absence changes what the content is taken for.
bool immune_to_nomination(FieldName id) {
  switch (id) {
    case FieldName::Host:
    case FieldName::ContentLength:
    case FieldName::TransferEncoding:
    case FieldName::Via:
    case FieldName::MaxForwards:
    case FieldName::ContentType:
    case FieldName::ContentDisposition:
    case FieldName::Location:
    case FieldName::Range: return true;
    default: return false;
  }
}

bool same_name(const Field& field, std::string_view name) { return equal_ignoring_case(field.name, name); }

// Whether any Connection field of `head` holds options at all besides the usual ones: most heads skip the search.
bool names_fields(const MessageHead& head) {
  for (const Field& field : head.fields) {
    if (field.id != FieldName::Connection) continue;
    std::string_view rest = field.value, option;
    while (next_member(rest, option))
      if (!equal_ignoring_case(option, "keep-alive") && !equal_ignoring_case(option, "close")) return true;
  }
  return false;
}

bool nominated(const MessageHead& head, const Field& candidate) {
  if (immune_to_nomination(candidate.id)) return false;
  for (const Field& field : head.fields) {
    if (field.id != FieldName::Connection) continue;
    std::string_view rest = field.value, option;
    while (next_member(rest, option))
      if (same_name(candidate, option)) return true;
  }
  return false;
}

bool takes_trailers(std::string_view te) {
  std::string_view member;
  while (next_member(te, member))
    if (equal_ignoring_case(member.substr(0, member.find_first_of("; \t")), "trailers")) return true;
  return false;
}

// 1xx and 204 have no Content-Length (RFC 9110 section 8.6); a HEAD's or a 304's tells about the content not sent.
bool keeps_length_of_no_content(const MessageHead& response) {
  return response.status >= 200 && response.status != 204;
}

// Fields that frame, route, identify or sign in a message must not come late (RFC 9110 section 6.5.1), nor what policy
// looked at in the head.
bool forbidden_in_trailers(FieldName id) {
  switch (id) {
    case FieldName::Authorization:
    case FieldName::ContentDisposition:
    case FieldName::ContentLength:
    case FieldName::ContentType:
    case FieldName::Expect:
    case FieldName::Host:
    case FieldName::Location:
    case FieldName::Range:
    case FieldName::Trailer:
    case FieldName::Via:
    case FieldName::WwwAuthenticate:
    case FieldName::Forwarded:
    case FieldName::XForwardedFor:
    case FieldName::XForwardedHost: return true;
    default: return hop_by_hop(id);
  }
}

}  // namespace

void append_request_head(const MessageHead& request, const ForwardedRequest& as, std::string& out) {
  out.append(request.method_text).append(" ").append(as.origin_form).append(" HTTP/1.1\r\n");
  bool host_written = false, length_written = false, trailers_taken = false;
  for (const Field& field : request.fields) host_written = host_written || field.id == FieldName::Host;
  // RFC 9110 section 7.2: a Host of ours comes first; the client's stays where it was.
  if (!host_written) append_field("Host", as.host_field, out);
  const bool search = names_fields(request);
  for (const Field& field : request.fields) {
    if (field.id == FieldName::Te) trailers_taken = trailers_taken || takes_trailers(field.value);
    if (hop_by_hop(field.id) || (search && nominated(request, field))) continue;
    if (!as.youtube_restrict.empty() && same_name(field, kYoutubeRestrict)) continue;
    switch (field.id) {
      case FieldName::Host: append_field(field.name, as.host_field, out); break;
      case FieldName::ContentLength:
        if (request.framing == Framing::Length && !length_written) append_content_length(request.content_length, out);
        length_written = true;
        break;
      case FieldName::Forwarded:
      case FieldName::XForwardedFor:
      case FieldName::XForwardedHost: break;
      case FieldName::MaxForwards:
        append_field(field.name, as.max_forwards ? std::to_string(*as.max_forwards) : field.value, out);
        break;
      case FieldName::Expect:
        // We go out as HTTP/1.1, and a client of HTTP/1.0 could not be given the 100 that this asks for.
        if (request.minor_version == 0) break;
        [[fallthrough]];
      default: append_field(field.name, field.value, out);
    }
  }
  if (!as.youtube_restrict.empty()) append_field(kYoutubeRestrict, as.youtube_restrict, out);
  if (request.framing == Framing::Length && !length_written) append_content_length(request.content_length, out);
  if (request.framing == Framing::Chunked) append_field("Transfer-Encoding", "chunked", out);
  // RFC 9110 section 10.1.4: TE reaches one hop only. We pass trailers on, so we may say so for ourselves, unless our
  // client speaks HTTP/1.0 and could not get them.
  const bool te = trailers_taken && request.minor_version == 1;
  if (te) append_field("TE", "trailers", out);
  if (!as.upgrade.empty()) append_field("Upgrade", as.upgrade, out);
  if (te || !as.upgrade.empty())
    append_field("Connection", !te ? "Upgrade" : as.upgrade.empty() ? "TE" : "TE, Upgrade", out);
  append_field("Via", as.via, out);
  out.append(kLineEnd);
}

void append_response_head(const MessageHead& response, const ForwardedResponse& as, std::string& out) {
  out.append("HTTP/1.1 ");
  append_number(response.status, out);
  out.append(" ").append(response.reason).append(kLineEnd);
  bool length_written = false;
  const bool search = names_fields(response);
  const bool upgrades = as.upgrade == ForwardedResponse::Upgrade::Passes;
  for (const Field& field : response.fields) {
    if (field.id == FieldName::Upgrade && upgrades) append_field(field.name, field.value, out);
    if (hop_by_hop(field.id) || (search && nominated(response, field))) continue;
    switch (field.id) {
      case FieldName::ContentLength:
        if (length_written) break;
        length_written = true;
        if (as.framing == Framing::Length)
          append_content_length(as.content_length, out);
        else if (as.framing == Framing::None && keeps_length_of_no_content(response))
          append_field(field.name, field.value, out);
        break;
      case FieldName::Trailer:
        if (as.framing == Framing::Chunked || as.framing == Framing::None) append_field(field.name, field.value, out);
        break;
      default: append_field(field.name, field.value, out);
    }
  }
  if (as.framing == Framing::Length && !length_written) append_content_length(as.content_length, out);
  if (as.framing == Framing::Chunked) append_field("Transfer-Encoding", "chunked", out);
  if (upgrades) append_field("Connection", "Upgrade", out);
  // RFC 4559 section 6: only so do clients dare to sign in a connection through a proxy. It is kept for them alone.
  if (response.status == 401 && signs_in_connection(response, FieldName::WwwAuthenticate))
    out.append("Proxy-Support: Session-Based-Authentication\r\nConnection: Proxy-Support\r\n");
  switch (as.connection) {
    case ConnectionField::None: break;
    case ConnectionField::Close: append_field("Connection", "close", out); break;
    case ConnectionField::KeepAlive: append_field("Connection", "keep-alive", out); break;
  }
  append_field("Via", as.via, out);
  out.append(kLineEnd);
}

std::size_t chunk_prefix(std::uint64_t bytes, char (&out)[20]) {
  char* end = std::to_chars(out, out + 16, bytes, 16).ptr;
  *end++ = '\r';
  *end++ = '\n';
  return static_cast<std::size_t>(end - out);
}

void append_last_chunk(const std::vector<Field>& trailers, std::string& out) {
  out.append("0\r\n");
  for (const Field& field : trailers)
    if (!forbidden_in_trailers(field.id)) append_field(field.name, field.value, out);
  out.append(kLineEnd);
}

std::string_view origin_form(std::string_view absolute_target, Method method, std::string& scratch) {
  // A fragment is the browser's own business (RFC 9110 section 4.2.5); the target parser drops it too.
  absolute_target = absolute_target.substr(0, absolute_target.find('#'));
  const auto scheme = absolute_target.find("://");
  if (scheme == std::string_view::npos || absolute_target.starts_with('/'))
    return absolute_target;  // it is one already
  const std::string_view rest = absolute_target.substr(scheme + 3);
  const auto begin = kEndsAuthority.find_in(rest);
  // RFC 9112 section 3.2.4: OPTIONS without path and query asks about the server as a whole.
  if (begin == std::string_view::npos) return method == Method::Options ? "*" : "/";
  if (rest[begin] == '/') return rest.substr(begin);
  scratch.assign("/").append(rest.substr(begin));
  return scratch;
}

}  // namespace citygate::proxy
