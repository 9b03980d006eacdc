#include "app/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/address.h"
#include "base/target.h"
#include "proxy/limits/admission.h"
#include "proxy/listen_spec.h"
#include "proxy/pac.h"
#include "proxy/parents.h"

namespace citygate::app {
namespace {

// The value of "table.key" in the file; null where the default stands.
const Node* find(const Node& root, std::string_view key) {
  const auto dot = key.find('.');
  const Node* table = root.find(key.substr(0, dot));
  return table && dot != std::string_view::npos ? table->find(key.substr(dot + 1)) : table;
}

// What bounds of single fields cannot say. Each error names the line of the key that is to blame.
class Checker {
 public:
  Checker(const Config& config, const Node& root, Problems& problems)
      : config_(config), root_(root), problems_(problems) {}

  void check() {
    check_listen();
    check_log_level();
    check_name();
    check_servers();
    check_hosts();
    check_parents();
    check_limits();
    for (const auto& [key, wrong] : proxy::check_pac(config_.proxy.pac)) add(key, wrong);
    check_portal();
    check_files();
    if (config_.proxy.target_bytes > config_.proxy.head_bytes)
      add("proxy.target_bytes", "is above proxy.head_bytes: a request target is part of a head");
    if (config_.records.visit_tail > config_.records.visit_pause)
      add("records.visit_tail", "is above records.visit_pause: a visit would count on after it has ended");
  }

 private:
  void add(std::string_view key, std::string_view wrong) {
    const Node* node = find(root_, key);
    problems_.add(config_.file.string(), node ? node->line() : 0, fmt::format("{} {}", key, wrong));
  }

  void check_listen() {
    const auto& listen = config_.gateway.listen;
    if (listen.empty()) add("gateway.listen", "names no address: nothing could be served");
    std::set<SocketAddress> seen;
    for (const auto& text : listen) {
      const auto spec = proxy::ListenSpec::parse(text);
      if (!spec)
        add("gateway.listen", spec.error().context);
      else if (spec->address.port != 0 && !seen.insert(spec->address).second)
        add("gateway.listen", fmt::format("names {} twice", spec->address.to_string()));
      else
        check_words(text, *spec);
    }
    check_wildcards(seen);
    for (const auto& text : config_.proxy.proxy_protocol_from)
      if (!Cidr::parse(text))
        add("gateway.proxy_protocol_from",
            fmt::format("entry '{}' is no address or range, as \"10.0.0.4\" or \"10.0.0.0/28\"", text));
  }

  // An address that stands for all of its family takes their port on each of them.
  void check_wildcards(const std::set<SocketAddress>& listed) {
    for (const auto& all : listed)
      for (const auto& one : listed)
        if (all.ip == (all.ip.is_v4() ? IpAddress::v4(0) : IpAddress()) && one.port == all.port && one.ip != all.ip &&
            one.ip.is_v4() == all.ip.is_v4())
          add("gateway.listen", fmt::format("names {} beside {}, which covers it", one.to_string(), all.to_string()));
  }

  // What a listener's words need beside them.
  void check_words(const std::string& text, const proxy::ListenSpec& spec) {
    const auto needs = [&](bool given, std::string_view what) {
      if (!given) add("gateway.listen", fmt::format("entry '{}' needs {}", text, what));
    };
    if (spec.tls) {
      needs(!config_.gateway.tls_certificate.empty(), "gateway.tls_certificate, the file to show to clients");
      needs(!config_.gateway.tls_key.empty(), "gateway.tls_key, the file with the certificate's private key");
    }
    if (spec.proxy_protocol)
      needs(!config_.proxy.proxy_protocol_from.empty(),
            "gateway.proxy_protocol_from, the load balancers whose word is taken for who the client is");
  }

