// process_usage.h - what this process takes of the machine, as the kernel counts it.
//
// Reads /proc/self and asks getrusage: microseconds, but system calls; not for a worker.
// Errors    what the kernel does not tell is 0.
#pragma once

#include <chrono>
#include <cstdint>

namespace citygate {

struct ProcessUsage {
  std::chrono::microseconds cpu{};  // user and system, all threads
  std::uint64_t virtual_bytes = 0;
  std::uint64_t resident_bytes = 0;
  std::uint64_t open_descriptors = 0;
  std::uint64_t most_descriptors = 0;  // the soft limit; 0: none
  std::uint64_t threads = 0;
  std::chrono::sys_time<std::chrono::milliseconds> started{};
};

[[nodiscard]] ProcessUsage process_usage();

}  // namespace citygate
