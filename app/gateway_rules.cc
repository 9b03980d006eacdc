#include "app/gateway_rules.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

namespace citygate::app {
namespace {

using proxy::ListenSpec;

// Of packets that the kernel is to deliver here although their address is another's; and the routing table for them.
constexpr unsigned kMark = 0x3128, kTable = 3128;

std::unexpected<Error> wrong(std::string text) { return fail(Error::Kind::Malformed, std::move(text)); }

bool is_interface(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-' || c == '@';
  };
  return !name.empty() && name.size() <= 15 && std::ranges::all_of(name, fits);
}

struct Ranges {
  std::vector<std::string> four, six;
};

Result<Ranges> read_ranges(std::string_view option, const std::vector<std::string>& texts) {
  std::vector<Cidr> ranges;
  for (const std::string& text : texts) {
    const auto range = Cidr::parse(text);
    if (!range)
      return wrong(
          fmt::format("{}: '{}' is no address range; write it as 10.0.0.0/8 or 2001:db8::/32, without bits "
                      "beyond the prefix",
                      option, text));
    ranges.push_back(*range);
  }
  // nft takes no set whose ranges overlap.
  const auto covers = [](const Cidr& wide, const Cidr& narrow) {
    return wide.prefix_bits() <= narrow.prefix_bits() && wide.contains(narrow.base());
  };
  Ranges out;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    bool covered = false;
    for (std::size_t j = 0; j < ranges.size(); ++j)
      covered = covered || (j != i && covers(ranges[j], ranges[i]) && (ranges[j] != ranges[i] || j < i));
    const bool four = ranges[i].base().is_v4() && ranges[i].prefix_bits() >= 96;
    if (!covered) (four ? out.four : out.six).push_back(ranges[i].to_string());
  }
  return out;
}

Result<ListenSpec::Capture> read_mode(const std::string& mode, const std::vector<ListenSpec>& listeners) {
  using enum ListenSpec::Capture;
  const auto there = [&](ListenSpec::Capture capture) {
    return std::ranges::find(listeners, capture, &ListenSpec::capture) != listeners.end();
  };
  if (mode.empty()) {
    if (there(Redirect) && there(Tproxy))
      return wrong("gateway.listen has entries for redirect and for tproxy; say which with --mode");
    if (there(Redirect)) return Redirect;
    if (there(Tproxy)) return Tproxy;
    return wrong(
        "no entry of gateway.listen captures; add one such as \"0.0.0.0:3130 redirect\" (and \"[::]:3130 redirect\")");
  }
  if (mode != "redirect" && mode != "tproxy") return wrong(fmt::format("--mode is redirect or tproxy, not '{}'", mode));
  const auto capture = mode == "redirect" ? Redirect : Tproxy;
  if (!there(capture))
    return wrong(fmt::format("no entry of gateway.listen captures by {0}; add one such as \"0.0.0.0:3130 {0}\"", mode));
  return capture;
}

// The first listener of this mode and family.
Result<std::optional<SocketAddress>> find_listener(ListenSpec::Capture mode, bool v4,
                                                   const std::vector<ListenSpec>& listeners) {
  for (const ListenSpec& spec : listeners) {
    if (spec.capture != mode || spec.address.ip.is_v4() != v4) continue;
    if (spec.address.port == 0) return wrong(fmt::format("'{}' needs a fixed port for rules", spec.to_string()));
    const IpAddress any = v4 ? IpAddress::v4(0) : IpAddress();
    const bool loopback =
        v4 ? spec.address.ip.v4_host_order() >> 24 == 127 : spec.address.ip == *IpAddress::parse("::1");
    if (mode == ListenSpec::Capture::Redirect && loopback)
      return wrong(fmt::format("'{}': what comes from outside is never delivered to a loopback address; listen on {}",
                               spec.to_string(), SocketAddress{any, spec.address.port}.to_string()));
    return spec.address;
  }
  return std::nullopt;
}

class Rules {
 public:
  Rules(const RulesRequest& request, Ranges exempt, Ranges clients)
      : request_(request), exempt_(std::move(exempt)), clients_(std::move(clients)) {}

