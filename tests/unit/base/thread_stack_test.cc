#include "base/thread_stack.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <thread>

namespace citygate {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kLong{60'000};

class ThreadStackTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(prepare_thread_stacks()); }
};

TEST_F(ThreadStackTest, ShowsWhereABusyThreadIs) {
  std::atomic<pid_t> id{0};
  std::atomic<bool> stop{false};
  std::thread busy([&] {
    id = ::gettid();
    while (!stop) {  // no call that waits: the thread sanitizer now and then loses a signal that comes in one
    }
  });
  while (id == 0) std::this_thread::yield();
  for (int round = 0; round < 50; ++round) {
    const auto stack = thread_stack(id, kLong);
    ASSERT_TRUE(stack) << stack.error().context;
    ASSERT_FALSE(stack->empty());
    EXPECT_THAT(describe_stack(*stack), testing::HasSubstr("base_test+0x"));
  }
  stop = true;
  busy.join();
}

TEST_F(ThreadStackTest, AThreadThatIsGoneIsAnError) {
  pid_t id = 0;
  std::thread([&] { id = ::gettid(); }).join();
  while (::syscall(SYS_tgkill, ::getpid(), id, 0) == 0) std::this_thread::yield();  // joined is not yet gone
  const auto stack = thread_stack(id, kLong);
  ASSERT_FALSE(stack);
  EXPECT_EQ(stack.error().kind, Error::Kind::Refused);
}

TEST_F(ThreadStackTest, AThreadThatTakesNoSignalsTimesOutAndIsNotMistakenLater) {
  std::atomic<pid_t> id{0};
  std::atomic<bool> stop{false};
  std::thread deaf([&] {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    id = ::gettid();
    while (!stop) std::this_thread::sleep_for(milliseconds(1));
    pthread_sigmask(SIG_UNBLOCK, &all, nullptr);  // takes the signal now, long after it was given up
  });
  while (id == 0) std::this_thread::yield();
  const auto stack = thread_stack(id, milliseconds(5));
  ASSERT_FALSE(stack);
  EXPECT_EQ(stack.error().kind, Error::Kind::Timeout);
  stop = true;
  deaf.join();
}

TEST(DescribeStack, UnknownAddressesAreBareNumbers) {
  EXPECT_EQ(describe_stack({}), "");
  EXPECT_EQ(describe_stack({nullptr, reinterpret_cast<void*>(0x10)}), "#0 0x0\n#1 0x10");
}

}  // namespace
}  // namespace citygate