  void check_log_level() {
    constexpr std::string_view kLevels[] = {"debug", "info", "warning", "error"};
    if (std::ranges::find(kLevels, config_.gateway.log_level) != std::end(kLevels)) return;
    const auto near = nearest(config_.gateway.log_level, kLevels);
    add("log.level", fmt::format("must be debug, info, warning or error{}",
                                 near.empty() ? std::string() : fmt::format("; did you mean '{}'?", near)));
  }

  void check_name() {
    const auto& name = config_.proxy.name;
    const auto fits = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    };
    if (name.empty() || !std::ranges::all_of(name, fits))
      add("proxy.name", "must be letters, digits, '-' and '.', at least one of them");
    if (config_.proxy.realm.find_first_of("\"\\") != std::string::npos ||
        std::ranges::any_of(config_.proxy.realm, [](char c) { return static_cast<unsigned char>(c) < 0x20; }))
      add("proxy.realm", "must not hold quotes, backslashes or control characters");
  }

  void check_servers() {
    for (const auto& text : config_.proxy.dns_servers)
      if (!IpAddress::parse(text) && !SocketAddress::parse(text))
        add("dns.servers",
            fmt::format("entry '{}' is no address; write \"192.0.2.53\" or \"[2001:db8::53]:5353\"", text));
  }

  void check_hosts() {
    const Node* table = find(root_, "hosts");
    for (const auto& [name, addresses] : config_.proxy.hosts) {
      const Node* entry = table ? table->find(name) : nullptr;
      const int line = entry ? entry->line() : 0;
      const auto wrong = [&](std::string text) {
        problems_.add(config_.file.string(), line, fmt::format("hosts entry '{}' {}", name, text));
      };
      const std::string_view host = std::string_view(name).starts_with("*.") ? std::string_view(name).substr(2) : name;
      if (canonical_host(host).empty()) wrong("is not a host name");
      if (addresses.empty()) wrong("has no address");
      for (const auto& address : addresses)
        if (!IpAddress::parse(address)) wrong(fmt::format("has '{}', which is no IP address", address));
    }
  }

  void check_parents() {
    const auto made = proxy::Parents::create(config_.proxy.parents, config_.proxy.routes);
    if (made) return;
    const Node* table = find(root_, made.error().context.starts_with("[routes]") ? "routes" : "parents");
    problems_.add(config_.file.string(), table ? table->line() : 0, made.error().context);
  }

  void check_limits() {
    if (auto ranges = proxy::read_ranges(config_.proxy.limits.exempt); !ranges)
      add("limits.exempt", "entry " + ranges.error().context);
  }

  void check_portal() {
    const auto& portal = config_.portal;
    for (const auto& text : portal.listen)
      if (!SocketAddress::parse(text))
        add("portal.listen",
            fmt::format("entry '{}' is no address with a port, as \"0.0.0.0:8443\" or \"[::1]:8443\"; no words follow "
                        "it: clients speak TLS there from their own address, not through a load balancer",
                        text));
    if (!portal.listen.empty() && canonical_host(portal.name).empty())
      add("portal.name", portal.name.empty() ? "is missing: people and the city's DNS need a name for portal.listen"
                                             : "is not a host name");
    if (portal.certificate.empty() != portal.key.empty())
      add(portal.certificate.empty() ? "portal.key" : "portal.certificate",
          portal.certificate.empty() ? "needs portal.certificate, the certificate that it belongs to"
                                     : "needs portal.key, the file with the certificate's private key");
  }

  void check_files() {
    const auto needed = [&](std::string_view key, const std::string& path) {
      if (path.empty()) add(key, "must name a file");
    };
    needed("gateway.state", config_.gateway.state);
    needed("lists.taxonomy", config_.gateway.taxonomy);
    needed("policy.file", config_.gateway.policy);
    needed("people.file", config_.gateway.people);
    const auto there = [&](std::string_view key, const std::string& path) {
      std::error_code error;
      if (!path.empty() && !std::filesystem::exists(config_.resolve(path), error))
        add(key, fmt::format("names {}, which does not exist", config_.resolve(path).string()));
    };
    there("lists.starter", config_.gateway.starter);
    there("lists.sources", config_.gateway.sources);
  }

