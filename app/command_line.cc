#include "app/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <map>

#include "app/command_mistakes.h"
#include "app/launch.h"
#include "console/commands.h"

namespace citygate::app {
namespace {

using Verb = CommandLine::Verb;

constexpr const char* kFooter =
    "Where a gateway runs on the state directory, commands are carried out by it; otherwise they open the directory\n"
    "themselves. Exit status: 0 done, 1 could not be done, 2 wrongly asked.";

// Builds the tree of subcommands around one CommandLine that they fill.
class Parser {
 public:
  Parser() : app_("Citygate, a web gateway for cities: filters, meters, records and reports.", "citygate") {
    app_.set_version_flag("--version", "citygate " CITYGATE_VERSION);
    app_.require_subcommand(1);
    app_.footer(kFooter);
    add_own();
    add_policy();
    add_console();
    add_backup();
  }

  std::variant<CommandLine, int> parse(int count, const char* const* words) {
    try {
      app_.parse(count, words);
    } catch (const CLI::RequiredError& error) {
      if (!name_missing_command(app_)) app_.exit(error);
      return 2;
    } catch (const CLI::ExtrasError&) {
      name_unexpected_words(app_);
      return 2;
    } catch (const CLI::ParseError& error) {
      const int status = app_.exit(error);
      return status == 0 ? 0 : 2;
    }
    if (out_.request.command == "upgrade") out_.request.args.try_emplace("program", own_program());
    if (out_.request.command != "acts verify" || out_.own_file.empty()) return out_;
    out_.verb = Verb::VerifyActs;
    if (!out_.request.args.contains("head")) return out_;
    fmt::print(stderr, "--head is looked for in the journal, not in a file: its head is its last line\n");
    return 2;
  }

 private:
  void add_own() {
    auto* serve = add(app_, "serve", "Start the gateway in the foreground; SIGTERM ends it in order, SIGHUP reloads.",
                      Verb::Serve);
    serve
        ->add_option("--test-clock", out_.test_clock,
                     "For tests: time stands at this instant until `citygate clock` moves it")
        ->type_name("TIME");
    serve->add_flag_callback(
        "--take-over", [this] { out_.take_over = true; },
        "Take over from the gateway that runs on the state directory, as `citygate upgrade` has a new process do");
    add_print_config_flag(serve);
    auto* check =
        add(app_, "check",
            "Read configuration, taxonomy, people, policy and the sources of lists as a start would, and name every\n"
            "error with file, line and the nearest known key. Touches nothing.",
            Verb::Check, State::NotNeeded);
    add_print_config_flag(check);
    auto* print = add(app_, "print-config", "Print the configuration that a start would use.", Verb::PrintConfig,
                      State::NotNeeded);
    auto* reference = print->add_flag_callback(
        "--reference", [this] { printed_ = Verb::PrintReference; },
        "Every setting with its default, bounds and meaning");
    print
        ->add_flag_callback(
            "--manual", [this] { printed_ = Verb::PrintManual; }, "The manual page citygate.toml(5), as roff")
        ->excludes(reference);
    print->final_callback([this] {
      if (printed_) out_.verb = *printed_;
    });
    add(app_, "pac", "Print the proxy auto-configuration file that browsers get as /proxy.pac and /wpad.dat.",
        Verb::Pac, State::NotNeeded);
    auto* rules = add(app_, "gateway-rules",
                      "Print the nftables rules that bring web connections of an interface to the listeners of\n"
                      "gateway.listen that capture: TCP 80 and 443 to them, QUIC rejected, all else untouched.\n"
                      "Load them with `nft -f -`.",
                      Verb::GatewayRules, State::NotNeeded);
    rules->add_option("--interface", out_.rules.interfaces, "Interface that clients come in by; may be repeated")
        ->required()
        ->type_name("IF");
    rules->add_option("--mode", out_.rules.mode, "redirect or tproxy; default: what the listeners are for")
        ->type_name("MODE");
    rules->add_option("--exempt", out_.rules.exempt, "Destinations that pass by the gateway")->type_name("CIDR");
    rules->add_option("--exempt-client", out_.rules.exempt_clients, "Clients that pass by the gateway")
        ->type_name("CIDR");
    auto* hash =
        app_.add_subcommand("hash-password",
                            "Read a password (from the terminal, without showing it, or one line of standard input)\n"
                            "and print the hash that the people file takes.");
    hash->final_callback([this] { out_.verb = Verb::HashPassword; });
  }

