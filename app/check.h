// check.h - `citygate check`: reads everything that a start or a reload would read, and touches nothing.
#pragma once

#include <filesystem>

#include "console/output.h"

namespace citygate::app {

// Every error goes to err(), a line each, with file and line; a summary to out() where there is none. Exit status.
int check(const std::filesystem::path& config_file, console::Output& output);

}  // namespace citygate::app
