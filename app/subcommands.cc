#include "app/subcommands.h"

#include <fmt/format.h>

#include <charconv>
#include <vector>

#include "app/backup.h"
#include "app/check.h"
#include "app/config.h"
#include "app/gateway.h"
#include "app/gateway_rules.h"
#include "app/local_operator.h"
#include "app/prompt.h"
#include "app/state_directory.h"
#include "app/take_over.h"
#include "base/log.h"
#include "console/acts_file.h"
#include "console/client.h"
#include "console/commands.h"
#include "proxy/identity/password_hash.h"
#include "proxy/listen_spec.h"
#include "proxy/pac.h"

namespace citygate::app {
namespace {

namespace fs = std::filesystem;

// In a clone the clone's, installed the system's.
fs::path config_file(const CommandLine& line) {
  if (!line.config.empty()) return line.config;
  std::error_code error;
  const fs::path own = "conf/citygate.toml";
  return fs::exists(own, error) ? own : fs::path("/etc/citygate/citygate.toml");
}

// Prints what is wrong with it.
std::optional<Config> read_config(const CommandLine& line, console::Output& output) {
  Problems problems;
  auto config = Config::read(config_file(line), problems);
  if (!config) output.err(problems.to_string());
  return config;
}

fs::path state_path(const CommandLine& line, const Config& config) {
  return line.state ? fs::path(*line.state) : config.resolve(config.gateway.state);
}

int failed(const Error& error, console::Output& output) {
  output.err("citygate: " + error.context);
  return console::kFailed;
}

// A name that is in no file may be one that acts have added: then the gateway itself judges people and policy.
std::optional<Config> settings_to_serve(const CommandLine& line, Problems& problems) {
  if (auto checked = read_everything(config_file(line), problems)) return std::move(checked->config);
  Problems of_settings;
  auto settings = read_settings(config_file(line), of_settings);
  return settings && may_hold_acts(state_path(line, *settings)) ? std::move(settings) : std::nullopt;
}

int serve(const CommandLine& line, console::Output& output) {
  Gateway::block_signals();
  Gateway::Options options{.test_clock = line.test_clock, .version = CITYGATE_VERSION};
  // Who is to hand over hears everything that is wrong from here on. Without --state the configuration names whom to
  // ask.
  if (line.take_over && line.state) {
    auto asked = TakeOver::ask(*line.state);
    if (!asked) return failed(asked.error(), output);
    options.take_over = std::move(*asked);
  }
  const auto give_up = [&](const Error& error) {
    if (options.take_over) options.take_over->give_up(error.context);
    return failed(error, output);
  };
  using Process = ServiceManager::Process;
  auto manager = ServiceManager::from_environment(line.take_over ? Process::Successor : Process::First);
  if (!manager) return give_up(manager.error());
  options.service_manager = std::move(*manager);
  Problems problems;
  auto settings = settings_to_serve(line, problems);
  if (!settings) {
    if (options.take_over) options.take_over->give_up(problems.to_string());
    output.err(problems.to_string());
    return console::kFailed;
  }
  Config& config = *settings;
  const fs::path path = state_path(line, config);
  if (line.take_over && !line.state) {
    auto asked = TakeOver::ask(path);
    if (!asked) return failed(asked.error(), output);
    options.take_over = std::move(*asked);
  }
  auto state = options.take_over ? StateDirectory::take_over(path, std::move(options.take_over->offer().lock))
                                 : StateDirectory::open(path, "serve");
  if (!state) return give_up(state.error());
  auto gateway = Gateway::start(std::move(config), std::move(*state), std::move(options));
  if (!gateway) return failed(gateway.error(), output);
  const auto ended = (*gateway)->run();
  return ended ? console::kDone : failed(ended.error(), output);
}

int print_text(std::string text, console::Output& output) {
  while (text.ends_with('\n')) text.pop_back();
  output.out(text);
  return console::kDone;
}

int print_config(const CommandLine& line, console::Output& output) {
  auto config = read_config(line, output);
  return config ? print_text(config->schema().print(ConfigSchema::Detail::Values), output) : console::kFailed;
}

// Where no proxies are named, browsers are sent to where they fetched the file from; that may be any of the listeners.
int print_pac(const CommandLine& line, console::Output& output) {
  const auto config = read_config(line, output);
  if (!config) return console::kFailed;
  for (const auto& text : config->gateway.listen) {
    const auto spec = proxy::ListenSpec::parse(text);
    if (!spec || spec->captures()) continue;
    if (config->proxy.pac.proxies.empty())
      output.err(fmt::format("pac.proxies names no gateway: a browser that fetches the file from {} is sent there",
                             spec->address.to_string()));
    return print_text(proxy::pac_file(config->proxy.pac,
                                      fmt::format("{} {}", spec->tls ? "HTTPS" : "PROXY", spec->address.to_string())),
                      output);
  }
  output.err("gateway.listen names no address that browsers could be told of: all of them capture connections");
  return console::kFailed;
}

int print_rules(const CommandLine& line, console::Output& output) {
  const auto config = read_config(line, output);
  if (!config) return console::kFailed;
  std::vector<proxy::ListenSpec> listeners;
  for (const auto& text : config->gateway.listen) {
    auto spec = proxy::ListenSpec::parse(text);
    if (!spec) return failed(spec.error(), output);
    listeners.push_back(*std::move(spec));
  }
  auto rules = gateway_rules(line.rules, listeners);
  return rules ? print_text(*std::move(rules), output) : failed(rules.error(), output);
}

int hash_password(console::Output& output) {
  const auto password = ask_password();
  if (!password) return failed(password.error(), output);
  const auto hash = proxy::hash_password(*password);
  if (!hash) return failed(hash.error(), output);
  output.out(*hash);
  return console::kDone;
}

Error not_a_state_directory(const fs::path& path) {
  return {.kind = Error::Kind::NotFound,
          .context = fmt::format("{} is no state directory, and no gateway runs on it; name another with --state",
                                 path.string())};
}

int wrong_configuration(const Problems& problems, console::Output& output) {
  output.err(problems.to_string());
  return console::kFailed;
}

// The password is typed here, and only its hash goes to the gateway.
bool adds_hash(console::Request& request, console::Output& output) {
  if (request.command != "people password" || request.args.contains("none") || request.args.contains("hash"))
    return true;
  const auto password = ask_password();
  const auto hash = password ? proxy::hash_password(*password) : std::unexpected(password.error());
  if (hash) request.args.emplace("hash", *hash);
  if (!hash) failed(hash.error(), output);
  return hash.has_value();
}

int ask_or_open(const CommandLine& line, console::Output& output) {
  // A gateway that runs is asked whatever has become of its configuration: it alone is to say what a reload finds
  // wrong, and must be stoppable.
  Problems problems;
  std::optional<Config> config;
  if (!line.state) {
    config = Config::read_in_part(config_file(line), problems);
    if (!config) return wrong_configuration(problems, output);
  }
  const fs::path path = line.state ? fs::path(*line.state) : state_path(line, *config);
  const auto answered = console::ask_gateway(StateDirectory::control_socket(path), line.request, output);
  if (answered) return *answered;
  if (answered.error().kind != Error::Kind::NotFound) return failed(answered.error(), output);

  if (!problems.empty()) return wrong_configuration(problems, output);

  // No gateway runs there: this process takes the state directory for as long as the command lasts.
  std::error_code error;
  if (!fs::exists(path / "FORMAT", error) && line.request.command != "lists import") {
    return failed(not_a_state_directory(path), output);
  }
  if (!config) config = read_config(line, output);
  if (!config) return console::kFailed;
  auto state = StateDirectory::open(path, line.request.command);
  if (!state) return failed(state.error(), output);
  log::set_level(log::Level::Warning);
  if (line.request.command == "acts verify") {
    const auto store = records::Store::open(state->database());
    if (!store) return failed(store.error(), output);
    return console::verify_acts_of((*store)->acts(), line.request.args, output);
  }
  auto op = open_locally(std::move(*config), std::move(*state), CITYGATE_VERSION, line.request.command);
  if (!op) return failed(op.error(), output);
  return console::run_command(**op, line.request, output);
}

// A file is this user's, not the gateway's, and holds all of the answer or is not there.
int run_console(const CommandLine& asked, console::Output& output) {
  CommandLine line = asked;
  if (!adds_hash(line.request, output)) return console::kFailed;
  if (line.own_file.empty() || line.own_file == "-") return ask_or_open(line, output);
  auto file = console::FileOutput::open(line.own_file, output);
  if (!file) return failed(file.error(), output);
  const int status = ask_or_open(line, **file);
  if (status != console::kDone) return status;
  const auto kept = (*file)->keep();
  return kept ? status : failed(kept.error(), output);
}

// Keeps what a command said for the one that asked it.
class Answer final : public console::Output {
 public:
  explicit Answer(console::Output& errors) : errors_(errors) {}
  void out(std::string_view line) override { lines.emplace_back(line); }
  void err(std::string_view line) override { errors_.err(line); }
  bool ended() override { return errors_.ended(); }
  bool ended_after(std::chrono::milliseconds wait) override { return errors_.ended_after(wait); }

