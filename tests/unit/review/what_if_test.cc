#include "review/what_if.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "review/effective_policy.h"
#include "tests/unit/review/support.h"

namespace citygate::review {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::EndsWith;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::string_view kLunch = "2026-11-20T12:10:00", kAfternoon = "2026-11-20T14:00:00";  // a Friday

policy::Grant grant_for(const World& world, policy::GrantKind kind, std::string_view person,
                        std::string_view category) {
  policy::Grant grant;
  grant.id = GrantId{77};
  grant.name = std::string(to_string(kind)) + "/77";
  grant.kind = kind;
  grant.subjects = {world.people->by_name(person)->id};
  grant.categories.insert(world.category(category));
  grant.start = WallTime::min();
  grant.end = WallTime::max();
  return grant;
}

TEST(WhatWouldChange, IsNothingWhereItIsAllowed) {
  EXPECT_THAT(World().ask("pat", "http://play.example/", kLunch).what_would_change, IsEmpty());
}

TEST(WhatWouldChange, OfWhatIsProhibitedIsNoHourAndNoPermission) {
  const auto it = World().ask("pat", "http://casino.example/", kLunch);
  EXPECT_THAT(it.what_would_change,
              ElementsAre(HasSubstr("only a sealed law-enforcement grant does"), HasSubstr("lists are wrong")));
}

TEST(WhatWouldChange, OutsideOfAWindowIsTheHourOrAPermission) {
  const auto it = World().ask("pat", "http://friends.example/", kAfternoon);
  EXPECT_EQ(it.verdict.reason, Reason::OutsideWindow);
  EXPECT_THAT(it.what_would_change, Contains(AllOf(HasSubstr("At 2026-11-23 12:00:00 CST"), HasSubstr("allowed"))));
  EXPECT_THAT(it.what_would_change,
              Contains(AllOf(HasSubstr("as a person's work"), HasSubstr("names nobody who could give it"))));
}

TEST(WhatWouldChange, OfAUsedUpQuotaIsTheNextDay) {
  World world;
  const QuotaId quota = world.loaded.rules->quotas({}).front().id;
  world.usage.today[quota].attended = std::chrono::minutes(30);
  const auto it = world.ask("pat", "http://friends.example/", kLunch);
  EXPECT_EQ(it.verdict.reason, Reason::MinutesUsedUp);
  EXPECT_THAT(it.what_would_change, Contains(HasSubstr("At 2026-11-23 12:00:00 CST")));
}

TEST(WhatWouldChange, OfASuspensionIsItsOrder) {
  World world;
  policy::Standing standing;
  standing.barred = Reason::Suspended;
  standing.barred_from = WallTime::min();
  world.standing.set(world.people->by_name("pat")->id, standing);
  const auto it = world.ask("pat", "http://play.example/", kLunch);
  EXPECT_EQ(it.verdict.reason, Reason::Suspended);
  EXPECT_THAT(it.standing, HasSubstr("suspended"));
  EXPECT_THAT(it.what_would_change, Contains(AllOf(HasSubstr("order"), HasSubstr("it would be allowed"))));
  EXPECT_THAT(render(it),
              AllOf(HasSubstr("Who is asking: known. Access to the web is suspended"), HasSubstr("would change")));
}

TEST(WhatWouldChange, IsSentencesOfOneStop) {
  World world;
  policy::Standing standing;
  standing.barred = Reason::Suspended;
  standing.barred_from = WallTime::min();
  world.standing.set(world.people->by_name("pat")->id, standing);
  for (const auto& sentence : world.ask("pat", "http://casino.example/", kLunch).what_would_change)
    EXPECT_THAT(sentence, AllOf(EndsWith("."), Not(EndsWith("..")))) << sentence;
}

TEST(Explain, TellsPermissionsAndWhetherTheyWereReliedOn) {
  World world;
  std::vector<policy::Grant> grants{grant_for(world, policy::GrantKind::BusinessUse, "pat", "social")};
  grants.push_back(grant_for(world, policy::GrantKind::LawEnforcement, "pat", "pornography"));
  grants.back().id = GrantId{78};
  world.loaded.grants = std::make_shared<const policy::GrantBook>(grants);
  const auto it = world.ask("pat", "http://friends.example/", kAfternoon);
  EXPECT_EQ(it.verdict.ruling, Ruling::Allow);
  EXPECT_THAT(it.what_would_change, IsEmpty());
  EXPECT_THAT(it.grants, ElementsAre(AllOf(HasSubstr("business-use/77"), HasSubstr("relied on"))));
  EXPECT_THAT(world.ask("mia", "http://friends.example/", kAfternoon).grants, IsEmpty());
  EXPECT_THAT(world.ask("pat", "http://play.example/", kAfternoon).grants, ElementsAre(HasSubstr("no difference")));
}

TEST(EffectivePolicy, TellsWhoWhatAndUntilWhen) {
  World world;
  const auto* pat = world.people->by_name("pat");
  policy::Standing standing;
  standing.barred = Reason::Suspended;
  standing.barred_from = parse_time("2026-11-21T00:00:00", world.loaded.rules->zone()).value();
  standing.barred_until = parse_time("2026-11-24T00:00:00", world.loaded.rules->zone()).value();
  world.standing.set(pat->id, standing);
  const auto at = [&](std::string_view time, bool with_usage) {
    EffectiveQuestion question{.person = *pat,
                               .at = parse_time(time, world.loaded.rules->zone()).value(),
                               .standing = world.standing,
                               .usage = with_usage ? &world.usage : nullptr};
    policy::GrantCase sealed, asked;
    sealed.grant = grant_for(world, policy::GrantKind::LawEnforcement, "pat", "gambling");
    sealed.state = asked.state = policy::GrantCase::State::Asked;
    asked.grant = grant_for(world, policy::GrantKind::Streaming, "pat", "video");
    asked.categories = {"video"};
    question.permissions = {sealed, asked};
    return effective_policy({*world.loaded.rules, *world.loaded.grants, *world.taxonomy, *world.people}, question);
  };
  const std::string friday = at(kLunch, true);
  EXPECT_THAT(friday, HasSubstr("Pat Reed (pat)"));
  EXPECT_THAT(friday, HasSubstr("access       open"));
  EXPECT_THAT(friday, HasSubstr("an order takes effect at 2026-11-21 00:00:00 CST"));
  EXPECT_THAT(friday, HasSubstr("nothing is to be acknowledged"));
  EXPECT_THAT(friday, HasSubstr("0 of 30 minutes (Personal use)"));
  EXPECT_THAT(friday, HasSubstr("streaming-permit/77"));
  EXPECT_THAT(friday, Not(HasSubstr("law-enforcement/77")));
  EXPECT_THAT(friday, HasSubstr("S1-h"));
  const std::string sunday = at("2026-11-22T12:00:00", false);
  EXPECT_THAT(sunday, HasSubstr("suspended since 2026-11-21 00:00:00 CST, until 2026-11-24 00:00:00 CST"));
  EXPECT_THAT(sunday, Not(HasSubstr("Used today")));
}

}  // namespace
}  // namespace citygate::review
