#include "base/target.h"

#include <idn2.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/char_set.h"
#include "base/letter_case.h"
#include "base/percent_encoding.h"

namespace citygate {
namespace {

std::unexpected<Error> bad(std::string_view what, std::string_view text) {
  std::string shown(text.substr(0, 120));
  return fail(Error::Kind::Malformed, std::string(what) + " in '" + shown + "'", Error::Side::Client);
}

// Percent-decodes into `out`; false on "%" without two hex digits.
bool percent_decode(std::string_view text, std::string& out) {
  out.clear();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    const int value = percent_encoded_at(text, i);
    if (value < 0) return false;
    out.push_back(static_cast<char>(value));
    i += 2;
  }
  return true;
}

// One part of a numeric IPv4: decimal, 0-octal, 0x-hex. False: not a number at all, or far too large.
bool parse_ipv4_part(std::string_view part, std::uint64_t& out) {
  int radix = 10;
  if (part.size() >= 2 && part[0] == '0' && lower(part[1]) == 'x') {
    radix = 16;
    part.remove_prefix(2);
    if (part.empty()) {  // "0x" alone is zero, says WHATWG
      out = 0;
      return true;
    }
  } else if (part.size() >= 2 && part[0] == '0') {
    radix = 8;
    part.remove_prefix(1);
  }
  auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), out, radix);
  return error == std::errc() && end == part.data() + part.size() && !part.empty();
}

// WHATWG URL section 3.5: a host whose last label is a number is an IPv4 address or an error.
bool ends_in_a_number(std::string_view host) {
  const auto dot = host.rfind('.');
  const std::string_view last = dot == std::string_view::npos ? host : host.substr(dot + 1);
  if (last.empty()) return false;
  if (std::ranges::all_of(last, [](char c) { return c >= '0' && c <= '9'; })) return true;
  return last.size() >= 2 && last[0] == '0' && lower(last[1]) == 'x' &&
         std::ranges::all_of(last.substr(2), [](char c) { return hex_value(c) >= 0; });
}

std::optional<IpAddress> parse_numeric_ipv4(std::string_view host) {
  std::uint64_t parts[4];
  std::size_t count = 0;
  for (;;) {
    const auto dot = host.find('.');
    if (count == 4 || !parse_ipv4_part(host.substr(0, dot), parts[count++])) return std::nullopt;
    if (dot == std::string_view::npos) break;
    host.remove_prefix(dot + 1);
  }
  std::uint64_t address = parts[count - 1];
  if (address >= (std::uint64_t{1} << (8 * (5 - count)))) return std::nullopt;
  for (std::size_t i = 0; i + 1 < count; ++i) {
    if (parts[i] > 255) return std::nullopt;
    address |= parts[i] << (8 * (3 - i));
  }
  return IpAddress::v4(static_cast<std::uint32_t>(address));
}

// Control characters, space, and what WHATWG forbids in a host (section 3.2), '%' included: it was decoded before.
constexpr auto kForbiddenInHost = [] {
  CharSet set("#%/:<>?@[\\]^|\"`{}\x7f");
  set.add_range(0, 0x20);
  return set;
}();
constexpr auto kControlOrSpace = [] {
  CharSet set("\x7f");
  set.add_range(0, 0x20);
  return set;
}();
constexpr CharSet kEndsAuthority("/?\\");

