#include "proxy/limits/accept_gate.h"

#include <gtest/gtest.h>

#include "../desk_fixture.h"

namespace citygate::proxy {
namespace {

class AcceptGateTest : public DeskFixture {
 protected:
  std::unique_ptr<EventLoop> loop_ = EventLoop::create().value();
  ClientTables clients_{64};
  Admission admission_{clients_, config_.limits, counters_};
  std::uint64_t number_ = 0;
  RefusalTally tally_{*loop_, *desk_, ring_, number_};
  MemoryBudget budget_{2};
  std::uint64_t used_ = 0;
  bool listening_ = true;
  AcceptGate gate_{*loop_,
                   config_,
                   admission_,
                   tally_,
                   counters_,
                   budget_.share(0),
                   [this] { return used_; },
                   [this](AcceptGate::Listening listening) { listening_ = listening == AcceptGate::Listening::On; }};
};

TEST_F(AcceptGateTest, PausesWhileAsManyAreOpenAsMayBe) {
  gate_.set_open(config_.connections - 1);
  EXPECT_TRUE(listening_);
  gate_.set_open(config_.connections);
  gate_.set_open(config_.connections);
  EXPECT_FALSE(listening_);
  EXPECT_EQ(counters_.accept_pauses_total.get(), 1u);
  gate_.set_open(config_.connections - 1);
  EXPECT_TRUE(listening_);
}

// What it had said with the last one that came stood for as long as no other one came, and other workers took memory
// for short that was free.
TEST_F(AcceptGateTest, ConnectionsThatGoGiveTheirMemoryBackToAllWorkers) {
  budget_.set_limit(1'000);
  used_ = 900;
  gate_.set_open(3);
  EXPECT_EQ(budget_.used(), 900u);
  auto other = budget_.share(1);
  other.report(200);
  EXPECT_EQ(other.level(), MemoryBudget::Level::Short);
  used_ = 0;
  gate_.set_open(0);
  EXPECT_EQ(other.level(), MemoryBudget::Level::Enough);
}

}  // namespace
}  // namespace citygate::proxy
