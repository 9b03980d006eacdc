#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "policy/act_registrar.h"
#include "policy/digest.h"
#include "tests/unit/policy/support.h"

namespace citygate::policy {
namespace {

using Effect = Registrar::Effect;
using std::chrono::hours;

constexpr std::string_view kPolicy = R"(
[city]
name = "Springfield"
time_zone = "America/Chicago"
[acknowledgement]
title = "Use of the internet"
text = "Work first."
[acknowledgement.guests]
text = "Guests leave no trace."
[acknowledgement.access]
title = "Records"
text = "What I see stays here."
)";
constexpr std::string_view kText = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

// A journal that fails when told to, and counts.
class TroubledActs final : public ActJournal {
 public:
  explicit TroubledActs(const Clock& clock) : kept(clock) {}
  Result<std::vector<Act>> append(std::vector<Act> acts) override {
    if (full) return fail(Error::Kind::Storage, "no space left");
    if (std::exchange(come_between, false)) {
      Act other = acts.front();
      other.kind = ActKind::View;
      EXPECT_TRUE(kept.append({other}));
      return number_taken(kept.last());
    }
    return kept.append(std::move(acts));
  }
  Result<void> scan(std::uint64_t from, const std::function<bool(const Act&)>& visit) const override {
    return kept.scan(from, visit);
  }
  std::uint64_t last() const override { return kept.last(); }

  MemoryActs kept;
  bool full = false, come_between = false;  // another act, while one is prepared
};

// Names that cannot be kept for a while.
class TroubledNames final : public NameSource {
 public:
  explicit TroubledNames(NameSource& known) : known_(known) {}
  Result<std::uint32_t> intern(NameKind kind, std::string_view name) override {
    if (full && !known_.find(kind, name)) return fail(Error::Kind::Storage, "no space left for names");
    return known_.intern(kind, name);
  }
  std::optional<std::uint32_t> find(NameKind kind, std::string_view name) const override {
    return known_.find(kind, name);
  }
  std::string name(NameKind kind, std::uint32_t number) const override { return known_.name(kind, number); }

  bool full = false;

 private:
  NameSource& known_;
};

class RegistrarTest : public testing::Test {
 protected:
  RegistrarTest() { open(); }

  ActRegistrar::Needs needs() {
    return {.journal = acts, .secrets = acts.kept, .names = names, .taxonomy = city.taxonomy(), .clock = clock};
  }
  void open() {
    auto opened = ActRegistrar::open(needs());
    ASSERT_TRUE(opened) << opened.error().context;
    registrar = std::move(*opened);
    rebase();
    registrar->on_change([this](Effect effect) { effects.push_back(effect); });
  }
  void rebase(std::string_view people = kPeople) {
    Problems problems;
    const auto zone = Zone::open("America/Chicago");
    ASSERT_TRUE(zone);
    auto draft = registrar->draft(Directory::parse(people, "people.toml", city.names(), problems, &*zone),
                                  [&](const Directory& known) -> Result<Rulebook::Loaded> {
                                    return Rulebook::parse(kPolicy, "policy.toml", city.taxonomy(), known, city.names(),
                                                           problems);
                                  });
    ASSERT_TRUE(draft) << draft.error().context;
    ASSERT_TRUE(problems.list().empty()) << problems.to_string();
    ASSERT_TRUE(registrar->take(std::move(*draft)));
  }

  static Act act(ActKind kind, std::string subject, ActFields fields = {}) {
    return {.kind = kind,
            .author = "mia",
            .via = "control socket, user root",
            .reason = "Case 12",
            .subject = std::move(subject),
            .fields = std::move(fields)};
  }
  Result<Act> enact(ActKind kind, std::string subject, ActFields fields = {}) {
    return registrar->enact(act(kind, std::move(subject), std::move(fields)));
  }
  // What the act was refused with.
  std::string refused(ActKind kind, std::string subject, ActFields fields = {}) {
    auto done = enact(kind, std::move(subject), std::move(fields));
    return done ? "it was done" : done.error().context;
  }
  Standing standing(std::string_view name) const {
    const auto state = registrar->state();
    const Standing* known = state.standing->of(state.people->by_name(name)->id);
    return known ? *known : Standing{};
  }
  std::string order(GrantId id) { return city.names().name(NameKind::Grant, id.value); }

