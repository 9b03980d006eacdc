#include "base/thread_stack.h"

#include <cxxabi.h>
#include <dlfcn.h>
#include <execinfo.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <iterator>
#include <memory>
#include <thread>

namespace citygate {
namespace {

constexpr int kMostFrames = 64;
constexpr int kHandlerFrames = 2;  // the handler, and what the kernel returns to after it

enum class State : int { Idle, Asked, Walking, Done, Abandoned };

// What handler and caller share. The caller moves Idle to Asked and Done to Idle, the handler Asked to Walking to Done.
// A caller who gives up takes Asked back, so that an answer that comes too late finds nobody waiting, or turns Walking
// into Abandoned: the frames are the handler's until it makes that Idle.
std::atomic<State> state{State::Idle};
std::atomic<pid_t> asked_thread{0};
std::array<void*, kMostFrames> frames;
int frame_count = 0;

int stack_signal() { return SIGRTMIN + 3; }

void on_signal(int) {
  const int before = errno;
  State asked = State::Asked;
  if (static_cast<pid_t>(::syscall(SYS_gettid)) == asked_thread.load(std::memory_order_relaxed) &&
      state.compare_exchange_strong(asked, State::Walking, std::memory_order_acquire)) {
    frame_count = ::backtrace(frames.data(), kMostFrames);
    State walking = State::Walking;
    if (!state.compare_exchange_strong(walking, State::Done, std::memory_order_release))
      state.store(State::Idle, std::memory_order_release);
  }
  errno = before;
}

std::string demangled(const char* name) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(abi::__cxa_demangle(name, nullptr, nullptr, &status), std::free);
  return status == 0 ? std::string(text.get()) : std::string(name);
}

}  // namespace

Result<void> prepare_thread_stacks() {
  std::array<void*, 4> unused;
  ::backtrace(unused.data(), static_cast<int>(unused.size()));  // loads libgcc, which allocates
  struct sigaction action{};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  if (::sigaction(stack_signal(), &action, nullptr) != 0)
    return fail_errno("take the signal for stacks", Error::Kind::Refused);
  return {};
}

Result<std::vector<void*>> thread_stack(pid_t thread, std::chrono::milliseconds patience) {
  if (state.load(std::memory_order_acquire) != State::Idle)
    return fail(Error::Kind::Refused, "another thread was asked before, and is not through its stack yet");
  asked_thread.store(thread, std::memory_order_relaxed);
  state.store(State::Asked, std::memory_order_release);
  if (::syscall(SYS_tgkill, ::getpid(), thread, stack_signal()) != 0) {
    state.store(State::Idle, std::memory_order_relaxed);
    return fail_errno("ask a thread for its stack", Error::Kind::Refused);
  }
  const auto until = std::chrono::steady_clock::now() + patience;
  while (state.load(std::memory_order_acquire) != State::Done) {
    if (std::chrono::steady_clock::now() > until) {
      State now = State::Asked;
      if (state.compare_exchange_strong(now, State::Idle))
        return fail(Error::Kind::Timeout, "the thread does not answer: it waits in the kernel");
      if (now == State::Walking && state.compare_exchange_strong(now, State::Abandoned))
        return fail(Error::Kind::Timeout, "the thread does not get through its own stack");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  std::vector<void*> out(frames.begin() + std::min(kHandlerFrames, frame_count), frames.begin() + frame_count);
  state.store(State::Idle, std::memory_order_relaxed);
  return out;
}

std::string describe_stack(const std::vector<void*>& stack) {
  std::string out;
  for (std::size_t i = 0; i < stack.size(); ++i) {
    fmt::format_to(std::back_inserter(out), "{}#{} ", i > 0 ? "\n" : "", i);
    Dl_info info{};
    if (::dladdr(stack[i], &info) == 0 || !info.dli_fname) {
      fmt::format_to(std::back_inserter(out), "{}", stack[i]);
      continue;
    }
    std::string_view file = info.dli_fname;
    if (const auto slash = file.rfind('/'); slash != std::string_view::npos) file.remove_prefix(slash + 1);
    const auto offset = [&](const void* from) {
      return static_cast<const char*>(stack[i]) - static_cast<const char*>(from);
    };
    fmt::format_to(std::back_inserter(out), "{}+{:#x}", file, offset(info.dli_fbase));
    if (info.dli_sname)
      fmt::format_to(std::back_inserter(out), " {}+{:#x}", demangled(info.dli_sname), offset(info.dli_saddr));
  }
  return out;
}

}  // namespace citygate
