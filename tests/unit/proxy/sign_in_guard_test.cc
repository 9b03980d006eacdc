#include "proxy/identity/sign_in_guard.h"

#include <gtest/gtest.h>

namespace citygate::proxy {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const MonoTime kStart{std::chrono::hours(1)};

SignInSource from(std::uint32_t host) { return {IpAddress::v4(host)}; }

class SignInGuardTest : public testing::Test {
 protected:
  SignInGuardTest() { guard_.set_rule({.free = 3, .longest = seconds(8)}); }
  SignInGuard guard_;
};

TEST_F(SignInGuardTest, WaitDoublesUpToTheLongest) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(guard_.wait(from(1), "mia", kStart).count(), 0);
    guard_.wrong(from(1), "mia", kStart);
  }
  for (const int wanted : {1, 2, 4, 8, 8, 8}) {
    EXPECT_EQ(guard_.wait(from(1), "mia", kStart), seconds(wanted));
    EXPECT_EQ(guard_.wait(from(1), "mia", kStart + seconds(wanted)).count(), 0);
    guard_.wrong(from(1), "mia", kStart);
  }
  EXPECT_EQ(guard_.wait(from(1), "another", kStart), seconds(8)) << "whatever name it tries";
  EXPECT_EQ(guard_.wait(from(2), "mia", kStart).count(), 0);
  EXPECT_EQ(guard_.wait(from(1), "mia", kStart + FailureTable::kForget).count(), 0) << "forgotten";
  EXPECT_TRUE(guard_.doubtful(from(1), kStart));
  EXPECT_FALSE(guard_.doubtful(from(2), kStart));
}

TEST_F(SignInGuardTest, NameThatIsGuessedFromManyAddressesIsHeldUpButNotItsOwner) {
  guard_.right(from(7), "mia");
  for (std::uint32_t host = 100; host < 112; ++host) guard_.wrong(from(host), "mia", kStart);
  EXPECT_GT(guard_.wait(from(200), "mia", kStart).count(), 0);
  EXPECT_EQ(guard_.wait(from(7), "mia", kStart).count(), 0);
  EXPECT_EQ(guard_.wait(from(200), "noah", kStart).count(), 0);
}

TEST_F(SignInGuardTest, SharedAddressIsNotSlowed) {
  SignInSource nat = from(1);
  nat.shared = true;
  for (int i = 0; i < 10; ++i) guard_.wrong(nat, "name" + std::to_string(i), kStart);
  EXPECT_EQ(guard_.wait(nat, "mia", kStart).count(), 0);
  EXPECT_FALSE(guard_.doubtful(nat, kStart)) << "who has done nothing would be served behind those who have";
  EXPECT_TRUE(guard_.doubtful(from(1), kStart));
}

TEST_F(SignInGuardTest, TryIsUnderWayFromItsBeginningToItsEnd) {
  EXPECT_FALSE(guard_.under_way(from(1), "mia"));
  guard_.begin(from(1), "mia");
  guard_.begin(from(1), "noah");
  EXPECT_TRUE(guard_.under_way(from(1), "another")) << "whatever name it tries";
  EXPECT_TRUE(guard_.under_way(from(2), "mia")) << "from wherever";
  EXPECT_FALSE(guard_.under_way(from(2), "another"));
  SignInSource nat = from(1);
  nat.shared = true;
  EXPECT_FALSE(guard_.under_way(nat, "another")) << "somebody else may be trying there";
  guard_.end(from(1), "mia");
  EXPECT_FALSE(guard_.under_way(from(2), "mia"));
  EXPECT_TRUE(guard_.under_way(from(1), "mia"));
  guard_.end(from(1), "noah");
  EXPECT_FALSE(guard_.under_way(from(1), "mia"));
}

TEST_F(SignInGuardTest, Ipv6AddressesOfOnePrefixAreOneSource) {
  const SignInSource one{*IpAddress::parse("2001:db8::1"), 64}, two{*IpAddress::parse("2001:db8::2"), 64};
  EXPECT_EQ(guard_.source_of(one), guard_.source_of(two));
  EXPECT_NE(guard_.source_of({one.address}), guard_.source_of({two.address}));
}

TEST_F(SignInGuardTest, OwnPasswordClearsNoSlate) {
  for (int i = 0; i < 3; ++i) guard_.wrong(from(1), "mia", kStart);
  guard_.right(from(1), "mallory");
  EXPECT_EQ(guard_.wait(from(1), "mia", kStart), seconds(1));
}

TEST_F(SignInGuardTest, NothingWaitsWhenSwitchedOff) {
  guard_.set_rule({.free = 0, .longest = seconds(8)});
  for (int i = 0; i < 100; ++i) guard_.wrong(from(1), "mia", kStart);
  EXPECT_EQ(guard_.wait(from(1), "mia", kStart).count(), 0);
}

TEST(FailureTable, FloodOfNewOnesKeepsTheWorst) {
  FailureTable table(8);
  for (int i = 0; i < 10; ++i) table.failed(42, kStart);
  for (std::uint64_t key = 1'000; key < 2'000; ++key) table.failed(key, kStart + seconds(1));
  EXPECT_EQ(table.failures(42, kStart + seconds(1)), 10u);
  // What is forgotten makes room.
  const MonoTime later = kStart + FailureTable::kForget + minutes(1);
  for (std::uint64_t key = 1; key <= 8; ++key) table.failed(key, later);
  for (std::uint64_t key = 1; key <= 8; ++key) EXPECT_EQ(table.failures(key, later), 1u);
}

}  // namespace
}  // namespace citygate::proxy