bool ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// UTS 46 for the labels that need it. libidn2 refuses ASCII names that are in use (r3---sn-x.googlevideo.com), so
// ASCII labels never go through it.
bool to_a_labels(std::string_view host, std::string& out) {
  out.clear();
  // The ideographic full stops are label separators too (UTS 46 section 2.3).
  std::string dotted;
  for (std::size_t i = 0; i < host.size(); ++i) {
    const std::string_view rest = host.substr(i);
    if (rest.starts_with("\u3002") || rest.starts_with("\uff0e") || rest.starts_with("\uff61")) {
      dotted.push_back('.');
      i += 2;
    } else {
      dotted.push_back(host[i]);
    }
  }
  std::string_view left = dotted;
  for (;;) {
    const auto dot = left.find('.');
    const std::string label(left.substr(0, dot));
    if (ascii(label)) {
      for (char c : label) out.push_back(lower(c));
    } else {
      char* converted = nullptr;
      const int code = idn2_to_ascii_8z(label.c_str(), &converted, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
      if (code != IDN2_OK) return false;
      out += converted;
      idn2_free(converted);
    }
    if (dot == std::string_view::npos) return true;
    out.push_back('.');
    left.remove_prefix(dot + 1);
  }
}

bool parse_port(std::string_view text, std::uint16_t& port) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

// Splits "host:port"; `port` stays empty where there is none.
bool split_host_port(std::string_view text, std::string_view& host, std::string_view& port) {
  std::size_t colon = std::string_view::npos;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return false;
    if (close + 1 < text.size()) {
      if (text[close + 1] != ':') return false;
      colon = close + 1;
    }
  } else {
    colon = text.find(':');
  }
  host = text.substr(0, colon);
  port = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  return true;
}

// What a path may hold and still be copied as it stands, '/' aside. The others are '%', what browsers encode in a path
// before they send it (WHATWG URL, path percent-encode set), bytes outside ASCII, and '\\', which may act as '/'.
constexpr auto kPlainInPath = CharSet::letters_digits_and("-._~!$&'()*+,;=:@|[]");

// One segment: unreserved characters decoded, hexadecimal digits in upper case, what browsers would have encoded
// encoded. A '%' that encodes nothing becomes "%25": left alone it could join what is decoded behind it ("%%36b" must
// not end as "%6b", which is "k" to the next reader).
void append_canonical(std::string_view segment, std::string& out) {
  for (std::size_t i = 0; i < segment.size(); ++i) {
    const char c = segment[i];
    if (c != '%') {
      if (kPlainInPath.has(c) || c == '\\') {
        out.push_back(c);
      } else {
        append_percent_encoded(c, out);
      }
      continue;
    }
    const int encoded = percent_encoded_at(segment, i);
    if (encoded < 0) {
      out.append("%25");
      continue;
    }
    const char value = static_cast<char>(encoded);
    if (unreserved(value)) {
      out.push_back(value);
    } else {
      append_percent_encoded(value, out);
    }
    i += 2;
  }
}

// The length of a separator at `at` of a canonical segment, for servers that take "%2F", "%5C" and '\' for '/'; or 0.
std::size_t hidden_separator(std::string_view segment, std::size_t at) {
  if (segment[at] == '\\') return 1;
  const auto encoded = segment.substr(at, 3);
  return encoded == "%2F" || encoded == "%5C" ? 3 : 0;
}

bool has_hidden_separator(std::string_view segment) {
  for (std::size_t i = 0; i < segment.size(); ++i)
    if (hidden_separator(segment, i) != 0) return true;
  return false;
}

// Whether a server could find ".." in a segment that is not "..": behind a separator that is written otherwise, or
// before a path parameter ("..;x"). Such a server goes up where others do not, and no one reading is safe.
bool hides_dot_dot(std::string_view segment) {
  for (std::size_t begin = 0; begin < segment.size();) {
    std::size_t end = begin, skip = 0;
    while (end < segment.size() && (skip = hidden_separator(segment, end)) == 0) ++end;
    const std::string_view piece = segment.substr(begin, end - begin);
    if (piece == ".." || piece.starts_with("..;") || piece.starts_with("..%3B")) return true;
    begin = end + skip;
  }
  return false;
}

// http.sys reads "%u0041" as 'A', "%u002E" as a dot, where others read a '%' and text. JavaScript's escape() and ASP.NET's
// UrlEncodeUnicode() write only what is not ASCII so; that is left to matching_path().
bool encodes_ascii_as_unicode(std::string_view path) {
  for (auto at = path.find('%'); at != std::string_view::npos; at = path.find('%', at + 1))
    if (const int unit = unicode_encoded(path.substr(at + 1)); unit >= 0 && unit < 0x80) return true;
  return false;
}