  std::vector<std::string> lines;

 private:
  console::Output& errors_;
};

int backup(const CommandLine& line, console::Output& output) {
  const auto config = read_config(line, output);
  if (!config) return console::kFailed;
  const fs::path state = state_path(line, *config);
  const console::Request request{.command = "backup stage", .args = {}};
  Answer answer(output);
  std::unique_ptr<console::Operator> own;  // where no gateway runs: keeps the directory until the copy is made
  auto status = console::ask_gateway(StateDirectory::control_socket(state), request, answer);
  if (!status && status.error().kind == Error::Kind::NotFound) {
    std::error_code error;
    if (!fs::exists(state / "FORMAT", error)) return failed(not_a_state_directory(state), output);
    auto opened = StateDirectory::open(state, "backup");
    if (!opened) return failed(opened.error(), output);
    log::set_level(log::Level::Warning);
    auto op = open_locally(*config, std::move(*opened), CITYGATE_VERSION, "backup");
    if (!op) return failed(op.error(), output);
    own = std::move(*op);
    status = console::run_command(*own, request, answer);
  }
  if (!status) return failed(status.error(), output);
  if (*status != console::kDone) return *status;
  std::uint64_t records = 0;
  if (answer.lines.size() != 2 ||
      std::from_chars(answer.lines[1].data(), answer.lines[1].data() + answer.lines[1].size(), records).ec !=
          std::errc())
    return failed(Error{.kind = Error::Kind::Malformed, .context = "the gateway does not say where its copy is"},
                  output);
  const fs::path stage = answer.lines[0];
  const auto done = write_backup(stage, records, *config, line.backup, CITYGATE_VERSION);
  if (!done) return failed(done.error(), output);
  output.out(*done);
  return console::kDone;
}

int restore(const CommandLine& line, console::Output& output) {
  std::optional<fs::path> state;
  if (line.state) {
    state = *line.state;
  } else {
    const auto config = read_config(line, output);
    if (!config) return console::kFailed;
    state = state_path(line, *config);
  }
  const auto done = restore_backup(line.backup, *state, line.conf);
  if (!done) return failed(done.error(), output);
  output.out(*done);
  return console::kDone;
}

int diff_policies(const CommandLine& line, console::Output& output) {
  const auto config = read_config(line, output);
  if (!config) return console::kFailed;
  return diff_policies(config_file(line), state_path(line, *config), line.policy, output);
}

}  // namespace

int run(const CommandLine& line) {
  console::Terminal terminal;
  switch (line.verb) {
    case CommandLine::Verb::Serve: return serve(line, terminal);
    case CommandLine::Verb::Check: return check(config_file(line), terminal);
    case CommandLine::Verb::PrintConfig: return print_config(line, terminal);
    case CommandLine::Verb::Pac: return print_pac(line, terminal);
    case CommandLine::Verb::PrintReference: return print_text(reference_file(), terminal);
    case CommandLine::Verb::PrintManual: return print_text(manual_page(), terminal);
    case CommandLine::Verb::PolicyShow: return show_policy(config_file(line), line.policy, terminal);
    case CommandLine::Verb::PolicyDiff: return diff_policies(line, terminal);
    case CommandLine::Verb::PolicyCheck: return check_policy(config_file(line), line.policy, terminal);
    case CommandLine::Verb::GatewayRules: return print_rules(line, terminal);
    case CommandLine::Verb::HashPassword: return hash_password(terminal);
    case CommandLine::Verb::Backup: return backup(line, terminal);
    case CommandLine::Verb::Restore: return restore(line, terminal);
    case CommandLine::Verb::VerifyActs: return console::verify_acts_file(line.own_file, terminal);
    case CommandLine::Verb::Console: return run_console(line, terminal);
  }
  return console::kFailed;
}

}  // namespace citygate::app
