// thread_stack.h - where another thread of this process is right now, asked by a signal.
//
// The thread's handler walks its own stack into memory that was set aside beforehand: no lock, no allocation there
// (glibc's unwinder finds its tables without either). Names are looked up by the caller, in its own time.
// Thread    one caller at a time; not for asking about oneself.
// Errors    Refused: signals cannot be taken, the thread is gone, or one that was asked before is not through yet.
//           Timeout: it did not answer in time, since it waits in the kernel for something that no signal interrupts,
//           or hangs on the way. The caller waits no longer than it says.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

#include "base/result.h"

namespace citygate {

// Once, before the first: installs the handler and has the unwinder load what it needs.
[[nodiscard]] Result<void> prepare_thread_stacks();

// Return addresses, the innermost first, without the handler's own.
[[nodiscard]] Result<std::vector<void*>> thread_stack(pid_t thread, std::chrono::milliseconds patience);

// One line each: "#3 citygate+0x1a2b3c citygate::proxy::EpollLoop::turn(bool)+0x54"; the name is missing where the
// program exports none, and `addr2line -Cfie PROGRAM 0x1a2b3c` finds it.
[[nodiscard]] std::string describe_stack(const std::vector<void*>& stack);

}  // namespace citygate
