// command_line.h - what was typed, taken apart. Commands and their options are those of
// console/commands.h, but for what needs no gateway. CLI11 stays behind command_line.cc and command_mistakes.cc.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "app/gateway_rules.h"
#include "app/policy_commands.h"
#include "console/protocol.h"

namespace citygate::app {

struct CommandLine {
  enum class Verb : std::uint8_t {
    Serve,
    Check,
    PrintConfig,     // the file's values
    PrintReference,  // every setting with its default
    PrintManual,
    HashPassword,
    Backup,
    Restore,
    Pac,  // the proxy auto-configuration file
    GatewayRules,
    VerifyActs,  // of a file
    PolicyShow,
    PolicyDiff,
    PolicyCheck,
    Console,  // `request`, of a running gateway or of one's own
  };
  Verb verb = Verb::Serve;
  std::string config;  // "" where none was named
  std::optional<std::string> state;
  std::optional<std::string> test_clock;  // Serve
  bool take_over = false;                 // Serve
  std::string backup;                     // Backup, Restore: its directory
  std::optional<std::string> conf;        // Restore: where the configuration goes
  console::Request request;               // Console
  RulesRequest rules;                     // GatewayRules
  std::string own_file;                   // VerifyActs: what to read; Console: where the answer goes. "-": standard
  PolicyRequest policy;                   // PolicyShow, PolicyDiff, PolicyCheck
};

// Help, version and mistakes have been printed when it is an exit status.
[[nodiscard]] std::variant<CommandLine, int> parse_command_line(int count, const char* const* words);

}  // namespace citygate::app