// Takes the last segment off `path`. False where servers disagree about which that is: those that merge "//" or read
// "%2F" as '/' would take another.
bool go_up(std::string& path) {
  const auto slash = path.rfind('/');
  const std::string_view last = std::string_view(path).substr(slash + 1);
  if (last.empty() || has_hidden_separator(last)) return false;
  path.resize(slash);
  return true;
}

// Nothing to be done: the usual path.
bool is_canonical_path(std::string_view path) {
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (kPlainInPath.has(path[i])) continue;
    if (path[i] != '/' || (i + 1 < path.size() && path[i + 1] == '.')) return false;
  }
  return !path.empty();
}

// RFC 3986 sections 6.2.2 and 5.2.4 in one pass over segments. False for a ".." that servers read differently. What a ".."
// takes a segment away from is copied to `before_dots`, which is empty else.
bool canonical_path(std::string_view path, std::string& out, std::string& before_dots) {
  if (is_canonical_path(path)) {
    out.assign(path);
    return true;
  }
  out.clear();
  for (std::size_t i = 0; i < path.size();) {
    ++i;  // the '/'
    const auto next = path.find('/', i);
    const bool last = next == std::string_view::npos;
    const std::size_t begin = out.size();
    out.push_back('/');
    append_canonical(path.substr(i, last ? next : next - i), out);
    i = last ? path.size() : next;
    const std::string_view segment = std::string_view(out).substr(begin + 1);
    if (segment != "." && segment != "..") {
      if (segment.find("..") != std::string_view::npos && hides_dot_dot(segment)) return false;
      continue;
    }
    const bool up = segment == "..";
    out.resize(begin);
    if (up && !out.empty()) {
      if (!go_up(out)) return false;
      if (before_dots.empty()) before_dots.assign(path);
    }
    if (last) out.push_back('/');
  }
  if (out.empty()) out.push_back('/');
  return true;
}

Result<void> take_path_and_query(std::string_view text, Target& out) {
  const auto question = text.find('?');
  if (question != std::string_view::npos) out.query.assign(text.substr(question + 1));
  const std::string_view path = text.substr(0, question);
  if (!canonical_path(path, out.path, out.before_dots)) return bad("a '..' that servers read differently", text);
  if (encodes_ascii_as_unicode(path)) return bad("a '%u' that servers read differently", text);
  return {};
}

}  // namespace

std::string_view to_string(Scheme scheme) {
  switch (scheme) {
    case Scheme::Http: return "http";
    case Scheme::Https: return "https";
    case Scheme::Tunnel: return "tunnel";
  }
  return "unknown";
}

void Target::clear() {
  scheme = Scheme::Http;
  host.clear();
  address.reset();
  port = 0;
  path.clear();
  query.clear();
  before_dots.clear();
}

std::string Target::to_string() const {
  std::string out(citygate::to_string(scheme));
  out += "://";
  out += address && !address->is_v4() ? "[" + host + "]" : host;
  const bool usual = (scheme == Scheme::Http && port == 80) || (scheme == Scheme::Https && port == 443);
  if (!usual) out += ":" + std::to_string(port);
  return out + path;
}