  void add_policy() {
    auto* policy =
        app_.add_subcommand("policy", "A policy file in words, what a version of it changes, what is wrong.");
    policy->require_subcommand(1);
    auto* show =
        add(*policy, "show",
            "Print the policy as prose with its clauses: what is prohibited, closed or open, when and how much,\n"
            "who may permit it, what is to be acknowledged, who sees records.",
            Verb::PolicyShow, State::NotNeeded);
    show->add_option("--department", out_.policy.department, "What holds for this department alone")->type_name("NAME");
    show->add_option("--file", out_.policy.file, "This file; default: the configuration's")->type_name("FILE");
    auto* diff =
        add(*policy, "diff", "Print in words what one version of a policy changes against another.", Verb::PolicyDiff);
    diff->add_option("before", out_.policy.before,
                     "A file, or the beginning of the SHA-256 of a version that was active")
        ->type_name("FILE|SHA256")
        ->required();
    diff->add_option("after", out_.policy.after, "Likewise")->type_name("FILE|SHA256")->required();
    auto* check =
        add(*policy, "check",
            "Name every mistake of a policy file with its line and what would be right; then what stands in it\n"
            "and does nothing.",
            Verb::PolicyCheck, State::NotNeeded);
    check->add_option("file", out_.policy.file, "The policy file; default: the configuration's")->type_name("FILE");
  }

  // As console/commands.h has them.
  void add_console() {
    std::map<std::string_view, CLI::App*> groups;
    const auto parent_of = [&](std::string_view name) {
      const auto space = name.rfind(' ');
      return std::pair(space == std::string_view::npos ? &app_ : groups.at(name.substr(0, space)),
                       std::string(space == std::string_view::npos ? name : name.substr(space + 1)));
    };
    for (const auto& group : console::command_groups()) {
      const auto [parent, word] = parent_of(group.name);
      auto* added = parent->add_subcommand(word, std::string(group.help));
      added->require_subcommand(1);
      groups.emplace(group.name, added);
    }
    for (const auto& command : console::commands()) {
      if (command.help.empty()) continue;
      const auto [parent, word] = parent_of(command.name);
      auto* added = add(*parent, word, std::string(command.help), Verb::Console);
      added->final_callback([this, name = command.name] { out_.request.command = name; });
      for (const auto& option : command.options) add_option(added, option);
    }
  }

  void add_option(CLI::App* command, const console::Option& option) {
    using enum console::Option::Form;
    const std::string name(option.name), help(option.help), word = "--" + name;
    CLI::Option* added = nullptr;
    switch (option.form) {
      case Sent: return;
      case Flag: command->add_flag_callback(word, [this, name] { out_.request.args[name] = "true"; }, help); return;
      case Places:
        added = command->add_option_function<std::vector<std::string>>(
            name,
            [this, name](const std::vector<std::string>& values) {
              out_.request.args[name] = fmt::format("{}", fmt::join(values, ","));
            },
            help);
        break;
      case Value:
      case Place:
        added = command->add_option_function<std::string>(
            option.form == Place ? name : word,
            [this, name, file = option.file_of](const std::string& value) { take(name, value, file); }, help);
        break;
    }
    added->type_name(std::string(option.type))->required(option.required);
  }

  void take(const std::string& name, const std::string& value, console::Option::File file) {
    using enum console::Option::File;
    if (file == Own)
      out_.own_file = value;
    else
      out_.request.args[name] = file == Named ? absolute(value) : value;
  }

  static std::string absolute(const std::string& path) {
    std::error_code error;
    const auto out = std::filesystem::absolute(path, error);
    return error ? path : out.lexically_normal().string();
  }

  void add_backup() {
    auto* backup =
        add(app_, "backup",
            "Copy the state directory and the configuration, consistent while the gateway serves on. Keys are\n"
            "in it: keep it as safe as those. What TLS listeners are configured with is not.",
            Verb::Backup);
    backup->add_option("directory", out_.backup, "Where to; must be empty or not exist")->type_name("DIR")->required();
    auto* restore = add(app_, "restore",
                        "Fill a state directory, which must be empty or not exist, from a backup, every file checked.",
                        Verb::Restore);
    restore->add_option("directory", out_.backup, "The backup")->type_name("DIR")->required();
    restore->add_option("--conf", out_.conf, "Put the backup's configuration here; must be empty or not exist")
        ->type_name("DIR");
  }

  enum class State : std::uint8_t { Needed, NotNeeded };

  CLI::App* add(CLI::App& parent, const std::string& name, const std::string& help, Verb verb,
                State state = State::Needed) {
    auto* command = parent.add_subcommand(name, help);
    command
        ->add_option("-c,--config", out_.config,
                     "Configuration file. Default: conf/citygate.toml, else /etc/citygate/citygate.toml")
        ->type_name("FILE");
    if (state == State::Needed)
      command->add_option("-s,--state", out_.state, "State directory. Default: what the configuration says")
          ->type_name("DIR");
    command->parse_complete_callback([this, verb] { out_.verb = verb; });
    return command;
  }

  void add_print_config_flag(CLI::App* command) {
    command->add_flag_callback(
        "--print-config", [this] { printed_ = Verb::PrintConfig; }, "Print the configuration instead");
    command->final_callback([this] {
      if (printed_) out_.verb = *printed_;
    });
  }

  CLI::App app_;
  CommandLine out_;
  std::optional<Verb> printed_;
};

}  // namespace

std::variant<CommandLine, int> parse_command_line(int count, const char* const* words) {
  return Parser().parse(count, words);
}

}  // namespace citygate::app