  City city;
  DrivenClock clock{*parse_time("2026-11-20T12:00:00-06:00", Zone())};
  TroubledActs acts{clock};
  TroubledNames names{city.names()};
  std::unique_ptr<ActRegistrar> registrar;
  std::vector<Effect> effects;
};

TEST_F(RegistrarTest, SuspensionIsInForceWhenItIsTold) {
  bool barred = false;
  registrar->on_change(
      [&](Effect effect) { barred = effect == Effect::Tightens && standing("pat").barred_at(clock.now()); });
  const auto kept = enact(ActKind::Suspend, "pat");
  ASSERT_TRUE(kept) << kept.error().context;
  EXPECT_TRUE(barred);
  EXPECT_EQ(kept->number, 1U);
  EXPECT_EQ(kept->field("from"), "2026-11-20T18:00:00.000000Z");
  EXPECT_EQ(kept->field("until"), "");
  EXPECT_EQ(order(standing("pat").order), "suspend/1");
  EXPECT_EQ(standing("pat").barred, Reason::Suspended);
  EXPECT_EQ(standing("sam"), Standing{});
}

TEST_F(RegistrarTest, SuspensionHoldsFromItsStartToItsEnd) {
  ASSERT_TRUE(enact(ActKind::Suspend, "pat", {{"from", "2026-11-20T13:00:00"}, {"until", "2026-11-21"}}));
  const WallTime noon = clock.now();
  EXPECT_FALSE(standing("pat").barred_at(noon + hours(1) - std::chrono::microseconds(1)));
  EXPECT_TRUE(standing("pat").barred_at(noon + hours(1)));
  EXPECT_TRUE(standing("pat").barred_at(noon + hours(12) - std::chrono::microseconds(1)));
  EXPECT_FALSE(standing("pat").barred_at(noon + hours(12)));
}

TEST_F(RegistrarTest, SecondSuspensionMakesTheFirstLongerNeverShorter) {
  ASSERT_TRUE(enact(ActKind::Suspend, "pat", {{"until", "2026-11-23"}}));
  EXPECT_EQ(
      refused(ActKind::Suspend, "pat", {{"until", "2026-11-22"}}),
      "'pat' is suspended by suspend/1 until 2026-11-23 00:00:00 CST already; a second order makes that longer, never "
      "shorter: reinstate first if less is meant");
  EXPECT_EQ(
      refused(ActKind::Suspend, "pat", {{"from", "2026-11-24"}}),
      "'pat' is suspended by suspend/1 until 2026-11-23 00:00:00 CST already; order the next suspension when that is "
      "over, or one that begins at its end");
  const WallTime begun = standing("pat").barred_from;
  ASSERT_TRUE(enact(ActKind::Suspend, "pat", {{"from", "2026-11-22"}, {"until", "2026-11-30"}}));
  EXPECT_EQ(standing("pat").barred_from, begun);
  EXPECT_EQ(standing("pat").barred_until, *parse_time("2026-11-30T06:00:00Z", Zone()));
  EXPECT_EQ(order(standing("pat").order), "suspend/2");
  clock.set(*parse_time("2026-12-01T06:00:00Z", Zone()));
  ASSERT_TRUE(enact(ActKind::Suspend, "pat"));  // the earlier ones are past
  EXPECT_EQ(standing("pat").barred_from, clock.now());
}

TEST_F(RegistrarTest, ReinstatedPersonIsBarredByNothing) {
  ASSERT_TRUE(enact(ActKind::Suspend, "pat"));
  ASSERT_TRUE(enact(ActKind::Separate, "pat"));
  ASSERT_TRUE(enact(ActKind::Reinstate, "pat"));
  EXPECT_EQ(standing("pat"), Standing{});
  EXPECT_EQ(effects, (std::vector{Effect::Tightens, Effect::Tightens, Effect::Loosens}));
}

TEST_F(RegistrarTest, SeparationStandsBesideASuspension) {
  ASSERT_TRUE(enact(ActKind::Suspend, "pat", {{"until", "2026-11-21"}}));
  ASSERT_TRUE(enact(ActKind::Separate, "pat", {{"at", "2026-11-30"}}));
  const WallTime now = clock.now();
  EXPECT_TRUE(standing("pat").barred_at(now));
  EXPECT_FALSE(standing("pat").ended_at(now));
  EXPECT_FALSE(standing("pat").barred_at(now + hours(13)));
  EXPECT_TRUE(standing("pat").ended_at(now + hours(24 * 10)));
  EXPECT_EQ(order(standing("pat").ended_by), "separate/2");
  EXPECT_EQ(refused(ActKind::Separate, "pat", {{"at", "2026-12-24"}}),
            "the access of 'pat' ends at 2026-11-30 00:00:00 CST already, by separate/2");
  ASSERT_TRUE(enact(ActKind::Separate, "pat"));  // sooner
  EXPECT_TRUE(standing("pat").ended_at(now));
  EXPECT_EQ(refused(ActKind::Suspend, "pat"),
            "the access of 'pat' ends at 2026-11-20 12:00:00 CST: there is nothing left to suspend");
}

TEST_F(RegistrarTest, WhatIsWrongWithAnOrderIsSaid) {
  EXPECT_EQ(refused(ActKind::Suspend, "pta"), "the directory knows nobody by the name 'pta'; did you mean 'pat'?");
  EXPECT_EQ(refused(ActKind::Suspend, "mia"),
            "nobody orders about the own access: another person has to suspend 'mia'");
  EXPECT_EQ(refused(ActKind::Reinstate, "mia"),
            "nobody orders about the own access: another person has to reinstate 'mia'");
  EXPECT_EQ(refused(ActKind::Reinstate, "pat"), "'pat' is neither suspended nor separated: there is nothing to lift");
  EXPECT_EQ(refused(ActKind::Suspend, "pat", {{"from", "2026-11-23"}, {"until", "2026-11-22"}}),
            "the suspension would end at 2026-11-22 00:00:00 CST, before it begins at 2026-11-23 00:00:00 CST");
  EXPECT_EQ(refused(ActKind::Suspend, "pat", {{"until", "2026-11-19"}}),
            "the suspension would have ended at 2026-11-19 00:00:00 CST, and it is 2026-11-20 12:00:00 CST now");
  EXPECT_EQ(
      refused(ActKind::Suspend, "pat", {{"until", "tomorrow"}}),
      "'tomorrow' is no time for 'until'; write 2026-11-21T12:00:00 (by the city's clock) or 2026-11-21T18:00:00Z");
  EXPECT_EQ(refused(ActKind::Suspend, "pat", {{"untill", "2026-11-29"}}),
            "'suspend' has no field 'untill'; did you mean 'until'?");
  EXPECT_EQ(acts.last(), 0U);
  EXPECT_EQ(standing("pat"), Standing{});
  EXPECT_TRUE(effects.empty());
}

TEST_F(RegistrarTest, OrderNeedsAReasonAndAnAuthorWhoIsSomebody) {
  Act order = act(ActKind::Suspend, "pat");
  order.reason.clear();
  EXPECT_EQ(registrar->enact(order).error().context, "'suspend' needs a reason: it stands in the personnel file");
  order = act(ActKind::Suspend, "pat");
  order.author = "kiosk";
  EXPECT_EQ(registrar->enact(order).error().context, "'kiosk' is a device, and no author of acts");
  order.author = "";
  EXPECT_EQ(registrar->enact(order).error().kind, Error::Kind::Malformed);
  order.author = "min";
  EXPECT_EQ(registrar->enact(order).error().kind, Error::Kind::NotFound);
  order.author = "gateway";
  EXPECT_TRUE(registrar->enact(order));
}

TEST_F(RegistrarTest, GuestIsOutWhenTheStayIsOver) {
  const std::string people = std::string(kPeople) + R"(
[[guest]]
name = "kay"
department = "clerk"
sponsor = "pat"
purpose = "audit"
end = 2026-11-30T12:00:00Z
)";
  rebase(people);
  EXPECT_TRUE(standing("kay").ended_at(*parse_time("2026-11-30T12:00:00Z", Zone())));
  EXPECT_FALSE(standing("kay").ended_by);
  EXPECT_FALSE(standing("kay").ended_at(clock.now()));
  rebase();
  EXPECT_EQ(registrar->state().people->by_name("kay"), nullptr);
}

