#include "proxy/pac.h"

#include <fmt/format.h>

#include "base/address.h"
#include "base/target.h"

namespace citygate::proxy {
namespace {

constexpr std::string_view kType = "application/x-ns-proxy-autoconfig";
constexpr std::string_view kPrivate[] = {"10.0.0.0/8",     "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
                                         "192.168.0.0/16", "::1/128",     "fc00::/7",       "fe80::/10"};

// Of the file: everything but the tables that stand before it.
constexpr std::string_view kFunctions = R"js(
function groups(text) {
  // The eight groups of an IPv6 address; null where it is none.
  var halves = text.split("::");
  if (halves.length > 2 || !/^[0-9a-f:]+$/.test(text) || text.indexOf(":") < 0) return null;
  var head = halves[0] ? halves[0].split(":") : [], tail = halves.length > 1 && halves[1] ? halves[1].split(":") : [];
  if (halves.length == 1 ? head.length != 8 : head.length + tail.length > 7) return null;
  var out = [], i;
  for (i = 0; i < head.length; i++) out.push(parseInt(head[i], 16));
  for (i = head.length + tail.length; i < 8; i++) out.push(0);
  for (i = 0; i < tail.length; i++) out.push(parseInt(tail[i], 16));
  return out;
}

function within(host) {
  var part = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(host), i, k;
  if (part) {
    var value = ((part[1] * 256 + +part[2]) * 256 + +part[3]) * 256 + +part[4];
    for (i = 0; i < ranges4.length; i++)
      if (value >= ranges4[i][0] && value < ranges4[i][0] + ranges4[i][1]) return true;
    return false;
  }
  var own = groups(host);
  if (!own) return false;
  for (i = 0; i < ranges6.length; i++) {
    var base = groups(ranges6[i][0]), bits = ranges6[i][1], same = true;
    for (k = 0; k < 8 && bits > 0; k++, bits -= 16) {
      var unit = bits >= 16 ? 1 : Math.pow(2, 16 - bits);
      if (Math.floor(own[k] / unit) != Math.floor(base[k] / unit)) same = false;
    }
    if (same) return true;
  }
  return false;
}

function FindProxyForURL(url, host) {
  host = host.toLowerCase().replace(/^\[|\]$/g, "").replace(/\.$/, "");
  if (plainNamesDirect && host.indexOf(".") < 0 && host.indexOf(":") < 0) return "DIRECT";
  if (within(host)) return "DIRECT";
  for (var name = host; name; name = name.indexOf(".") < 0 ? "" : name.substring(name.indexOf(".") + 1))
    if (names["." + name]) return "DIRECT";
  return proxies;
}
)js";

// A name of pac.direct without the marks that people put before it; "" where it is none.
std::string direct_name(std::string_view entry) {
  if (entry.starts_with("*.")) entry.remove_prefix(2);
  if (entry.starts_with('.')) entry.remove_prefix(1);
  return canonical_host(entry);
}

void append(std::string& list, std::string_view entry) {
  if (!list.empty()) list += ", ";
  list += entry;
}

struct Ranges {
  std::string v4, v6;  // as JavaScript writes their members

  void add(const Cidr& range) {
    if (range.base().is_v4()) {
      const auto size = std::uint64_t{1} << (128 - range.prefix_bits());
      append(v4, fmt::format("[{}, {}]", range.base().v4_host_order(), size));
    } else {
      append(v6, fmt::format("[\"{}\", {}]", range.base().to_string(), range.prefix_bits()));
    }
  }
};

}  // namespace

Result<std::string> pac_proxy(std::string_view entry) {
  const auto space = entry.find(' ');
  const std::string_view where = entry.substr(0, space);
  const std::string_view word = space == std::string_view::npos ? std::string_view() : entry.substr(space + 1);
  if (!word.empty() && word != "tls")
    return fail(Error::Kind::Malformed,
                fmt::format("entry '{}' says '{}'; behind the port comes tls or nothing", entry, word));
  std::string host;
  std::optional<IpAddress> address;
  std::uint16_t port = 0;
  if (const auto read = parse_host_port(where, 0, host, address, port); !read || port == 0)
    return fail(Error::Kind::Malformed,
                fmt::format("entry '{}' is no name or address with a port, as \"proxy.city.example:3128\"", entry));
  const bool v6 = address && !address->is_v4();
  return fmt::format("{} {}{}{}:{}", word.empty() ? "PROXY" : "HTTPS", v6 ? "[" : "", host, v6 ? "]" : "", port);
}

std::vector<std::pair<std::string_view, std::string>> check_pac(const PacConfig& config) {
  std::vector<std::pair<std::string_view, std::string>> out;
  for (const auto& entry : config.proxies)
    if (const auto proxy = pac_proxy(entry); !proxy) out.emplace_back("pac.proxies", proxy.error().context);
  for (const auto& entry : config.direct)
    if (!Cidr::parse(entry) && direct_name(entry).empty())
      out.emplace_back("pac.direct", fmt::format("entry '{}' is no name, address or range, as \"city.example\" or "
                                                 "\"10.0.0.0/8\"",
                                                 entry));
  return out;
}

std::string pac_file(const PacConfig& config, std::string_view own) {
  std::string proxies, names;
  for (const auto& entry : config.proxies)
    if (const auto proxy = pac_proxy(entry)) proxies += (proxies.empty() ? "" : "; ") + *proxy;
  if (proxies.empty()) proxies = own;
  if (config.fallback_direct) proxies += "; DIRECT";
  Ranges ranges;
  if (config.private_direct)
    for (const auto text : kPrivate) ranges.add(*Cidr::parse(text));
  for (const auto& entry : config.direct) {
    if (const auto range = Cidr::parse(entry))
      ranges.add(*range);
    else
      append(names, fmt::format("\".{}\": 1", direct_name(entry)));
  }
  return fmt::format(
             "// Made by the web gateway from its configuration, [pac].\n"
             "var proxies = \"{}\";\nvar plainNamesDirect = {};\nvar names = {{{}}};\nvar ranges4 = [{}];\nvar ranges6 "
             "= [{}];\n",
             proxies, config.plain_names_direct, names, ranges.v4, ranges.v6)
      .append(kFunctions);
}

std::optional<LocalAnswer> PacService::answer(const LocalRequest& request) const {
  const std::string_view path = request.target.substr(0, request.target.find('?'));
  if (path != "/proxy.pac" && path != "/wpad.dat") return std::nullopt;
  LocalAnswer out;
  if (request.method != Method::Get && request.method != Method::Head) {
    out.status = 405;
    out.content_type = "text/plain; charset=utf-8";
    out.extra_fields = "Allow: GET, HEAD\r\n";
    out.body = "This file can only be read.\n";
    return out;
  }
  out.status = 200;
  out.content_type = kType;
  out.extra_fields = fmt::format("Cache-Control: max-age={}\r\n",
                                 std::chrono::duration_cast<std::chrono::seconds>(config_.max_age).count());
  out.body = pac_file(config_, fmt::format("{} {}", request.tls ? "HTTPS" : "PROXY", request.local.to_string()));
  return out;
}

}  // namespace citygate::proxy
