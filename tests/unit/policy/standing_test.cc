// Orders about access and acknowledgements: by the registrar, and the fold alone.
#include "base/hex.h"
#include "policy/digest.h"
#include "tests/unit/policy/registrar_fixture.h"

namespace citygate::policy {
namespace {

using Effect = Registrar::Effect;
using std::chrono::hours;

using StandingTest = RegistrarTest;

TEST_F(StandingTest, SuspensionIsInForceWhenItIsTold) {
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

TEST_F(StandingTest, SuspensionHoldsFromItsStartToItsEnd) {
  ASSERT_TRUE(enact(ActKind::Suspend, "pat", {{"from", "2026-11-20T13:00:00"}, {"until", "2026-11-21"}}));
  const WallTime noon = clock.now();
  EXPECT_FALSE(standing("pat").barred_at(noon + hours(1) - std::chrono::microseconds(1)));
  EXPECT_TRUE(standing("pat").barred_at(noon + hours(1)));
  EXPECT_TRUE(standing("pat").barred_at(noon + hours(12) - std::chrono::microseconds(1)));
  EXPECT_FALSE(standing("pat").barred_at(noon + hours(12)));
}

TEST_F(StandingTest, SecondSuspensionMakesTheFirstLongerNeverShorter) {
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

TEST_F(StandingTest, ReinstatedPersonIsBarredByNothing) {
  ASSERT_TRUE(enact(ActKind::Suspend, "pat"));
  ASSERT_TRUE(enact(ActKind::Separate, "pat"));
  ASSERT_TRUE(enact(ActKind::Reinstate, "pat"));
  EXPECT_EQ(standing("pat"), Standing{});
  EXPECT_EQ(effects, (std::vector{Effect::Tightens, Effect::Tightens, Effect::Loosens}));
}

TEST_F(StandingTest, SeparationStandsBesideASuspension) {
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

TEST_F(StandingTest, WhatIsWrongWithAnOrderIsSaid) {
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

TEST_F(StandingTest, OrderNeedsAReasonAndAnAuthorWhoIsSomebody) {
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
  EXPECT_EQ(registrar->enact(order).error().kind, Error::Kind::NotFound)
      << "what the gateway does by itself it keeps by itself: nobody signs for it";
}

TEST_F(StandingTest, GuestIsOutWhenTheStayIsOver) {
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

TEST_F(StandingTest, WhoIsBarredActsForNobodyButMaySignThePolicy) {
  Act order = act(ActKind::Suspend, "mia");
  order.author = "sam";
  ASSERT_TRUE(registrar->enact(order));
  EXPECT_EQ(refused(ActKind::Suspend, "pat"),
            "the access of 'mia' was ended by an order: somebody else has to do this");
  EXPECT_TRUE(enact(ActKind::Acknowledge, "mia", {{"method", "portal"}}));
}

TEST_F(StandingTest, ReceiptSaysWhichTextWasAcknowledgedAndWhen) {
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

TEST_F(StandingTest, WhatIsWrongWithAReceiptIsSaid) {
  const std::string text = to_hex(sha256_of("Work first."));
  EXPECT_EQ(refused(ActKind::Acknowledge, "pat", {{"text", "0123"}, {"method", "portal"}}),
            "'text' is the SHA-256 of the text that was acknowledged: 64 digits, 0-9 and a-f");
  EXPECT_EQ(refused(ActKind::Acknowledge, "pat", {{"text", std::string(kSomeText)}, {"method", "portal"}}),
            "the text has changed since it was shown: 'pat' has to read it as it is now");
  EXPECT_EQ(refused(ActKind::Acknowledge, "pat", {{"text", text}}),
            "'method' is missing: say how it was acknowledged, \"portal\" or \"signed on paper\"");
  EXPECT_EQ(refused(ActKind::Acknowledge, "kiosk", {{"method", "portal"}}),
            "'kiosk' is a device and stands for nobody: it acknowledges nothing");
}

TEST_F(StandingTest, OrderHoldsAlsoByAClockThatWasPutBack) {
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
  receipt.fields = {{"text", std::string(kSomeText)}, {"method", "portal"}};
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
    receipt.fields = {{"text", std::string(kSomeText)}, {"method", "portal"}};
    ASSERT_TRUE(fold.apply(receipt, names));
  }
  EXPECT_NE(fold.table()->of(PersonId{100'000}), nullptr);
  EXPECT_EQ(fold.table()->of(PersonId{100'001}), nullptr);
}

}  // namespace
}  // namespace citygate::policy