TEST_F(RegistrarTest, WhoIsBarredActsForNobodyButMaySignThePolicy) {
  Act order = act(ActKind::Suspend, "mia");
  order.author = "sam";
  ASSERT_TRUE(registrar->enact(order));
  EXPECT_EQ(refused(ActKind::Suspend, "pat"),
            "the access of 'mia' was ended by an order: somebody else has to do this");
  EXPECT_TRUE(enact(ActKind::Acknowledge, "mia", {{"method", "portal"}}));
}

TEST_F(RegistrarTest, ReceiptSaysWhichTextWasAcknowledgedAndWhen) {
  const std::string text = to_hex(sha256_of("Work first."));
  const auto kept = enact(ActKind::Acknowledge, "pat", {{"method", "signed on paper"}});
  ASSERT_TRUE(kept) << kept.error().context;
  EXPECT_EQ(kept->field("text"), text) << "what the policy asks of this person now";
  EXPECT_EQ(standing("pat").acknowledged.value, first_eight(sha256_of("Work first.")));
  EXPECT_EQ(standing("pat").acknowledged_at, clock.now());
  EXPECT_FALSE(standing("pat").access_agreement);
  ASSERT_TRUE(enact(ActKind::AcknowledgeAccess, "pat", {{"method", "portal"}}));
  EXPECT_EQ(standing("pat").access_agreement.value, first_eight(sha256_of("What I see stays here.")));
  EXPECT_EQ(effects, (std::vector{Effect::Loosens, Effect::None}));
}

