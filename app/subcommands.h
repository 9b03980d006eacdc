// subcommands.h - carries out what was typed, and gives the exit status: 0 done, 1 could not be done, 2 wrongly asked.
#pragma once

#include "app/command_line.h"

namespace citygate::app {

int run(const CommandLine& line);

}  // namespace citygate::app
