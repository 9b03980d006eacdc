// process_cpu.h - CPU time of a process and all that descends from it, user and system, from /proc.
#pragma once

#include <chrono>

namespace citygate::load {

// Zero for processes that are gone. Resolution: the kernel's tick, 10 ms.
[[nodiscard]] std::chrono::milliseconds cpu_of_tree(int pid);

}  // namespace citygate::load