TEST_F(RegistrarTest, WhatIsWrongWithAReceiptIsSaid) {
  const std::string text = to_hex(sha256_of("Work first."));
  EXPECT_EQ(refused(ActKind::Acknowledge, "pat", {{"text", "0123"}, {"method", "portal"}}),
            "'text' is the SHA-256 of the text that was acknowledged: 64 digits, 0-9 and a-f");
  EXPECT_EQ(refused(ActKind::Acknowledge, "pat", {{"text", std::string(kText)}, {"method", "portal"}}),
            "the text has changed since it was shown: 'pat' has to read it as it is now");
  EXPECT_EQ(refused(ActKind::Acknowledge, "pat", {{"text", text}}),
            "'method' is missing: say how it was acknowledged, \"portal\" or \"signed on paper\"");
  EXPECT_EQ(refused(ActKind::Acknowledge, "kiosk", {{"method", "portal"}}),
            "'kiosk' is a device and stands for nobody: it acknowledges nothing");
}

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

TEST_F(RegistrarTest, OrderHoldsAlsoByAClockThatWasPutBack) {
  ASSERT_TRUE(enact(ActKind::Suspend, "pat", {{"until", "2026-12-01"}}));
  ASSERT_TRUE(enact(ActKind::Separate, "sam"));
  clock.set(clock.now() - hours(1));  // it was an hour ahead
  EXPECT_TRUE(standing("pat").barred_at(clock.now()));
  EXPECT_TRUE(standing("sam").ended_at(clock.now()));
  EXPECT_FALSE(standing("pat").as_dated().barred_at(clock.now())) << "by the dates it was not yet so";
  ASSERT_TRUE(enact(ActKind::Reinstate, "pat"));
  EXPECT_FALSE(standing("pat").barred_at(clock.now()));
  ASSERT_TRUE(enact(ActKind::Reinstate, "sam"));
  EXPECT_FALSE(standing("sam").ended_at(clock.now()));
  ASSERT_TRUE(enact(ActKind::Suspend, "pat", {{"from", "2026-11-21"}}));
  EXPECT_FALSE(standing("pat").barred_at(clock.now())) << "it begins tomorrow";
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
  auto draft =
      registrar->draft(Directory::parse(kPeople, "people.toml", city.names(), problems),
                       [&](const Directory& known) -> Result<Rulebook::Loaded> {
                         return Rulebook::parse(kPolicy, "policy.toml", city.taxonomy(), known, city.names(), problems);
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

// --- the fold alone

Act kept(std::uint64_t number, WallTime time, ActKind kind, std::string subject) {
  Act act;
  act.number = number;
  act.time = time;
  act.kind = kind;
  act.subject = std::move(subject);
  return act;
}

TEST(StandingFold, GuestsTermEndsAndASeparationBeforeItStands) {
  MemoryNames names;
  StandingFold fold;
  const PersonId guest{*names.intern(NameKind::Person, "visitor")};
  const auto at = [](int hour) { return WallTime(hours(hour)); };
  fold.set_terms({{guest, at(10)}});
  EXPECT_TRUE(fold.table()->of(guest)->ended_at(at(10)));
  EXPECT_FALSE(fold.table()->of(guest)->ended_by);
  Act separate = kept(7, at(1), ActKind::Separate, "visitor");
  separate.fields["at"] = format_utc(at(12));
  ASSERT_TRUE(fold.apply(separate, names));
  EXPECT_EQ(fold.table()->of(guest)->ends, at(10));  // the term is over before
  fold.set_terms({{guest, at(20)}});
  EXPECT_EQ(fold.table()->of(guest)->ends, at(12));
  EXPECT_EQ(names.name(NameKind::Grant, fold.table()->of(guest)->ended_by.value), "separate/7");
  fold.set_terms({});
  EXPECT_EQ(fold.table()->of(guest)->ends, at(12));
  ASSERT_TRUE(fold.apply(kept(8, at(2), ActKind::Reinstate, "visitor"), names));
  EXPECT_EQ(*fold.table()->of(guest), Standing{});
}

TEST(StandingFold, TablesGivenOutStayAsTheyWere) {
  MemoryNames names;
  StandingFold fold;
  Act receipt = kept(1, {}, ActKind::Acknowledge, "pat");
  receipt.fields = {{"text", std::string(kText)}, {"method", "portal"}};
  ASSERT_TRUE(fold.apply(receipt, names));
  const auto before = fold.table();
  receipt.fields["text"] = std::string(64, 'a');
  ASSERT_TRUE(fold.apply(receipt, names));
  EXPECT_EQ(before->of(PersonId{1})->acknowledged.value, 0x0123456789abcdefU);
  EXPECT_EQ(fold.table()->of(PersonId{1})->acknowledged.value, 0xaaaaaaaaaaaaaaaaU);
}

TEST(StandingFold, HundredThousandPeopleAndTwoHundredThousandActsAreFoldedAtOnce) {
  MemoryNames names;
  StandingFold fold;
  for (int i = 0; i < 200'000; ++i) {
    Act receipt =
        kept(static_cast<std::uint64_t>(i) + 1, {}, ActKind::Acknowledge, "person" + std::to_string(i % 100'000));
    receipt.fields = {{"text", std::string(kText)}, {"method", "portal"}};
    ASSERT_TRUE(fold.apply(receipt, names));
  }
  EXPECT_NE(fold.table()->of(PersonId{100'000}), nullptr);
  EXPECT_EQ(fold.table()->of(PersonId{100'001}), nullptr);
}

}  // namespace
}  // namespace citygate::policy