  std::string make(ListenSpec::Capture mode, std::optional<SocketAddress> four, std::optional<SocketAddress> six) {
    head(mode);
    line("# Made anew at each loading, and nothing else is touched.");
    line("table inet citygate");
    line("delete table inet citygate");
    line("");
    line("table inet citygate {");
    if (mode == ListenSpec::Capture::Redirect) {
      line("  chain prerouting {");
      line("    type nat hook prerouting priority dstnat; policy accept;");
      passes_by();
      redirect("ipv4", four);
      redirect("ipv6", six);
    } else {
      line("  chain prerouting {");
      line("    type filter hook prerouting priority mangle; policy accept;");
      line(interface_filter());
      line("    # Packets of connections that the gateway has already; a wildcard would be its listener.");
      line(
          fmt::format("    meta l4proto tcp socket transparent 1 socket wildcard 0 meta mark set {:#x} accept", kMark));
      exemptions();
      tproxy("ipv4", "ip", four);
      tproxy("ipv6", "ip6", six);
    }
    line("  }");
    line("");
    line("  chain forward {");
    line("    type filter hook forward priority filter; policy accept;");
    passes_by();
    line("    # QUIC: rejected, so that browsers fall back to TCP at once.");
    line("    udp dport 443 reject with icmpx port-unreachable");
    line("    # A family without a listener, and connections that were there before these rules, do not pass by.");
    line("    tcp dport { 80, 443 } reject with tcp reset");
    line("  }");
    line("}");
    if (mode == ListenSpec::Capture::Tproxy) routes(four.has_value(), six.has_value());
    return std::move(out_);
  }

 private:
  void line(std::string_view text) { out_.append(text) += '\n'; }

  void head(ListenSpec::Capture mode) {
    line("# Rules of `citygate gateway-rules`: web connections that come in by");
    line(fmt::format("# {} go to the gateway, by {}.", fmt::join(request_.interfaces, " and "),
                     mode == ListenSpec::Capture::Redirect ? "redirect" : "tproxy"));
    line("# Load: citygate gateway-rules ... | nft -f -      Remove: nft delete table inet citygate");
    if (mode == ListenSpec::Capture::Tproxy) line("# The routes at the end are needed as well.");
  }

  std::string interface_filter() const {
    return fmt::format("    iifname != {{ \"{}\" }} return", fmt::join(request_.interfaces, "\", \""));
  }

  void exemptions() {
    line("    # The machine's own services, and what goes to many at once.");
    line("    fib daddr type { local, broadcast, anycast, multicast } return");
    const auto set = [this](std::string_view family, std::string_view side, const std::vector<std::string>& ranges) {
      if (!ranges.empty()) line(fmt::format("    {} {} {{ {} }} return", family, side, fmt::join(ranges, ", ")));
    };
    set("ip", "saddr", clients_.four);
    set("ip6", "saddr", clients_.six);
    set("ip", "daddr", exempt_.four);
    set("ip6", "daddr", exempt_.six);
  }

  void passes_by() {
    line(interface_filter());
    exemptions();
  }

  static bool any(const SocketAddress& address) { return address.ip == IpAddress() || address.ip == IpAddress::v4(0); }

  void redirect(std::string_view family, const std::optional<SocketAddress>& to) {
    if (!to) return;
    const std::string where = any(*to) ? fmt::format("redirect to :{}", to->port)
                                       : fmt::format("dnat {} to {}", to->ip.is_v4() ? "ip" : "ip6", to->to_string());
    line(fmt::format("    meta nfproto {} tcp dport {{ 80, 443 }} {}", family, where));
  }

  void tproxy(std::string_view family, std::string_view short_family, const std::optional<SocketAddress>& to) {
    if (!to) return;
    const std::string where = any(*to) ? fmt::format(":{}", to->port) : to->to_string();
    line(fmt::format("    meta nfproto {} tcp dport {{ 80, 443 }} tproxy {} to {} meta mark set {:#x} accept", family,
                     short_family, where, kMark));
  }

  void routes(bool four, bool six) {
    line("");
    line("# What is marked is delivered here (once per start of the machine; not read by nft):");
    const auto family = [this](std::string_view ip, std::string_view all) {
      line(fmt::format("#   {} rule add fwmark {:#x} lookup {}", ip, kMark, kTable));
      line(fmt::format("#   {} route add local {} dev lo table {}", ip, all, kTable));
    };
    if (four) family("ip", "0.0.0.0/0");
    if (six) family("ip -6", "::/0");
  }

  const RulesRequest& request_;
  Ranges exempt_, clients_;
  std::string out_;
};

}  // namespace

Result<std::string> gateway_rules(const RulesRequest& request, const std::vector<ListenSpec>& listeners) {
  if (request.interfaces.empty()) return wrong("--interface names the interface that clients come in by");
  for (const std::string& name : request.interfaces)
    if (!is_interface(name)) return wrong(fmt::format("--interface: '{}' is no name of an interface", name));
  CG_TRY(exempt, read_ranges("--exempt", request.exempt));
  CG_TRY(clients, read_ranges("--exempt-client", request.exempt_clients));
  CG_TRY(mode, read_mode(request.mode, listeners));
  CG_TRY(four, find_listener(mode, true, listeners));
  CG_TRY(six, find_listener(mode, false, listeners));
  return Rules(request, std::move(exempt), std::move(clients)).make(mode, four, six);
}

}  // namespace citygate::app
