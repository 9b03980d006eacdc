// check.h - reads everything that a start or a reload would read, and touches nothing.
//
// `citygate check` is that alone; a start and a reload begin with it, so that a mistake in any of the files is named
// with all others before anything has changed.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "app/config.h"
#include "console/output.h"

namespace citygate::app {

struct Checked {
  Config config;
  std::string summary;  // for people, several lines
  std::vector<Problem>
      idle_rules;  // that name a category without entries: errors of `check`, told where a gateway runs
};

// Configuration, taxonomy, people, policy and sources. Nothing when there were problems.
[[nodiscard]] std::optional<Checked> read_everything(const std::filesystem::path& config_file, Problems& problems);

// Every error goes to err(), a line each, with file and line; a summary to out() where there is none. Exit status.
int check(const std::filesystem::path& config_file, console::Output& output);

}  // namespace citygate::app
