// policy_commands.h - `citygate policy show|diff|check`: a policy file in words, what a version changes, what is wrong.
//
// They read files and nothing else, so they need no gateway and change none: the policy that a gateway has in force is the
// file as it was at its start or last reload, and each such version is kept in the state directory under its SHA-256.
// People are those of the people file; who was added by command is not known here.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "console/output.h"

namespace citygate::app {

struct PolicyRequest {
  std::optional<std::string> department;  // show: what holds for it alone
  std::string file;                       // show, check: "" = the configuration's
  std::string before, after;              // diff: files, or (beginnings of) SHA-256s of kept versions
};

// Each gives the exit status; what is wrong goes to err(), a line each.
int show_policy(const std::filesystem::path& config_file, const PolicyRequest& request, console::Output& output);
// `state` is looked into for kept versions.
int diff_policies(const std::filesystem::path& config_file, const std::filesystem::path& state,
                  const PolicyRequest& request, console::Output& output);
int check_policy(const std::filesystem::path& config_file, const PolicyRequest& request, console::Output& output);

}  // namespace citygate::app
