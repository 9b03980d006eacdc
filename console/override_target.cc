#include "console/override_target.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/address.h"
#include "console/selectors.h"

namespace citygate::console {
namespace {

// "https://alice@bet.example:8443/games?x" as it was typed, without scheme and credentials.
struct Typed {
  bool scheme = false;
  std::string_view host, port;  // port: with its ':'
  std::string_view rest;        // from the first '/', '?' or '#' on
};

Typed take_apart(std::string_view text) {
  Typed out;
  if (const auto at = text.find("://"); at != std::string_view::npos) {
    out.scheme = true;
    text.remove_prefix(at + 3);
  }
  const auto end = std::min(text.find_first_of("/?#\\"), text.size());
  out.rest = text.substr(end);
  out.host = text.substr(0, end);
  if (const auto at = out.host.rfind('@'); at != std::string_view::npos) out.host.remove_prefix(at + 1);
  const auto colon = out.host.rfind(':');
  // Of an IPv6 address without brackets they are its own.
  if (colon == std::string_view::npos || out.host.find(']', colon) != std::string_view::npos ||
      IpAddress::parse(out.host))
    return out;
  out.port = out.host.substr(colon);
  out.host = out.host.substr(0, colon);
  return out;
}

std::unexpected<Error> refused(std::string_view text, std::string_view why) {
  return fail(Error::Kind::Malformed, fmt::format("no override of '{}': {}", text, why));
}

bool is_network(const Typed& typed) {
  if (typed.scheme || typed.rest.size() < 2 || typed.rest.front() != '/') return false;
  std::string_view host = typed.host;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const std::string_view bits = typed.rest.substr(1);
  const bool number = bits.size() <= 3 && std::ranges::all_of(bits, [](char c) { return c >= '0' && c <= '9'; });
  return IpAddress::parse(host) && (number || IpAddress::parse(bits));
}

// "*.bet.example" and ".bet.example" mean bet.example; "" where nothing can be guessed.
std::string meant_host(std::string_view host) {
  const auto at = host.find_first_not_of("*.");
  if (at == std::string_view::npos) return {};
  host.remove_prefix(at);
  return host.contains('*') ? std::string() : canonical_host(host);
}

Result<void> check_host(std::string_view text, const Typed& typed) {
  if (is_network(typed))
    return refused(text, fmt::format("it is a network, and an override holds for one address or host; name its "
                                     "addresses one by one{}",
                                     typed.host.contains(':')
                                         ? ""
                                         : fmt::format(", or http://{}{} if a page is meant", typed.host, typed.rest)));
  if (typed.host.contains('*') || typed.host.starts_with('.')) {
    const std::string meant = meant_host(typed.host);
    return refused(text, meant.empty()
                             ? "'*' stands for nothing here; name a host, and all below it is meant too. What is to "
                               "hold for every site is a rule of the policy"
                             : fmt::format("a host stands for all names below it without '*'; write {}", meant));
  }
  if (!typed.port.empty())
    return refused(text, fmt::format("it holds for a host on every port; leave '{}' out if that is meant", typed.port));
  return {};
}

Result<void> check_path(std::string_view text, const Typed& typed) {
  const auto hash = typed.rest.find('#');
  if (hash != std::string_view::npos)
    return refused(text,
                   fmt::format("what follows '#' never leaves the browser; leave '{}' out if all of {}{} is meant",
                               typed.rest.substr(hash), typed.host, typed.rest.substr(0, hash)));
  const auto query = typed.rest.find('?');
  if (query != std::string_view::npos)
    return refused(text, fmt::format("it holds for a host or a path with all below, and cannot tell '{}' from other "
                                     "queries; leave it out if all of {}{} is meant",
                                     typed.rest.substr(query), typed.host, typed.rest.substr(0, query)));
  const auto star = typed.rest.find('*');
  if (star == std::string_view::npos) return {};
  std::string_view before = typed.rest.substr(0, star);
  before = before.substr(0, before.rfind('/'));
  return refused(text,
                 fmt::format("'*' stands for nothing in a path, which holds for all below it; write {}{} if all of "
                             "that is meant, or %2A where the page's own address has a '*'",
                             typed.host, before));
}

}  // namespace

Result<Target> find_override_target(std::string_view text) {
  const Typed typed = take_apart(text);
  CG_TRY_VOID(check_host(text, typed));
  CG_TRY_VOID(check_path(text, typed));
  CG_TRY(target, find_target(text));
  while (target.path.ends_with('/')) target.path.pop_back();
  return target;
}

std::string unseen_path_note(const Target& target) {
  if (target.path.empty()) return {};
  return fmt::format(
      "of https the gateway sees the host {0} and no path: this holds for what is asked for in plain http, and {1}; an "
      "override of {0} would hold for all of it",
      target.host,
      target.scheme == Scheme::Https ? "not for the https address that was named" : "not for the same under https");
}

}  // namespace citygate::console
