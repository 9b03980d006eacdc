// When a grant begins and ends, also by a clock that jumps; and the stays of guests.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/policy/grant_desk.h"

namespace citygate::policy {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(GrantTerm, LapsesWithoutAnybodyActing) {
  GrantDesk desk;
  const std::string name = *desk.ask("exemption", "pat", {{"categories", "games"}});
  ASSERT_TRUE(desk.approve(name, "kim") && desk.approve(name, "sue"));
  desk.clock.set(time(desk.city, "2026-11-27T12:00:00") - std::chrono::microseconds(1));
  EXPECT_TRUE(desk.in_force(name));
  EXPECT_EQ(desk.phase(name), GrantPhase::InForce);
  desk.at("2026-11-27T12:00:00");
  EXPECT_FALSE(desk.in_force(name));
  EXPECT_EQ(desk.phase(name), GrantPhase::Lapsed);
  desk.at("2026-11-28T12:00:00");
  ASSERT_TRUE(desk.ask("exemption", "quinn", {{"categories", "games"}, {"end", "2026-12-01"}}));
  EXPECT_THAT(desk.fold.agreed(), IsEmpty()) << "and is not carried along for ever";
}

TEST(GrantTerm, BeginsAtItsStartWhereThatIsLater) {
  GrantDesk desk;
  const auto name = desk.ask("exemption", "pat", {{"categories", "games"}, {"start", "2026-11-23"}});
  ASSERT_TRUE(name && desk.approve(*name, "kim") && desk.approve(*name, "sue"));
  EXPECT_EQ(desk.phase(*name), GrantPhase::Coming);
  EXPECT_FALSE(desk.in_force(*name));
  desk.at("2026-11-23T00:00:00");
  EXPECT_TRUE(desk.in_force(*name));
}

TEST(GrantTerm, ARecordMayBeReadForSevenDaysAndThenAgainByANewApproval) {
  GrantDesk desk;
  const auto first = desk.ask("record-access", "pat", {{"about", "lee"}});
  ASSERT_TRUE(first) << said(first);
  const GrantDesk::Fields next = {{"about", "lee"}, {"start", "2026-11-27T12:00:00"}, {"end", "2026-12-04T12:00:00"}};
  EXPECT_THAT(said(desk.ask("record-access", "pat", next)), HasSubstr("waits already"))
      << "two weeks are not asked for at once";
  ASSERT_TRUE(desk.approve(*first, "cora"));
  EXPECT_THAT(said(desk.ask("record-access", "pat", {{"about", "lee"}, {"end", "2026-11-26"}})),
              HasSubstr("a renewal is a new grant, and begins then"));
  const auto second = desk.ask("record-access", "pat", next);
  ASSERT_TRUE(second) << said(second);
  ASSERT_TRUE(desk.approve(*second, "cora"));
  EXPECT_THAT(said(desk.ask("record-access", "pat",
                            {{"about", "lee"}, {"start", "2026-12-04T12:00:00"}, {"end", "2026-12-11T12:00:00"}})),
              HasSubstr("can be asked for when it has begun"));
  EXPECT_TRUE(desk.ask("record-access", "pat", {{"about", "quinn"}})) << "of somebody else";
  EXPECT_TRUE(desk.ask("record-access", "sue", {{"about", "lee"}})) << "by somebody else";
  const auto book = desk.fold.book_upon(desk.city.grants());
  EXPECT_EQ(book->of(desk.city.people().by_name("pat")->id).size(), 2U);
  EXPECT_EQ(book->all()[0].about, desk.city.people().by_name("lee")->id);
}

TEST(GrantTerm, AgreedGuestsArePeopleOfTheDirectory) {
  GrantDesk desk;
  const auto first = desk.ask("guest-account", "sue", {{"for", "joe"}, {"full_name", "Joe Temp"}});
  ASSERT_TRUE(first) << said(first);
  EXPECT_THAT(desk.fold.guests(), IsEmpty()) << "not before it is agreed to";
  desk.at("2026-11-21T08:00:00");
  ASSERT_TRUE(desk.approve(*first, "dora"));
  ASSERT_EQ(desk.fold.guests().size(), 1U);
  const auto guest = desk.fold.guests()[0];
  EXPECT_EQ(guest.name, "joe");
  EXPECT_EQ(guest.title, "Joe Temp");
  EXPECT_EQ(guest.kind, PersonKind::Guest);
  EXPECT_EQ(guest.departments[0].department, "finance");
  EXPECT_EQ(guest.sponsor, "sue");
  EXPECT_EQ(guest.purpose, "for work");
  EXPECT_EQ(guest.start, time(desk.city, "2026-11-21T08:00:00"));
  EXPECT_EQ(guest.end, time(desk.city, "2026-11-27T12:00:00"));
  EXPECT_EQ(guest.departments[0].source.place, 1U);

  EXPECT_THAT(said(desk.ask("guest-account", "sue", {{"for", "joe"}, {"start", "2026-11-28"}, {"end", "2026-12-01"}})),
              HasSubstr("the stay of joe ends at"));
  const auto second = desk.ask("guest-account", "sue", {{"for", "joe"}, {"end", "2026-12-01T12:00:00"}});
  ASSERT_TRUE(second && desk.approve(*second, "dora")) << said(second);
  ASSERT_EQ(desk.fold.guests().size(), 1U);
  EXPECT_EQ(desk.fold.guests()[0].start, time(desk.city, "2026-11-21T08:00:00"));
  EXPECT_EQ(desk.fold.guests()[0].end, time(desk.city, "2026-12-01T12:00:00"));

  desk.at("2026-11-22T08:00:00");
  ASSERT_TRUE(desk.withdraw(*second, "sue"));
  EXPECT_EQ(desk.fold.guests()[0].end, time(desk.city, "2026-11-27T12:00:00")) << "the first still holds";
  ASSERT_TRUE(desk.withdraw(*first, "dora"));
  EXPECT_EQ(desk.fold.guests()[0].end, time(desk.city, "2026-11-22T08:00:00"));
}

TEST(GrantTerm, BetweenTwoStaysThatNobodyAgreedToNobodyIsAGuest) {
  GrantDesk desk;
  const auto later = desk.ask("guest-account", "sue", {{"for", "joe"}, {"start", "2026-11-25"}, {"end", "2026-11-28"}});
  ASSERT_TRUE(later) << said(later);
  const GrantDesk::Fields soon{{"for", "joe"}, {"end", "2026-11-21T12:00:00"}};
  EXPECT_THAT(said(desk.ask("guest-account", "sue", soon)), HasSubstr("would begin at")) << "while the other waits";
  ASSERT_TRUE(desk.approve(*later, "dora"));
  EXPECT_THAT(said(desk.ask("guest-account", "sue", soon)), HasSubstr("the stay of joe begins at"));
  EXPECT_EQ(desk.fold.guests()[0].start, time(desk.city, "2026-11-25"));

  const auto first = desk.ask("guest-account", "sue", {{"for", "joe"}, {"end", "2026-11-25"}});
  ASSERT_TRUE(first && desk.approve(*first, "dora")) << said(first);
  EXPECT_EQ(desk.fold.guests()[0].end, time(desk.city, "2026-11-28"));
  desk.at("2026-11-22T08:00:00");
  ASSERT_TRUE(desk.withdraw(*first, "dora"));
  ASSERT_EQ(desk.fold.guests().size(), 1U);
  EXPECT_EQ(desk.fold.guests()[0].start, time(desk.city, "2026-11-25")) << "the first is over at once";
  EXPECT_EQ(desk.fold.guests()[0].end, time(desk.city, "2026-11-28"));
}

TEST(GrantTerm, WhatLapsedByAClockThatWasWrongHoldsAgain) {
  GrantDesk desk;
  const auto name = desk.ask("exemption", "pat", {{"categories", "games"}});
  ASSERT_TRUE(name && desk.approve(*name, "sue") && desk.approve(*name, "kim")) << said(name);
  ASSERT_TRUE(desk.in_force(*name));
  desk.at("2027-11-20T12:00:00");
  const auto other = desk.ask("exemption", "quinn", {{"categories", "games"}, {"end", "2027-11-21T12:00:00"}});
  ASSERT_TRUE(other) << said(other);
  EXPECT_FALSE(desk.in_force(*name));
  desk.at("2026-11-20T12:05:00");
  ASSERT_TRUE(desk.withdraw(*other, "quinn"));
  EXPECT_TRUE(desk.in_force(*name));
  EXPECT_EQ(desk.phase(*name), GrantPhase::InForce) << "the book and the case say the same";
}

TEST(GrantTerm, AClockThatIsPutBackAnHourNeedsNoActForWhatHolds) {
  GrantDesk desk;
  const GrantDesk::Fields week{{"about", "pat"}, {"end", "2026-11-27T12:00:00"}};
  const auto name = desk.ask("record-access", "kim", week);
  ASSERT_TRUE(name && desk.approve(*name, "cora")) << said(name);
  desk.at("2026-11-27T12:30:00");  // it is an hour ahead
  ASSERT_TRUE(desk.ask("exemption", "quinn", {{"categories", "games"}, {"end", "2026-12-01"}}));
  EXPECT_FALSE(desk.in_force(*name));
  desk.at("2026-11-27T11:30:00");
  EXPECT_TRUE(desk.in_force(*name));
  EXPECT_THAT(said(desk.ask("record-access", "kim", {{"about", "pat"}, {"end", "2026-11-30"}})),
              HasSubstr("holds until 2026-11-27 12:00:00"))
      << "two terms do not overlap";
}

}  // namespace
}  // namespace citygate::policy
