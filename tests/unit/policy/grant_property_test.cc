// Random people do random things with grants, thousands of times: what must never happen, whatever they do.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <set>

#include "tests/unit/policy/grant_desk.h"

namespace citygate::policy {
namespace {

constexpr std::string_view kEverybody[] = {"max",  "cora", "carl", "mia.mis", "ivy", "cody",  "dora",
                                           "dana", "sue",  "pat",  "quinn",   "kim", "lee",   "ray",
                                           "sgt",  "mia",  "sam",  "room",    "gia", "nobody"};
constexpr std::string_view kSha = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

class Crowd {
 public:
  explicit Crowd(unsigned seed) : random_(seed) {}

  std::size_t below(std::size_t bound) { return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_); }
  std::string_view anybody() { return kEverybody[below(std::size(kEverybody))]; }

  Result<std::string> ask(GrantDesk& desk) {
    const auto by = anybody(), whom = anybody(), about = anybody();
    switch (below(8)) {
      case 0: return desk.ask("law-enforcement", by, {{"case", "7"}, {"for", whom}, {"categories", "gambling"}});
      case 1: return desk.ask("exemption", by, {{"for", whom}, {"categories", "games"}});
      case 2: return desk.ask("streaming-permit", by, {{"for", whom}, {"host", "radio.example"}});
      case 3: return desk.ask("business-use", by, {{"for", whom}, {"categories", "news"}});
      case 4:
        return desk.ask("software-download", by, {{"for", whom}, {"sha256", kSha}, {"url", "http://t.example/x"}});
      case 5: return desk.ask("guest-account", by, {{"for", "joe"}, {"sponsor", whom}});
      case 6: return desk.ask("personal-device", by, {{"for", whom}, {"description", "phone"}});
      default: return desk.ask("record-access", by, {{"for", whom}, {"about", about}});
    }
  }

 private:
  std::mt19937 random_;
};

// What the acts of a grant say, read without the fold.
void check_agreed(GrantDesk& desk, const GrantCase& grant) {
  std::set<std::string> signers;
  for (const auto& step : grant.steps) {
    ASSERT_FALSE(step.approved_by.empty()) << grant.grant.name;
    EXPECT_NE(std::ranges::find(step.approvers, step.approved_by), step.approvers.end());
    EXPECT_TRUE(signers.insert(step.approved_by).second)
        << step.approved_by << " signed twice for " << grant.grant.name;
    EXPECT_FALSE(is_concerned(grant, step.approved_by)) << step.approved_by << " decided about " << grant.grant.name;
    EXPECT_LE(step.approved_at, grant.grant.start);
    const Person* person = desk.city.people().by_name(step.approved_by);
    ASSERT_NE(person, nullptr);
    EXPECT_EQ(person->kind, PersonKind::Person);
  }
  std::size_t approvals = 0;
  ASSERT_TRUE(desk.acts.scan(1, [&](const Act& act) {
    approvals += act.kind == ActKind::GrantApprove && act.subject == grant.grant.name ? 1 : 0;
    return true;
  }));
  EXPECT_EQ(approvals, grant.steps.size());
}

TEST(GrantProperty, NobodyOutsideTheChainBringsAGrantIntoForceAndNobodyHisOwn) {
  std::size_t agreed = 0;
  for (unsigned seed = 1; seed <= 20; ++seed) {
    GrantDesk desk;
    Crowd crowd(seed);
    std::vector<std::string> names{"exemption/99"};
    for (int i = 0; i < 600; ++i) {
      const auto name = names[crowd.below(names.size())];
      switch (crowd.below(6)) {
        case 0:
          if (auto asked = crowd.ask(desk)) names.push_back(*asked);
          break;
        case 1: static_cast<void>(desk.refuse(name, crowd.anybody())); break;
        case 2:
          if (crowd.below(4) == 0) static_cast<void>(desk.withdraw(name, crowd.anybody()));
          break;
        case 3:
          if (crowd.below(20) == 0) desk.bar(kEverybody[crowd.below(19)], Reason::Suspended);
          desk.clock.set(desk.clock.now() + std::chrono::minutes(crowd.below(90)));
          break;
        default: static_cast<void>(desk.approve(name, crowd.anybody())); break;
      }
    }
    desk.fold.cases([&](const GrantCase& grant) {
      if (grant.state == GrantCase::State::Agreed) {
        ++agreed;
        check_agreed(desk, grant);
      }
      return true;
    });
    // What is in force is agreed to, not withdrawn, and within its term.
    const auto book = desk.fold.book_upon(desk.city.grants());
    for (const auto& grant : book->all()) {
      const auto found = desk.fold.find(grant.name);
      ASSERT_TRUE(found);
      EXPECT_EQ(found->state, GrantCase::State::Agreed);
    }
  }
  EXPECT_GT(agreed, 40U) << "the crowd must reach what it is to be kept from";
}

TEST(GrantProperty, WithoutThePeopleOfTheChainNothingComesIntoForce) {
  for (unsigned seed = 1; seed <= 10; ++seed) {
    GrantDesk desk;
    Crowd crowd(seed);
    const auto name = desk.ask("exemption", "pat", {{"categories", "games"}});
    ASSERT_TRUE(name);
    for (int i = 0; i < 400; ++i) {
      const auto who = crowd.anybody();
      if (who == "sue" && crowd.below(2) == 0) static_cast<void>(desk.approve(*name, who));  // one of two
      if (who != "kim" && who != "sue")
        static_cast<void>(desk.approve(*name, who, crowd.below(2) == 0 ? "it-director" : ""));
      ASSERT_FALSE(desk.in_force(*name));
    }
  }
}

}  // namespace
}  // namespace citygate::policy
