// launch.h - starts the new process of an upgrade as a child of the old one: in its group of processes, with its
// environment, its standard error and no other descriptor.
//
// Errors    Storage, naming the program, when it cannot be started.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace citygate::app {

[[nodiscard]] Result<pid_t> launch(const std::string& program, const std::vector<std::string>& arguments);
// In words, "exit status 1"; nothing while it runs.
[[nodiscard]] std::optional<std::string> end_of(pid_t child);
// Waits for the end of a child that has nothing to do any more, and kills it after `patience`; nothing is left of it.
void see_off(pid_t child, std::chrono::milliseconds patience);
// Of this process's own program. After its file was replaced the path stands for the new one.
[[nodiscard]] std::string own_program();

}  // namespace citygate::app
