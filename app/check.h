// check.h - reads everything that a start or a reload would read, and touches nothing.
//
// `citygate check` is that alone, and a start begins with it, so that a mistake in any of the files is named with all
// others before anything has changed. What acts have made of the people file is in no file: where a state directory may
// hold some, and at a reload, people and policy are judged by Services, which has both.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "app/config.h"
#include "console/output.h"

namespace citygate::app {

struct Checked {
  Config config;
  std::string summary;              // for people, several lines
  std::vector<Problem> idle_rules;  // that name a category without entries: errors of `check`
};

// Configuration, taxonomy, people, policy and sources. Nothing when there were problems.
[[nodiscard]] std::optional<Checked> read_everything(const std::filesystem::path& config_file, Problems& problems);

// All of that but people and policy.
[[nodiscard]] std::optional<Config> read_settings(const std::filesystem::path& config_file, Problems& problems);
// A gateway has run on this directory; it is only looked at.
[[nodiscard]] bool may_hold_acts(const std::filesystem::path& state);

// Every error goes to err(), a line each, with file and line; a summary to out() where there is none. Exit status.
int check(const std::filesystem::path& config_file, console::Output& output);

}  // namespace citygate::app
