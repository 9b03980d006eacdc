#include "app/portal_host.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "base/target.h"
#include "proxy/limits/admission.h"
#include "proxy/net/listener.h"

namespace citygate::app {
namespace {

constexpr int kBacklog = 256;
constexpr std::string_view kOffered = "portal ";

Result<UniqueFd> listen_on(const std::string& text, std::vector<TakeOver::Socket>& offered) {
  for (auto& each : offered)
    if (each.descriptor && each.configured == fmt::format("{}{}", kOffered, text)) return std::move(each.descriptor);
  const auto address = SocketAddress::parse(text);
  CG_CHECK(address.has_value());  // Config::read let no other text pass
  CG_TRY(bound, proxy::listen_sockets(*address, 1, kBacklog));
  return std::move(bound.front());
}

proxy::SignInSource source_of(const proxy::LimitsConfig& limits, const IpAddress& address) {
  proxy::SignInSource out{address, static_cast<unsigned>(limits.ipv6_prefix), false};
  if (const auto exempt = proxy::read_ranges(limits.exempt))
    out.shared = std::ranges::any_of(*exempt, [&](const Cidr& range) { return range.contains(address); });
  return out;
}

}  // namespace

console::CertificateChoice portal_certificate(const Config& config, const std::filesystem::path& keys) {
  console::CertificateChoice out;
  out.watch_interval = config.gateway.tls_watch_interval;
  const bool own = !config.portal.certificate.empty();
  const std::string& certificate = own ? config.portal.certificate : config.gateway.tls_certificate;
  if (!certificate.empty()) {
    out.files = {config.resolve(certificate), config.resolve(own ? config.portal.key : config.gateway.tls_key)};
    return out;
  }
  out.self_signed = true;
  out.files = {keys / "portal.crt", keys / "portal.key"};
  const std::string name = canonical_host(config.portal.name);
  if (const auto literal = IpAddress::parse(name))
    out.addresses.push_back(*literal);
  else
    out.names.push_back(name);
  for (const auto& text : config.portal.listen) {
    const auto address = SocketAddress::parse(text);
    const bool every = address && (address->ip == IpAddress() || address->ip == IpAddress::v4(0));
    if (address && !every && std::ranges::find(out.addresses, address->ip) == out.addresses.end())
      out.addresses.push_back(address->ip);
  }
  return out;
}

void check_portal_certificate(const Config& config, Problems& problems) {
  if (config.portal.listen.empty()) return;
  const auto choice = portal_certificate(config, {});
  if (choice.self_signed) return;
  const auto context = proxy::TlsContext::load(choice.files, std::make_shared<proxy::TicketKeys>());
  if (!context) problems.add(config.file.string(), 0, "portal: " + context.error().context);
}

Result<void> PortalHost::open(const console::PortalConfig& config, std::vector<TakeOver::Socket>& offered) {
  if (config.listen.empty()) return {};
  for (const auto& text : config.listen) {
    CG_TRY(socket, listen_on(text, offered));
    configured_.push_back(text);
    sockets_.listeners.push_back(std::move(socket));
  }
  CG_TRY(inner, proxy::listen_sockets({IpAddress::v4(0x7f000001), 0}, 1, kBacklog));
  sockets_.inner = std::move(inner.front());
  place_ = std::make_unique<proxy::PortalPlace>(canonical_host(config.name),
                                                proxy::local_address(sockets_.listeners.front()).port,
                                                proxy::local_address(sockets_.inner));
  return {};
}

Result<void> PortalHost::start(const Needs& needs) {
  if (!place_) return {};
  const auto config = needs.config;
  const auto keys = needs.state.path() / "keys";
  CG_TRY(portal,
         console::Portal::start(
             {.op = needs.op,
              .registrar = needs.op.registrar(),
              .authenticator = needs.authenticator,
              .sessions = sessions_,
              .place = *place_,
              .source = [config](const IpAddress& address) { return source_of(config().proxy.limits, address); },
              .session_lifetime = [config] { return config().portal.session_lifetime; }},
             sockets_, static_cast<unsigned>(config().portal.threads),
             [config, keys] { return portal_certificate(config(), keys); }));
  portal_ = std::move(portal);
  log::info("the portal is at {}", place_->url());
  return {};
}

void PortalHost::pause() {
  if (portal_) portal_->pause();
}

void PortalHost::resume() {
  if (!portal_) return;
  if (const auto resumed = portal_->resume(); !resumed) log::error("portal: {}", resumed.error().context);
}

void PortalHost::let_go() {
  portal_.reset();
  sockets_ = {};
}

void PortalHost::people_changed() {
  if (portal_) portal_->people_changed();
}

console::Portal::Counts PortalHost::counts() const { return portal_ ? portal_->counts() : console::Portal::Counts(); }

std::vector<std::pair<std::string, int>> PortalHost::held() const {
  std::vector<std::pair<std::string, int>> out;
  for (std::size_t i = 0; i < sockets_.listeners.size(); ++i)
    out.emplace_back(
        fmt::format("{}{}\n{}", kOffered, configured_[i], proxy::local_address(sockets_.listeners[i]).to_string()),
        sockets_.listeners[i].get());
  return out;
}

}  // namespace citygate::app
