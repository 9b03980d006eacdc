#include "proxy/account.h"

#include "desk_fixture.h"

namespace citygate::proxy {
namespace {

class AccountTest : public DeskFixture {
 protected:
  void begin(std::string_view url, Method method = Method::Get) {
    open(case_, url);
    account_.open(case_, ++number_, *IpAddress::parse("127.0.0.1"), method);
  }
  const Record& last() { return ring_.kept.back().get(); }

  Case case_;
  Account account_{*desk_, ring_, counters_};
  std::uint64_t number_ = 0;
};

TEST_F(AccountTest, WorkIsRecordedAndNotCharged) {
  begin("http://city.example/plan");
  account_.set_attention(Attention::Document);
  EXPECT_EQ(account_.may_send(5'000'000), 5'000'000u);
  account_.settle(5'000'000, 100);
  ASSERT_TRUE(account_.reserve_end(Outcome::Completed, 200, 50));
  account_.commit_end();
  EXPECT_EQ(last().to_client_bytes, 150u) << "the bytes of the last write are in the record before it";
  EXPECT_EQ(last().streaming_bytes, 0u);
  EXPECT_EQ(last().attention, Attention::None);
  EXPECT_EQ(last().host, "city.example");
  EXPECT_TRUE(last().last);
  EXPECT_FALSE(account_.opened());
}

TEST_F(AccountTest, StreamingEndsAtTheByteOverTwoExchanges) {
  begin("http://films.example/a");
  Case other_case;
  open(other_case, "http://films.example/b");
  Account other(*desk_, ring_, counters_);
  other.open(other_case, 99, *IpAddress::parse("127.0.0.1"), Method::Get);
  std::uint64_t through = 0;
  for (int i = 0; i < 100; ++i) {
    for (Account* account : {&account_, &other}) {
      const std::uint64_t granted = account->may_send(30'000);
      const std::uint64_t accepted = granted > 10 ? granted - 7 : granted;  // the socket takes a little less
      account->settle(granted, accepted);
      through += accepted;
    }
  }
  EXPECT_EQ(through, 1'000'000u);
  ASSERT_TRUE(account_.end(Outcome::Cut, 200));
  ASSERT_TRUE(other.end(Outcome::Cut, 200));
  EXPECT_EQ(ring_.kept[0].get().streaming_bytes + ring_.kept[1].get().streaming_bytes, 1'000'000u);
}

TEST_F(AccountTest, ADocumentIsAttendedOnceHoweverManySlices) {
  begin("http://paper.example/today");
  account_.set_attention(Attention::Document);
  account_.settle(account_.may_send(10), 10);
  clock_.set(clock_.now() + std::chrono::minutes(1));
  account_.slice();
  account_.settle(account_.may_send(20), 20);
  ASSERT_TRUE(account_.end(Outcome::Completed, 200));
  ASSERT_EQ(ring_.kept.size(), 2u);
  const Record& first = ring_.kept[0].get();
  EXPECT_EQ(first.attention, Attention::Document);
  EXPECT_EQ(first.active_from, first.active_until);
  EXPECT_EQ(first.to_client_bytes, 10u);
  EXPECT_FALSE(first.last);
  EXPECT_EQ(last().attention, Attention::None);
  EXPECT_EQ(last().to_client_bytes, 20u);
  EXPECT_EQ(last().slice, 1u);
  EXPECT_EQ(last().exchange, first.exchange);
  EXPECT_EQ(last().begin, first.end);
}

TEST_F(AccountTest, ARefusedDocumentIsAnAttemptAndItsPicturesAreNot) {
  begin("http://bets.example/");
  account_.set_attention(Attention::Document);
  ASSERT_TRUE(account_.end(Outcome::Refused, 403));
  EXPECT_TRUE(last().attempt);
  EXPECT_EQ(last().reason, Reason::Prohibited);
  EXPECT_EQ(last().decisive, category("gambling"));
  EXPECT_EQ(last().attention, Attention::None) << "a refusal is no personal use";
  begin("http://bets.example/logo.png");
  ASSERT_TRUE(account_.end(Outcome::Refused, 403));
  EXPECT_FALSE(last().attempt);
  begin("http://bets.example/");
  account_.set_asked_by_hand();
  ASSERT_TRUE(account_.end(Outcome::Refused, 403));
  EXPECT_TRUE(last().attempt) << "curl is no browser, but somebody has tried";
  begin("bets.example:443", Method::Connect);
  account_.set_tunnel();
  ASSERT_TRUE(account_.end(Outcome::Refused, 403));
  EXPECT_TRUE(last().attempt);
}

TEST_F(AccountTest, AFullSpoolKeepsTheExchangeOpenAndLosesNothing) {
  begin("http://paper.example/");
  account_.settle(account_.may_send(10), 10);
  ring_.full = true;
  account_.slice();
  EXPECT_FALSE(account_.end(Outcome::Completed, 200));
  EXPECT_TRUE(account_.opened());
  ring_.full = false;
  ASSERT_TRUE(account_.end(Outcome::Completed, 200));
  ASSERT_EQ(ring_.kept.size(), 1u);
  EXPECT_EQ(last().to_client_bytes, 10u);
}

TEST_F(AccountTest, WhatPassesBeforeMidnightIsTheOldDays) {
  const auto midnight = desk_->day_end(clock_.now());
  const std::int32_t today = desk_->local(clock_.now()).day;
  begin("http://films.example/night");
  clock_.set(midnight - std::chrono::minutes(1));
  account_.settle(account_.may_send(600'000), 600'000);
  account_.received(7);
  clock_.set(midnight + std::chrono::minutes(1));
  EXPECT_EQ(account_.may_send(1'000'000), 1'000'000u) << "a new day has a quota of its own";
  account_.settle(1'000'000, 300'000);
  ASSERT_TRUE(account_.end(Outcome::Completed, 200));
  ASSERT_EQ(ring_.kept.size(), 2u);
  const Record& before = ring_.kept[0].get();
  EXPECT_EQ(desk_->local(before.end).day, today);
  EXPECT_EQ(before.streaming_bytes, 600'000u);
  EXPECT_EQ(before.from_client_bytes, 7u);
  EXPECT_FALSE(before.last);
  EXPECT_EQ(last().begin, midnight);
  EXPECT_EQ(last().streaming_bytes, 300'000u);
  EXPECT_EQ(last().from_client_bytes, 0u);
}

TEST_F(AccountTest, AnIdleTunnelLeavesNothingOfTheNightsItSleptThrough) {
  begin("city.example:443", Method::Connect);
  account_.set_tunnel();
  account_.settle(account_.may_send(10), 10);
  ASSERT_TRUE(account_.slice());
  for (int day = 0; day < 3; ++day) {
    clock_.set(clock_.now() + std::chrono::hours(24));
    ASSERT_TRUE(account_.slice());
  }
  EXPECT_EQ(ring_.kept.size(), 1u);
  account_.received(5);
  ASSERT_TRUE(account_.end(Outcome::Completed, 200));
  ASSERT_EQ(ring_.kept.size(), 2u);
  EXPECT_EQ(desk_->local(last().begin).day, desk_->local(clock_.now()).day);
  EXPECT_EQ(last().from_client_bytes, 5u);
}

TEST_F(AccountTest, ACancelledEndLeavesNoRecord) {
  begin("http://city.example/");
  ASSERT_TRUE(account_.reserve_end(Outcome::Completed, 200, 500));
  account_.cancel_end();
  account_.settle(500, 200);
  ASSERT_TRUE(account_.reserve_end(Outcome::Completed, 200, 300));
  account_.commit_end();
  ASSERT_EQ(ring_.kept.size(), 1u);
  EXPECT_EQ(last().to_client_bytes, 500u);
}

}  // namespace
}  // namespace citygate::proxy
