// thread_name.h - what `top -H`, perf and a debugger call a thread.
//
// Thread    the one that is to be named. Cost: a system call.
#pragma once

#include <pthread.h>

#include <string>
#include <string_view>

namespace citygate {

// The kernel takes 15 bytes; what is longer is cut.
inline void name_this_thread(std::string_view name) {
  static_cast<void>(::pthread_setname_np(::pthread_self(), std::string(name.substr(0, 15)).c_str()));
}

}  // namespace citygate
