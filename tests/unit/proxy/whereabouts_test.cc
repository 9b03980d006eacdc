#include "proxy/identity/whereabouts.h"

#include <gtest/gtest.h>

namespace citygate::proxy {
namespace {

using std::chrono::minutes;

class WhereaboutsTest : public testing::Test {
 protected:
  bool arrives(std::string_view address, PersonId person = PersonId{7}, unsigned prefix = 128) {
    return table_.arrives(person, *IpAddress::parse(address), prefix, now_, minutes(10));
  }
  void pass(minutes time) { now_ += time; }

  Whereabouts table_;
  WallTime now_{std::chrono::hours(500'000)};
};

TEST_F(WhereaboutsTest, OneMachineIsNoEvent) {
  for (int i = 0; i < 5; ++i) {
    EXPECT_FALSE(arrives("10.0.0.1"));
    pass(minutes(4));
  }
}

TEST_F(WhereaboutsTest, TwoMachinesAtOnceAreOneEventHoweverLongTheyStay) {
  EXPECT_FALSE(arrives("10.0.0.1"));
  pass(minutes(9));
  EXPECT_TRUE(arrives("10.0.0.2"));
  for (int i = 0; i < 20; ++i) {
    EXPECT_FALSE(arrives("10.0.0.1"));
    EXPECT_FALSE(arrives("10.0.0.2"));
    pass(minutes(3));
  }
  EXPECT_TRUE(arrives("10.0.0.3")) << "a third one";
}

TEST_F(WhereaboutsTest, OneAfterTheOtherIsNoEvent) {
  EXPECT_FALSE(arrives("10.0.0.1"));
  pass(minutes(10));
  EXPECT_FALSE(arrives("10.0.0.2"));
}

TEST_F(WhereaboutsTest, WhoComesBackAfterThatIsAnEventAgain) {
  EXPECT_FALSE(arrives("10.0.0.1"));
  EXPECT_TRUE(arrives("10.0.0.2"));
  pass(minutes(6));
  EXPECT_FALSE(arrives("10.0.0.1"));
  pass(minutes(6));
  EXPECT_TRUE(arrives("10.0.0.2"));
}

TEST_F(WhereaboutsTest, OthersDoNotMatter) {
  EXPECT_FALSE(arrives("10.0.0.1", PersonId{7}));
  EXPECT_FALSE(arrives("10.0.0.2", PersonId{8}));
  EXPECT_FALSE(arrives("10.0.0.2", PersonId{7 + 64}));
}

TEST_F(WhereaboutsTest, AddressesOfOneIpv6NetworkMayBeOneMachine) {
  EXPECT_FALSE(arrives("2001:db8::1", PersonId{7}, 64));
  EXPECT_FALSE(arrives("2001:db8::2", PersonId{7}, 64));
  EXPECT_TRUE(arrives("2001:db8:0:1::2", PersonId{7}, 64));
}

TEST_F(WhereaboutsTest, AClockSetBackFindsNobodyElsewhere) {
  EXPECT_FALSE(arrives("10.0.0.1"));
  now_ -= minutes(60);
  EXPECT_FALSE(arrives("10.0.0.2"));
}

TEST_F(WhereaboutsTest, AFullTableForgetsWhoHasGoneAndWatchesNobodyMore) {
  for (std::uint32_t i = 1; i <= Whereabouts::kPeople + 100; ++i) EXPECT_FALSE(arrives("10.0.0.1", PersonId{i}));
  EXPECT_EQ(table_.people(), Whereabouts::kPeople);
  EXPECT_FALSE(arrives("10.0.0.2", PersonId{Whereabouts::kPeople + 50}));
  EXPECT_TRUE(arrives("10.0.0.2", PersonId{50}));
  pass(minutes(11));
  EXPECT_FALSE(arrives("10.0.0.1", PersonId{Whereabouts::kPeople + 50}));
  EXPECT_TRUE(arrives("10.0.0.2", PersonId{Whereabouts::kPeople + 50}));
}

}  // namespace
}  // namespace citygate::proxy
