#include "app/change_gate.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace citygate::app {
namespace {

TEST(ChangeGate, one_at_a_time) {
  ChangeGate gate;
  std::atomic<int> inside = 0, most = 0, done = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int round = 0; round < 200; ++round) {
        const auto pass = gate.enter();
        ASSERT_TRUE(pass);
        most = std::max(most.load(), ++inside);
        --inside;
        ++done;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(most, 1);
  EXPECT_EQ(done, 800);
}

TEST(ChangeGate, closed_it_refuses_those_who_wait_and_waits_for_who_is_in) {
  ChangeGate gate;
  auto pass = std::make_unique<Result<ChangeGate::Pass>>(gate.enter());
  ASSERT_TRUE(*pass);
  std::thread waiting([&] { EXPECT_EQ(gate.enter().error().kind, Error::Kind::Refused); });
  std::atomic<bool> closed = false;
  std::thread closing([&] {
    gate.close();
    closed = true;
  });
  waiting.join();
  EXPECT_FALSE(closed) << "one is still in";
  pass.reset();
  closing.join();
  EXPECT_TRUE(gate.closed());
  EXPECT_FALSE(gate.enter());
  gate.open();
  EXPECT_TRUE(gate.enter());
}

}  // namespace
}  // namespace citygate::app
