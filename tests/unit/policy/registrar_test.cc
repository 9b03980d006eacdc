// The registrar itself: what is kept, folded and told, alone, in batches and after others.
#include <atomic>
#include <thread>

#include "tests/unit/policy/registrar_fixture.h"

namespace citygate::policy {
namespace {

using Effect = Registrar::Effect;
using std::chrono::hours;

TEST_F(RegistrarTest, SameActsGiveTheSameStateAgain) {
  ASSERT_TRUE(enact(ActKind::Suspend, "pat", {{"until", "2026-11-23"}}));
  ASSERT_TRUE(enact(ActKind::Suspend, "sam"));
  ASSERT_TRUE(enact(ActKind::Acknowledge, "sam", {{"method", "portal"}}));
  ASSERT_TRUE(enact(ActKind::Reinstate, "sam"));
  ASSERT_TRUE(enact(ActKind::Separate, "sam", {{"at", "2026-12-01"}}));
  const Standing pat = standing("pat"), sam = standing("sam");
  open();
  EXPECT_EQ(standing("pat"), pat);
  EXPECT_EQ(standing("sam"), sam);
  EXPECT_EQ(registrar->folded(), 5U);
}

TEST_F(RegistrarTest, NothingChangesWhenTheActCannotBeKept) {
  acts.full = true;
  EXPECT_EQ(refused(ActKind::Suspend, "pat"), "no space left");
  EXPECT_EQ(standing("pat"), Standing{});
  EXPECT_TRUE(effects.empty());
}

TEST_F(RegistrarTest, AnActThatAnotherHasComeBeforeIsPreparedForTheNextNumber) {
  acts.come_between = true;
  ASSERT_TRUE(enact(ActKind::Suspend, "pat"));
  EXPECT_EQ(acts.last(), 2U);
  EXPECT_EQ(registrar->folded(), 2U);
  EXPECT_EQ(order(standing("pat").order), "suspend/2");
}

TEST_F(RegistrarTest, OfSeveralActsAllAreKeptOrNone) {
  const auto wrong = registrar->enact(std::vector{act(ActKind::Suspend, "pat"), act(ActKind::Reinstate, "sam")});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().context,
            "the 2. of 2 acts (reinstate sam): 'sam' is neither suspended nor separated: there is nothing to lift");
  EXPECT_EQ(acts.last(), 0U);
  EXPECT_EQ(standing("pat"), Standing{});
  // The second needs the first.
  ASSERT_TRUE(registrar->enact(std::vector{act(ActKind::Suspend, "pat"), act(ActKind::Reinstate, "pat")}));
  EXPECT_EQ(acts.last(), 2U);
  EXPECT_EQ(effects, std::vector{Effect::Tightens});
}

TEST_F(RegistrarTest, ActThatIsNotUnderstoodIsNamedAndNothingOpens) {
  ASSERT_TRUE(acts.append({act(ActKind::Suspend, "pat", {{"from", "2026-11-20T18:00:00.000000Z"}, {"hosts", "all"}})}));
  const auto opened = ActRegistrar::open(needs());
  ASSERT_FALSE(opened);
  EXPECT_EQ(
      opened.error().context,
      "act 1 (suspend, by 'mia', 2026-11-20T18:00:00.000000Z) is not understood: 'suspend' has no field 'hosts'; if a "
      "newer version has written it, use that version");
}

TEST_F(RegistrarTest, ActThatWasKeptAndNotFoldedCountsWithTheNext) {
  names.full = true;
  EXPECT_EQ(
      refused(ActKind::Suspend, "pat"),
      "act 1 was kept and is not in force yet, but will be with the next act, or when the gateway starts: act 1: no "
      "space left for names");
  EXPECT_FALSE(standing("pat").barred_at(clock.now()));
  names.full = false;
  ASSERT_TRUE(enact(ActKind::Acknowledge, "sam", {{"method", "portal"}}));
  EXPECT_TRUE(standing("pat").barred_at(clock.now()));
  EXPECT_EQ(effects, std::vector{Effect::Tightens}) << "what runs is decided again for the one before";
}

TEST_F(RegistrarTest, ActAfterTheClockWentBackIsUnderstood) {
  ASSERT_TRUE(acts.append(
      {act(ActKind::Suspend, "pat", {{"from", "2026-11-20T18:00:00.000000Z"}, {"clock", "2 h 3 min before act 41"}})}));
  open();
  EXPECT_TRUE(standing("pat").barred_at(clock.now()));
  EXPECT_EQ(refused(ActKind::Suspend, "sam", {{"clock", "2 h"}}), "'suspend' has no field 'clock'");
}

TEST_F(RegistrarTest, ActsThatOthersKeptAreNoGap) {
  ASSERT_TRUE(enact(ActKind::Suspend, "pat"));
  ASSERT_TRUE(acts.append({act(ActKind::View, "pat"), act(ActKind::ListPublish, "ut1")}));
  ASSERT_TRUE(enact(ActKind::Reinstate, "pat"));
  EXPECT_EQ(registrar->folded(), 4U);
}

TEST_F(RegistrarTest, ProcessThatFinishesItsConnectionsFollows) {
  ASSERT_TRUE(enact(ActKind::Suspend, "pat"));
  MemoryActs nothing(clock);
  auto needs = this->needs();
  auto before = ActRegistrar::open(needs);
  ASSERT_TRUE(before);
  std::swap(registrar, *before);  // this one opened after the first act
  rebase();
  ASSERT_TRUE((*before)->enact(act(ActKind::Suspend, "sam")));
  std::vector<Act> all;
  ASSERT_TRUE(acts.scan(1, [&](const Act& each) { return all.push_back(each), true; }));
  const auto effect = registrar->follow(all);
  ASSERT_TRUE(effect) << effect.error().context;
  EXPECT_EQ(*effect, Effect::Tightens);
  EXPECT_TRUE(standing("sam").barred_at(clock.now()));
  EXPECT_EQ(registrar->follow(all).value(), Effect::None);
  all.erase(all.begin(), all.end());
  all.push_back(act(ActKind::View, "pat"));
  all.back().number = 9;
  EXPECT_EQ(registrar->follow(all).error().context, "act 3 is missing");
}

TEST_F(RegistrarTest, FilesThatAreReadAgainKeepTheOrders) {
  ASSERT_TRUE(enact(ActKind::Suspend, "pat"));
  rebase("[[department]]\nname = \"clerk\"\n[[person]]\nname = \"pat\"\ndepartment = \"clerk\"\n");
  EXPECT_TRUE(standing("pat").barred_at(clock.now()));
  EXPECT_EQ(registrar->state().people->people().size(), 1U);
}

TEST_F(RegistrarTest, ActBetweenReadingAndTakingTheFilesCounts) {
  Problems problems;
  auto draft = registrar->draft(Directory::parse(kPeople, "people.toml", city.names(), problems),
                                [&](const Directory& known) -> Result<Rulebook::Loaded> {
                                  return Rulebook::parse(kRegistrarPolicy, "policy.toml", city.taxonomy(), known,
                                                         city.names(), problems);
                                });
  ASSERT_TRUE(draft);
  ASSERT_TRUE(enact(ActKind::Suspend, "pat"));
  ASSERT_TRUE(registrar->take(std::move(*draft)));
  EXPECT_TRUE(standing("pat").barred_at(clock.now()));
}

// For the thread sanitizer: one suspends and reinstates, others read.
TEST_F(RegistrarTest, ReadersSeeWholeStatesWhileOthersAct) {
  registrar->on_change([](Effect) {});
  std::atomic<bool> done = false;
  std::atomic<std::uint64_t> odd = 0;
  const auto read = [&] {
    while (!done) {
      const auto state = registrar->state();
      const Standing* known = state.standing->of(state.people->by_name("pat")->id);
      if (known && known->barred_at(clock.now()) != static_cast<bool>(known->order)) ++odd;
      registrar->grants([](const GrantCase&) { return true; });
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) threads.emplace_back(read);
  std::thread other([&] {
    for (int i = 0; i < 50; ++i) EXPECT_TRUE(enact(ActKind::Acknowledge, "sam", {{"method", "portal"}}));
  });
  for (int i = 0; i < 50; ++i) {
    EXPECT_TRUE(enact(ActKind::Suspend, "pat"));
    EXPECT_TRUE(enact(ActKind::Reinstate, "pat"));
  }
  other.join();
  done = true;
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(odd, 0U);
  EXPECT_EQ(registrar->folded(), 150U);
}

}  // namespace
}  // namespace citygate::policy
