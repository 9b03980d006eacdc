#include "proxy/limits/admission.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace citygate::proxy {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const MonoTime kStart{std::chrono::hours(1)};
const IpAddress kDesk = *IpAddress::parse("10.0.0.7"), kOther = *IpAddress::parse("10.0.0.8");

policy::Subject person(std::uint32_t id, IdentityMethod how = IdentityMethod::Basic) {
  return {PersonId{id}, DepartmentId{1}, how};
}

class AdmissionTest : public testing::Test {
 protected:
  AdmissionTest() {
    config_.exempt = {"192.168.0.0/16"};
    config_.connections_per_address = 2;
    config_.requests_per_address = 2;
    config_.requests_per_person = 2;
    config_.request_rate_per_address = 10;
    config_.request_rate_per_person = 10;
    config_.request_burst = 4;
    make();
  }
  void make() { admission_ = std::make_unique<Admission>(tables_, config_, counters_); }

  ClientTables tables_{64};
  LimitsConfig config_;
  Counters counters_;
  std::unique_ptr<Admission> admission_;
};

TEST_F(AdmissionTest, ConnectionsOfOneAddress) {
  ClientClaim first, second, other;
  EXPECT_FALSE(admission_->connect(first, kDesk, kStart));
  EXPECT_FALSE(admission_->connect(second, kDesk, kStart));
  {
    ClientClaim third;
    const auto limited = admission_->connect(third, kDesk, kStart);
    ASSERT_TRUE(limited);
    EXPECT_EQ(limited->reason, Reason::TooManyConnections);
    EXPECT_EQ(limited->status, 429);
    EXPECT_EQ(counters_.limited_connections_total.get(), 1u);
  }
  EXPECT_FALSE(admission_->connect(other, kOther, kStart)) << "another address has its own";
  {
    const ClientClaim gone(std::move(first));
  }
  ClientClaim again;
  EXPECT_FALSE(admission_->connect(again, kDesk, kStart));
}

TEST_F(AdmissionTest, RequestsThatRunAtATime) {
  config_.connections_per_address = 0;
  make();
  std::vector<ClientClaim> claims(3);
  for (auto& claim : claims) ASSERT_FALSE(admission_->connect(claim, kDesk, kStart));
  EXPECT_FALSE(admission_->begin(claims[0], kStart));
  EXPECT_FALSE(admission_->begin(claims[1], kStart));
  EXPECT_TRUE(admission_->begin(claims[2], kStart));
  admission_->end(claims[2]);
  admission_->end(claims[1]);
  EXPECT_FALSE(admission_->begin(claims[2], kStart));
}

TEST_F(AdmissionTest, OnePersonFromManyAddresses) {
  std::vector<ClientClaim> claims(3);
  for (std::uint32_t i = 0; i < 3; ++i) {
    ASSERT_FALSE(admission_->connect(claims[i], IpAddress::v4(i + 1), kStart));
    ASSERT_FALSE(admission_->begin(claims[i], kStart));
  }
  EXPECT_FALSE(admission_->begin_for(claims[0], person(1), kStart));
  EXPECT_FALSE(admission_->begin_for(claims[1], person(1), kStart));
  EXPECT_TRUE(admission_->begin_for(claims[2], person(1), kStart));
  for (auto& claim : claims) admission_->end(claim);
  ASSERT_FALSE(admission_->begin(claims[2], kStart));
  EXPECT_FALSE(admission_->begin_for(claims[2], person(2), kStart)) << "somebody else now sits there";
}

TEST_F(AdmissionTest, ConnectionsOfOnePersonFromManyAddresses) {
  config_.connections_per_person = 2;
  config_.requests_per_person = 0;
  config_.request_burst = 100;
  make();
  std::vector<ClientClaim> claims(3);
  const auto ask = [this](ClientClaim& claim, std::uint32_t who) {
    EXPECT_FALSE(admission_->begin(claim, kStart));
    const auto limited = admission_->begin_for(claim, person(who), kStart);
    admission_->end(claim);
    return limited;
  };
  for (std::uint32_t i = 0; i < 3; ++i) ASSERT_FALSE(admission_->connect(claims[i], IpAddress::v4(i + 1), kStart));
  EXPECT_FALSE(ask(claims[0], 1));
  EXPECT_FALSE(ask(claims[1], 1));
  const auto limited = ask(claims[2], 1);
  ASSERT_TRUE(limited);
  EXPECT_EQ(limited->reason, Reason::TooManyConnections);
  EXPECT_EQ(limited->status, 429);
  EXPECT_FALSE(ask(claims[0], 1)) << "one that is counted stays, between its requests too";
  EXPECT_FALSE(ask(claims[0], 2)) << "somebody else signs in on it";
  EXPECT_FALSE(ask(claims[2], 1)) << "so the first person has a place again";
  EXPECT_TRUE(ask(claims[0], 1));
  {
    const ClientClaim gone(std::move(claims[1]));
  }
  EXPECT_FALSE(ask(claims[0], 1)) << "the connection went, and its place with it";
}

