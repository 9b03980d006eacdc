// decide() and Directory::by_address() run on a worker's loop: neither may allocate. Counted by an operator new of our
// own.
#include <gtest/gtest.h>

#include <atomic>
#include "tests/support/counting_new.h"
#include "tests/unit/policy/support.h"

using citygate::tests::allocations;

namespace citygate::policy {
namespace {

constexpr std::string_view kPolicy = R"(
[city]
name = "Springfield"
time_zone = "America/Chicago"
[[window]]
name = "lunch"
days = ["mon", "tue", "wed", "thu", "fri", "sun"]
from = "12:00"
to = "13:00"
[[quota]]
name = "time"
minutes_per_day = 30
[[rule]]
name = "social"
categories = ["social", "news"]
action = "personal"
windows = ["lunch"]
quota = "time"
[[rule]]
name = "weapons"
categories = ["weapons"]
action = "warn"
[[sanctioned]]
title = "VPN"
hosts = ["vpn.city.example"]
owner = "it"
until = 2035-01-01
[[grant]]
kind = "law-enforcement"
case = "1"
officers = ["mia"]
categories = ["gambling"]
end = 2027-12-31
)";

TEST(Allocation, CounterCounts) {
  const std::size_t before = allocations;
  ::operator delete(::operator new(1));
  EXPECT_EQ(allocations, before + 1);
}

TEST(Allocation, NoneWhileDeciding) {
  City city;
  ASSERT_TRUE(city.load(kPolicy)) << city.problems().to_string();
  std::size_t decisions = 0;
  for (const auto person : {"pat", "mia", "nobody"}) {
    for (const auto hour :
         {"2026-11-20T12:10:00", "2026-11-20T14:00:00", "2026-03-08T00:30:00", "2026-11-01T00:30:00"}) {
      for (const std::vector<std::string_view>& categories :
           std::vector<std::vector<std::string_view>>{{},
                                                      {"news"},
                                                      {"news", "social", "video"},
                                                      {"gambling"},
                                                      {"weapons"},
                                                      {"vpn"},
                                                      {"malware"},
                                                      {"gambling", "news"}}) {
        Request request(city, person, categories, hour);
        for (const auto used : {0, 40}) {
          request.usage.today[city.quota("time")].attended = std::chrono::minutes(used);
          const std::size_t before = allocations;
          const Verdict verdict = city.decide(request.facts);
          const std::size_t after = allocations;
          EXPECT_EQ(after, before) << to_string(verdict.reason);
          ++decisions;
        }
      }
    }
  }
  EXPECT_EQ(decisions, 192U);
}

// Grants of every kind, an acknowledged text, a suspension to come, hours of personal devices: no step allocates.
TEST(Allocation, NoneUnderGrantsAndOrders) {
  City city;
  ASSERT_TRUE(
      city.load(std::string(kPolicy) +
                "[acknowledgement]\ntext = \"a text that is longer than a short string\"\n"
                "[personal_devices]\naction = \"allow\"\nwindows = [\"lunch\"]\ncity_networks = [\"10.0.0.0/8\"]\n"
                "[[rule]]\nname = \"games\"\ncategories = [\"games\"]\naction = \"block\"\n"))
      << city.problems().to_string();
  std::vector<Grant> grants;
  for (unsigned kind = 0; kind <= static_cast<unsigned>(kLastGrantKind); ++kind) {
    Grant grant;
    grant.id = GrantId{kind + 1};
    grant.kind = static_cast<GrantKind>(kind);
    grant.subjects = {city.subject("mia").person};
    for (const auto& category : city.taxonomy().all()) grant.categories.insert(category.id);
    grant.host = kind % 2 ? "site.example" : "";
    grant.start = WallTime::min();
    grant.end = time(city, "2030-01-01");
    grants.push_back(grant);
  }
  const GrantBook book(std::move(grants));
  Standing standing;
  standing.acknowledged = city.rules().acknowledgement({}, Subject::Kind::Person)->version;
  standing.acknowledged_at = time(city, "2026-11-01");
  standing.barred = Reason::Suspended;
  standing.barred_from = time(city, "2026-12-01");
  std::size_t allowed = 0;
  for (const std::vector<std::string_view>& categories :
       std::vector<std::vector<std::string_view>>{{}, {"news"}, {"games"}, {"video", "social"}, {"gambling"}, {"vpn"}})
    for (const auto stage : {Stage::Request, Stage::Tick}) {
      Request request(city, "mia", categories, "2026-11-20T14:00:00");
      request.facts.stage = stage;
      request.facts.standing = &standing;
      request.facts.subject.personal_device = true;
      const std::size_t before = allocations;
      const Verdict verdict = policy::decide(request.facts, city.rules(), book);
      EXPECT_EQ(allocations, before) << to_string(verdict.reason);
      allowed += verdict.ruling == Ruling::Allow;
    }
  EXPECT_EQ(allowed, 10U);  // all but the vpn
}

TEST(Allocation, NoneWhileLookingUpPeople) {
  City city;
  const auto address = *IpAddress::parse("10.0.1.77");
  const std::size_t before = allocations;
  const Person* found = city.people().by_address(address, WallTime{});
  const Person* named = city.people().by_name("mia");
  const Person* numbered = city.people().by_id(found ? found->id : PersonId{});
  EXPECT_EQ(allocations, before);
  EXPECT_EQ(found, named);
  EXPECT_EQ(found, numbered);
}

}  // namespace
}  // namespace citygate::policy
