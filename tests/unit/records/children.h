// children.h - parts of a test that run in a process of their own, to be killed or to meet limits of their own.
//
// RocksDB keeps threads for the life of a process, and they do not come through a fork: who forks must not have opened a
// database before.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

namespace citygate::test {

// Runs `body` in a child; its exit status is 0 if nothing failed in it.
inline pid_t in_child(const std::function<void()>& body) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  body();
  ::_exit(testing::Test::HasFailure() ? 1 : 0);
}

inline int wait_for(pid_t child) {
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return status;
}

}  // namespace citygate::test
