#include "proxy/limits/refusal_tally.h"

#include <gtest/gtest.h>

#include "../desk_fixture.h"

namespace citygate::proxy {
namespace {

const IpAddress kPat = *IpAddress::parse("127.0.0.1"), kStranger = *IpAddress::parse("10.9.9.9");

class RefusalTallyTest : public DeskFixture {
 protected:
  bool first(const IpAddress& client) { return tally_.first_request(client, {}, Reason::TooManyRequests, 429); }
  void next_minute() { clock_.set(clock_.now() + std::chrono::minutes(1)); }
  const Record& kept(std::size_t index) { return ring_.kept.at(index).get(); }

  std::unique_ptr<EventLoop> loop_ = EventLoop::create().value();
  std::uint64_t number_ = 0;
  RefusalTally tally_{*loop_, *desk_, ring_, number_};
};

TEST_F(RefusalTallyTest, FirstOfAMinuteIsRecordedByItsExchangeTheRestTogether) {
  EXPECT_TRUE(first(kPat));
  for (int i = 0; i < 1'000; ++i) EXPECT_FALSE(first(kPat));
  EXPECT_TRUE(first(kStranger));
  tally_.flush(RefusalTally::Minutes::Past);
  EXPECT_TRUE(ring_.kept.empty()) << "the minute is not over";
  next_minute();
  tally_.flush(RefusalTally::Minutes::Past);
  ASSERT_EQ(ring_.kept.size(), 1u);
  EXPECT_EQ(kept(0).path, "/1000-requests");
  EXPECT_EQ(kept(0).client, kPat);
  EXPECT_EQ(kept(0).reason, Reason::TooManyRequests);
  EXPECT_EQ(kept(0).status, 429);
  EXPECT_TRUE(tally_.empty());
  EXPECT_TRUE(first(kPat)) << "a new minute";
}

TEST_F(RefusalTallyTest, FirstConnectionIsRecordedAtOnceTheRestTogether) {
  for (int i = 0; i < 17; ++i) tally_.add_connection(kPat, Reason::TooManyConnections, 429);
  ASSERT_EQ(ring_.kept.size(), 1u) << "a process that is killed now has named the address";
  EXPECT_EQ(kept(0).path, "/1-connections");
  EXPECT_EQ(tally_.unrecorded(), 16u);
  tally_.flush(RefusalTally::Minutes::All);
  ASSERT_EQ(ring_.kept.size(), 2u);
  EXPECT_EQ(kept(1).path, "/16-connections");
  for (const std::size_t i : {0u, 1u}) {
    EXPECT_EQ(kept(i).client, kPat);
    EXPECT_EQ(kept(i).identity, IdentityMethod::Address);
    EXPECT_TRUE(kept(i).person);
  }
}

TEST_F(RefusalTallyTest, OthersShareALineForEachReason) {
  for (std::uint32_t host = 1; host <= RefusalTally::kLines; ++host)
    tally_.add_connection(IpAddress::v4(host), Reason::TooManyConnections, 429);
  ring_.kept.clear();
  const IpAddress late = IpAddress::v4(5'000);
  for (int i = 0; i < 3; ++i) tally_.add_connection(late, Reason::TooManyConnections, 429);
  tally_.add_connection(late, Reason::Overloaded, 503);
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(tally_.first_request(late, {}, Reason::Overloaded, 503));
  tally_.flush(RefusalTally::Minutes::All);
  ASSERT_EQ(ring_.kept.size(), 3u);
  EXPECT_EQ(kept(0).path, "/3-connections");
  EXPECT_EQ(kept(0).reason, Reason::TooManyConnections);
  EXPECT_EQ(kept(1).path, "/1-connections");
  EXPECT_EQ(kept(1).reason, Reason::Overloaded);
  EXPECT_EQ(kept(1).status, 503);
  EXPECT_EQ(kept(2).path, "/2-requests");
  EXPECT_EQ(kept(2).reason, Reason::Overloaded);
}

TEST_F(RefusalTallyTest, FloodFromManyAddressesIsBounded) {
  for (std::uint32_t host = 1; host <= 5'000; ++host)
    tally_.add_connection(IpAddress::v4(host), Reason::TooManyConnections, 429);
  next_minute();
  tally_.flush(RefusalTally::Minutes::Past);
  ASSERT_EQ(ring_.kept.size(), RefusalTally::kLines + 1);
  EXPECT_EQ(kept(RefusalTally::kLines).path, "/4744-connections");
  EXPECT_EQ(kept(RefusalTally::kLines).client, IpAddress{});
  EXPECT_FALSE(kept(RefusalTally::kLines).person);
  EXPECT_TRUE(tally_.empty());
}

TEST_F(RefusalTallyTest, LinesOfThePastMinuteMakeRoomForThisOne) {
  for (std::uint32_t host = 1; host <= RefusalTally::kLines; ++host)
    tally_.add_connection(IpAddress::v4(host), Reason::TooManyConnections, 429);
  next_minute();
  tally_.add_connection(kPat, Reason::TooManyConnections, 429);
  ASSERT_EQ(ring_.kept.size(), RefusalTally::kLines + 1);
  tally_.flush(RefusalTally::Minutes::All);
  ASSERT_EQ(ring_.kept.size(), RefusalTally::kLines + 1);
  EXPECT_EQ(kept(RefusalTally::kLines).client, kPat);
}

TEST_F(RefusalTallyTest, FullSpoolKeepsTheLines) {
  ring_.full = true;
  tally_.add_connection(kPat, Reason::TooManyConnections, 429);
  tally_.add_connection(kStranger, Reason::TooManyConnections, 429);
  EXPECT_EQ(tally_.unrecorded(), 2u);
  next_minute();
  tally_.flush(RefusalTally::Minutes::Past);
  EXPECT_FALSE(tally_.empty());
  ring_.full = false;
  tally_.flush(RefusalTally::Minutes::Past);
  EXPECT_EQ(ring_.kept.size(), 2u);
  EXPECT_TRUE(tally_.empty());
}

TEST_F(RefusalTallyTest, CrowdedSpoolIsLeftToWhatRuns) {
  ring_.nearly_full = true;
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(first(kPat)) << "its exchange must not record it";
  tally_.add_connection(kStranger, Reason::TooManyConnections, 429);
  next_minute();
  tally_.flush(RefusalTally::Minutes::Past);
  EXPECT_TRUE(ring_.kept.empty());
  ring_.nearly_full = false;
  tally_.flush(RefusalTally::Minutes::Past);
  ASSERT_EQ(ring_.kept.size(), 2u);
  EXPECT_EQ(kept(0).path, "/3-requests");
  EXPECT_EQ(kept(1).path, "/1-connections");
}

}  // namespace
}  // namespace citygate::proxy
