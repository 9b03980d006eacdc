// config.h - the whole configuration: one struct per part, one file.
//
// Read once at start; `citygate check`, a start and a reload read it alike.
// Errors    every one goes to Problems with file and line: syntax, unknown keys, types, bounds, and what contradicts
// itself.
#pragma once

#include <filesystem>
#include <optional>

#include "base/config.h"
#include "base/log.h"
#include "console/downloads/downloads_config.h"
#include "console/downloads/held_store.h"
#include "console/portal/portal_config.h"
#include "proxy/proxy_config.h"
#include "records/records_config.h"

namespace citygate::app {

struct GatewayConfig {
  TextList listen{"127.0.0.1:3128"};
  std::int64_t workers = 0;
  std::int64_t memory_bytes = 0;
  std::string state = "state";
  std::string tls_certificate, tls_key;
  std::chrono::milliseconds tls_watch_interval{60'000};
  std::string log_level = "info";
  std::string taxonomy = "taxonomy.toml";
  std::string starter, sources;
  std::string policy = "policy.toml";
  std::string people = "people.toml";
};

inline constexpr std::tuple kGatewayFields{
    field("gateway.listen", &GatewayConfig::listen, any_value, Reload::Restart,
          "Addresses that take connections, as \"127.0.0.1:3128\" or \"[::1]:3128\", each with words behind it: tls, "
          "proxy-protocol, redirect or tproxy; port 0 takes a free one."),
    field("gateway.workers", &GatewayConfig::workers, between<std::int64_t>(0, 250), Reload::Restart,
          "Threads that carry traffic; 0: one per processor."),
    field("gateway.memory_bytes", &GatewayConfig::memory_bytes, between<std::int64_t>(0, std::int64_t{1} << 50),
          Reload::Live,
          "Memory that the process may take; past it new connections wait, then are answered with 503. 0: half of what "
          "the machine or the control group has."),
    field("gateway.state", &GatewayConfig::state, any_value, Reload::Restart,
          "Directory of lists, records and usage; relative to this file, as every path here."),
    field("gateway.tls_certificate", &GatewayConfig::tls_certificate, any_value, Reload::Live,
          "Certificate that listeners with the word tls show, in PEM form, with the chain behind it."),
    field("gateway.tls_key", &GatewayConfig::tls_key, any_value, Reload::Live,
          "Its private key, in PEM form, without a passphrase; readable by the gateway alone."),
    field("gateway.tls_watch_interval", &GatewayConfig::tls_watch_interval,
          between(std::chrono::milliseconds(100), std::chrono::milliseconds(86'400'000)), Reload::Live,
          "How often the two files are looked at; a new pair is shown to new connections without a reload."),
    field("log.level", &GatewayConfig::log_level, any_value, Reload::Live,
          "What is said on standard error: debug, info, warning or error."),
    field("lists.taxonomy", &GatewayConfig::taxonomy, any_value, Reload::Restart,
          "The file that names the categories."),
    field("lists.starter", &GatewayConfig::starter, any_value, Reload::Live,
          "A list, or a directory of lists, that is imported at start when it has changed; empty: none."),
    field("lists.sources", &GatewayConfig::sources, any_value, Reload::Live,
          "The file that says where lists come from, how often, and what stops a bad one; empty: nothing is fetched."),
    field("policy.file", &GatewayConfig::policy, any_value, Reload::Live,
          "The policy: rules, windows, quotas, grants."),
    field("people.file", &GatewayConfig::people, any_value, Reload::Live, "People, devices and departments."),
};

struct Config {
  GatewayConfig gateway;
  proxy::ProxyConfig proxy;
  records::RecordsConfig records;
  console::PortalConfig portal;
  console::DownloadsConfig downloads;
  std::filesystem::path file;  // where it was read from; "" for the defaults

  // What could be understood, for `check` to go on with. Nothing when the file is no TOML.
  [[nodiscard]] static std::optional<Config> read_in_part(const std::filesystem::path& file, Problems& problems);
  // Nothing when there were problems.
  [[nodiscard]] static std::optional<Config> read(const std::filesystem::path& file, Problems& problems);

  // Takes what a running gateway can take up from `next`; what needs a restart stays.
  void take_live_fields(const Config& next);

  // Bound to this object: it must outlive the schema.
  [[nodiscard]] ConfigSchema schema();
  // A path of the configuration, which is relative to its file.
  [[nodiscard]] std::filesystem::path resolve(const std::string& path) const;
  [[nodiscard]] log::Level log_level() const;
  // Whether the [hosts] table answers this canonical name.
  [[nodiscard]] bool lists_host(std::string_view host) const { return listed(host) != nullptr; }
  [[nodiscard]] std::vector<IpAddress> listed_addresses(std::string_view host) const;
  [[nodiscard]] console::HeldStore::Bounds held_bounds() const {
    return {.file_bytes = static_cast<std::uint64_t>(downloads.file_bytes),
            .held_bytes = static_cast<std::uint64_t>(downloads.held_bytes)};
  }

 private:
  [[nodiscard]] const TextList* listed(std::string_view host) const;
};

// conf/reference.toml and docs/man/citygate.toml.5.
[[nodiscard]] std::string reference_file();
[[nodiscard]] std::string manual_page();

}  // namespace citygate::app