  const Config& config_;
  const Node& root_;
  Problems& problems_;
};

}  // namespace

std::optional<Config> Config::read_in_part(const std::filesystem::path& file, Problems& problems) {
  if (std::error_code error; !std::filesystem::exists(file, error)) {
    problems.add(file.string(), 0, error ? error.message() : "No such file; name another with --config");
    return std::nullopt;
  }
  const auto root = read_document(file, problems);
  if (!root) return std::nullopt;
  Config config;
  config.file = file;
  Problems own;
  config.schema().read(*root, own);
  Checker(config, *root, own).check();
  auto list = own.list();
  std::ranges::stable_sort(list, {}, &Problem::line);
  for (const auto& problem : list) problems.add(problem.file, problem.line, problem.text);
  return config;
}

std::optional<Config> Config::read(const std::filesystem::path& file, Problems& problems) {
  Problems own;
  auto config = read_in_part(file, own);
  for (const auto& problem : own.list()) problems.add(problem.file, problem.line, problem.text);
  if (!own.empty()) return std::nullopt;
  return config;
}

ConfigSchema Config::schema() {
  ConfigSchema schema;
  schema.add(kGatewayFields, gateway);
  schema.add(records::kRecordsFields, records);
  schema.add(console::kPortalFields, portal);
  schema.add(console::kDownloadsFields, downloads);
  schema.add(proxy::kProxyFields, proxy);
  schema.add(proxy::kPacFields, proxy.pac);
  schema.add(proxy::kLimitsFields, proxy.limits);
  return schema;
}

void Config::take_live_fields(const Config& next) {
  copy_fields(kGatewayFields, Reload::Live, next.gateway, gateway);
  copy_fields(records::kRecordsFields, Reload::Live, next.records, records);
  copy_fields(console::kPortalFields, Reload::Live, next.portal, portal);
  copy_fields(console::kDownloadsFields, Reload::Live, next.downloads, downloads);
  copy_fields(proxy::kProxyFields, Reload::Live, next.proxy, proxy);
  copy_fields(proxy::kPacFields, Reload::Live, next.proxy.pac, proxy.pac);
  copy_fields(proxy::kLimitsFields, Reload::Live, next.proxy.limits, proxy.limits);
}

std::filesystem::path Config::resolve(const std::string& path) const {
  return (file.parent_path() / path).lexically_normal();
}

log::Level Config::log_level() const {
  log::Level level = log::Level::Info;
  CG_CHECK(log::parse_level(gateway.log_level, level));  // read() let no other word pass
  return level;
}

const TextList* Config::listed(std::string_view host) const {
  for (const auto& [name, addresses] : proxy.hosts) {
    const bool wildcard = name.starts_with("*.");
    const std::string listed = canonical_host(wildcard ? std::string_view(name).substr(2) : std::string_view(name));
    if (!wildcard && host == listed) return &addresses;
    if (wildcard && host.size() > listed.size() && host.ends_with(listed) &&
        host[host.size() - listed.size() - 1] == '.')
      return &addresses;
  }
  return nullptr;
}

std::vector<IpAddress> Config::listed_addresses(std::string_view host) const {
  std::vector<IpAddress> out;
  if (const auto* texts = listed(host))
    for (const auto& text : *texts)
      if (const auto address = IpAddress::parse(text)) out.push_back(*address);
  return out;
}

std::string reference_file() {
  Config defaults;
  return "# reference.toml - every setting with its default. Made by `citygate print-config --reference`; not read by\n"
         "# anybody: what a gateway reads is citygate.toml, which names only what differs from this.\n\n" +
         defaults.schema().print(ConfigSchema::Detail::Reference);
}

std::string manual_page() {
  Config defaults;
  return defaults.schema().manual();
}

}  // namespace citygate::app