Result<void> canonical_host(std::string_view host, std::string& out, std::optional<IpAddress>& address) {
  address.reset();
  out.clear();
  if (host.starts_with('[')) {
    if (!host.ends_with(']')) return bad("unclosed bracket", host);
    std::string_view inside = host.substr(1, host.size() - 2);
    inside = inside.substr(0, inside.find('%'));  // a zone names an interface here, not a host there
    auto ip = IpAddress::parse(inside);
    if (!ip || inside.find(':') == std::string_view::npos) return bad("no IPv6 address", host);
    address = *ip;
    out = ip->to_string();
    return {};
  }
  // The usual name: ASCII, nothing encoded.
  bool plain = true;
  for (char c : host) {
    if (kForbiddenInHost.has(c) && c != '%') return bad("a character that no host name holds", host);
    if (c == '%' || static_cast<unsigned char>(c) >= 0x80) plain = false;
  }
  if (plain) {
    out.reserve(host.size());
    for (char c : host) out.push_back(lower(c));
  } else {
    std::string decoded;
    // Before the conversion too: it reads a label to its first NUL, and what stands behind would be gone from the name.
    if (!percent_decode(host, decoded)) return bad("no host name", host);
    if (kForbiddenInHost.find_in(decoded) != std::string::npos) return bad("a character that no host name holds", host);
    if (!to_a_labels(decoded, out)) return bad("no host name", host);
    if (kForbiddenInHost.find_in(out) != std::string::npos) return bad("a character that no host name holds", host);
  }
  if (out.ends_with('.')) out.pop_back();
  if (out.empty()) return bad("an empty host", host);
  if (ends_in_a_number(out)) {
    auto ip = parse_numeric_ipv4(out);
    if (!ip) return bad("a number that is no IPv4 address", host);
    address = *ip;
    out = ip->to_string();
    return {};
  }
  if (out.size() > kMaxHostBytes) return bad("a host name over 253 bytes", host);
  std::size_t label = 0;
  for (std::size_t i = 0; i <= out.size(); ++i) {
    if (i < out.size() && out[i] != '.') continue;
    if (i == label) return bad("an empty label", host);
    if (i - label > 63) return bad("a label over 63 bytes", host);
    label = i + 1;
  }
  return {};
}

std::string canonical_host(std::string_view host) {
  std::string out;
  std::optional<IpAddress> address;
  return canonical_host(host, out, address) ? out : std::string();
}

Result<void> parse_host_port(std::string_view text, std::uint16_t default_port, std::string& host,
                             std::optional<IpAddress>& address, std::uint16_t& port) {
  std::string_view host_text, port_text;
  if (!split_host_port(text, host_text, port_text)) return bad("no host", text);
  port = default_port;
  if (!port_text.empty() && (!parse_port(port_text, port) || port == 0)) return bad("no port number", text);
  return canonical_host(host_text, host, address);
}

Result<void> parse_authority(std::string_view authority, Target& out) {
  out.clear();
  out.scheme = Scheme::Tunnel;
  CG_TRY_VOID(parse_host_port(authority, 0, out.host, out.address, out.port));
  if (out.port == 0) return bad("no port", authority);
  return {};
}

Result<void> parse_url(std::string_view url, Target& out) {
  out.clear();
  const auto has_scheme = [url](std::string_view scheme) {
    return url.size() >= scheme.size() &&
           std::equal(scheme.begin(), scheme.end(), url.begin(), [](char a, char b) { return a == lower(b); });
  };
  std::uint16_t default_port = 80;
  if (has_scheme("http://")) {
    url.remove_prefix(7);
  } else if (has_scheme("https://")) {
    url.remove_prefix(8);
    out.scheme = Scheme::Https;
    default_port = 443;
  } else {
    return bad("neither http:// nor https://", url);
  }
  if (kControlOrSpace.find_in(url) != std::string_view::npos) return bad("a space or control character", url);
  url = url.substr(0, url.find('#'));
  const auto end = kEndsAuthority.find_in(url);
  if (end != std::string_view::npos && url[end] == '\\') return bad("a backslash", url);
  std::string_view authority = url.substr(0, end);
  std::string_view rest = end == std::string_view::npos ? std::string_view() : url.substr(end);
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) authority.remove_prefix(at + 1);
  CG_TRY_VOID(parse_host_port(authority, default_port, out.host, out.address, out.port));
  return take_path_and_query(rest, out);
}

Result<void> parse_origin_form(std::string_view host_field, std::string_view path_and_query, Target& out) {
  out.clear();
  if (!path_and_query.starts_with('/')) return bad("no path", path_and_query);
  if (kControlOrSpace.find_in(path_and_query) != std::string_view::npos)
    return bad("a space or control character", path_and_query);
  CG_TRY_VOID(parse_host_port(host_field, 80, out.host, out.address, out.port));
  return take_path_and_query(path_and_query.substr(0, path_and_query.find('#')), out);
}

}  // namespace citygate