TEST_F(AdmissionTest, RateSaysWhenToComeBack) {
  config_.request_rate_per_address = 1;
  config_.request_burst = 2;
  make();
  ClientClaim claim;
  ASSERT_FALSE(admission_->connect(claim, kDesk, kStart));
  for (int i = 0; i < 2; ++i) {
    EXPECT_FALSE(admission_->begin(claim, kStart));
    admission_->end(claim);
  }
  const auto limited = admission_->begin(claim, kStart + milliseconds(100));
  ASSERT_TRUE(limited);
  EXPECT_EQ(limited->retry_after, seconds(1));
  admission_->end(claim);
  EXPECT_FALSE(admission_->begin(claim, kStart + seconds(1)));
}

TEST_F(AdmissionTest, RefusedRequestTakesNoPlace) {
  ClientClaim claim;
  config_.request_rate_per_address = 1;
  config_.request_burst = 1;
  make();
  ASSERT_FALSE(admission_->connect(claim, kDesk, kStart));
  EXPECT_FALSE(admission_->begin(claim, kStart));
  admission_->end(claim);
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(admission_->begin(claim, kStart));
    admission_->end(claim);
  }
  EXPECT_FALSE(admission_->begin(claim, kStart + seconds(2)));
}

TEST_F(AdmissionTest, ExemptAddressHasNoLimitsButItsPeopleHave) {
  config_.requests_per_person = 1;
  make();
  const IpAddress nat = *IpAddress::parse("192.168.1.1");
  std::vector<ClientClaim> claims(20);
  for (auto& claim : claims) {
    ASSERT_FALSE(admission_->connect(claim, nat, kStart));
    ASSERT_FALSE(admission_->begin(claim, kStart));
    ASSERT_FALSE(admission_->begin_for(claim, person(9, IdentityMethod::Address), kStart));
  }
  admission_->end(claims[0]);
  admission_->end(claims[1]);
  ASSERT_FALSE(admission_->begin(claims[0], kStart));
  ASSERT_FALSE(admission_->begin(claims[1], kStart));
  EXPECT_FALSE(admission_->begin_for(claims[0], person(1), kStart));
  EXPECT_TRUE(admission_->begin_for(claims[1], person(1), kStart));
}

TEST_F(AdmissionTest, FullTableServesWhoIsKnown) {
  std::vector<ClientClaim> crowd(10'000);
  std::uint32_t host = 0;
  for (auto& claim : crowd) ASSERT_FALSE(admission_->connect(claim, IpAddress::v4(++host), kStart));
  EXPECT_EQ(tables_.addresses.in_use(), 64u);
  EXPECT_GT(counters_.untracked_clients_total.get(), 9'000u);
  ClientClaim& untracked = crowd.back();
  ASSERT_FALSE(admission_->begin(untracked, kStart));
  const auto unknown = admission_->begin_for(untracked, {}, kStart);
  ASSERT_TRUE(unknown);
  EXPECT_EQ(unknown->status, 503);
  admission_->end(untracked);
  ASSERT_FALSE(admission_->begin(untracked, kStart));
  EXPECT_FALSE(admission_->begin_for(untracked, person(1), kStart));
  ASSERT_FALSE(admission_->begin(crowd.front(), kStart));
  EXPECT_FALSE(admission_->begin_for(crowd.front(), {}, kStart)) << "who is counted is asked who he is";
}

TEST_F(AdmissionTest, NewLimitsHoldFromNowOn) {
  ClientClaim one, two, three;
  ASSERT_FALSE(admission_->connect(one, kDesk, kStart));
  config_.connections_per_address = 1;
  admission_->adopt(config_);
  EXPECT_TRUE(admission_->connect(two, kDesk, kStart));
  config_.exempt.push_back(kDesk.to_string());
  admission_->adopt(config_);
  EXPECT_FALSE(admission_->connect(three, kDesk, kStart));
}

TEST(ReadRanges, NamesTheEntryThatIsWrong) {
  EXPECT_EQ(read_ranges({"10.0.0.0/8", "::1"}).value().size(), 2u);
  const auto wrong = read_ranges({"10.0.0.0/8", "10.0.0.1/8"});
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().context.find("'10.0.0.1/8'"), std::string::npos);
}

}  // namespace
}  // namespace citygate::proxy
