// Grants through the registrar: what is agreed to is in force when enact() returns, and after a restart.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/act_registrar.h"
#include "tests/unit/policy/grant_desk.h"

namespace citygate::policy {
namespace {

class GrantRegistrar : public testing::Test {
 protected:
  GrantRegistrar() { open(); }

  void open() {
    auto opened = ActRegistrar::open(
        {.journal = acts, .secrets = acts, .names = city.names(), .taxonomy = city.taxonomy(), .clock = clock});
    ASSERT_TRUE(opened) << opened.error().context;
    registrar = std::move(*opened);
    Problems problems;
    const auto zone = Zone::open("America/Chicago");
    auto draft = registrar->draft(Directory::parse(kGrantPeople, "people.toml", city.names(), problems, &zone.value()),
                                  [&](const Directory& known) -> Result<Rulebook::Loaded> {
                                    return Rulebook::parse(std::string(kGrantPolicy) + more, "policy.toml",
                                                           city.taxonomy(), known, city.names(), problems);
                                  });
    ASSERT_TRUE(draft) << draft.error().context;
    ASSERT_TRUE(registrar->take(std::move(*draft)));
  }
  std::string enact(ActKind kind, std::string by, std::string subject, ActFields fields = {}) {
    auto kept = registrar->enact({.kind = kind,
                                  .author = std::move(by),
                                  .via = "test",
                                  .reason = "for work",
                                  .subject = std::move(subject),
                                  .fields = std::move(fields)});
    return kept ? kept->subject : "?" + kept.error().context;
  }

  City city{kGrantPeople};
  std::string more;  // of the policy
  DrivenClock clock{*parse_time("2026-11-20T12:00:00-06:00", Zone())};
  MemoryActs acts{clock};
  std::unique_ptr<ActRegistrar> registrar;
};

TEST_F(GrantRegistrar, WhatIsAgreedToIsInTheBookWhenItIsTold) {
  const auto name = enact(ActKind::GrantRequest, "pat", "",
                          {{"kind", "exemption"}, {"categories", "games"}, {"end", "2026-11-27T12:00:00"}});
  EXPECT_EQ(name, "exemption/1");
  EXPECT_TRUE(registrar->state().grants->all().empty());
  EXPECT_EQ(enact(ActKind::GrantApprove, "kim", name), name);
  EXPECT_TRUE(registrar->state().grants->all().empty()) << "one of two";
  EXPECT_EQ(enact(ActKind::GrantApprove, "sue", name), name);
  const auto grants = registrar->state().grants;
  ASSERT_EQ(grants->of(city.people().by_name("pat")->id).size(), 1U);
  EXPECT_TRUE(grants->of(city.people().by_name("pat")->id)[0]->live(clock.now()));

  registrar.reset();
  open();
  ASSERT_EQ(registrar->state().grants->all().size(), 1U) << "the same after a restart";
  ASSERT_TRUE(registrar->grant(name));
  EXPECT_EQ(registrar->grant(name)->steps[0].approved_by, "sue");
  EXPECT_EQ(enact(ActKind::GrantWithdraw, "kim", name), name);
  EXPECT_TRUE(registrar->state().grants->all().empty());
}

TEST_F(GrantRegistrar, ATimeThatCannotBeReadBackIsNotKept) {
  // In UTC that is the year 10000.
  const std::string last = "9999-12-31T23:59:59";
  EXPECT_EQ(enact(ActKind::GrantRequest, "pat", "", {{"kind", "exemption"}, {"categories", "games"}, {"end", last}}),
            "?'9999-12-31T23:59:59' for 'end' lies outside of the years that can be kept, 0000 to 9999 in UTC; name a "
            "nearer day");
  EXPECT_THAT(enact(ActKind::Suspend, "kim", "pat", {{"until", last}}), testing::HasSubstr("outside of the years"));
  EXPECT_THAT(enact(ActKind::Separate, "kim", "pat", {{"at", last}}), testing::HasSubstr("outside of the years"));
  EXPECT_EQ(acts.last(), 0U);
  EXPECT_EQ(enact(ActKind::Suspend, "kim", "pat", {{"until", "9999-12-31"}}), "pat") << "the day before is one";
  registrar.reset();
  open();
  EXPECT_TRUE(registrar->state().standing->of(city.people().by_name("pat")->id)->barred_at(clock.now()));
}

TEST_F(GrantRegistrar, WhoMovesWhereOthersHaveToAgreeAsksAgain) {
  more =
      "[[department]]\nname = \"police\"\n[[department.approval]]\nkind = \"exemption\"\n"
      "steps = [\"supervisor\", \"it-director\", \"police-chief\"]\n";
  open();
  const auto ask = [this](std::string by) {
    return enact(ActKind::GrantRequest, std::move(by), "",
                 {{"kind", "exemption"}, {"categories", "games"}, {"end", "2026-11-27T12:00:00"}});
  };
  const auto pats = ask("pat"), quinns = ask("quinn");
  ASSERT_EQ(enact(ActKind::GrantApprove, "sue", pats), pats);
  ASSERT_EQ(enact(ActKind::PersonChange, "dana", "pat", {{"department", "police"}}), "pat");
  EXPECT_EQ(enact(ActKind::GrantApprove, "kim", pats),
            "?pat is of department 'police' now, in which others have to agree than in 'finance': ask again");
  EXPECT_TRUE(registrar->state().grants->all().empty());
  ASSERT_EQ(enact(ActKind::PersonChange, "dana", "quinn", {{"department", "it"}}), "quinn");
  EXPECT_EQ(enact(ActKind::GrantApprove, "kim", quinns), quinns) << "the same have to agree there";
}

TEST_F(GrantRegistrar, SeveralActsAtOnceAreAllOrNone) {
  const auto request = [](std::string by) {
    return Act{.kind = ActKind::GrantRequest,
               .author = std::move(by),
               .via = "test",
               .reason = "for work",
               .subject = "",
               .fields = {{"kind", "exemption"}, {"categories", "games"}, {"end", "2026-11-27T12:00:00"}}};
  };
  const auto approve = [](std::string by, std::string name) {
    return Act{.kind = ActKind::GrantApprove,
               .author = std::move(by),
               .via = "test",
               .reason = "",
               .subject = std::move(name)};
  };
  EXPECT_FALSE(registrar->enact({request("pat"), approve("sue", "exemption/1"), approve("pat", "exemption/1")}));
  EXPECT_EQ(acts.last(), 0U);
  EXPECT_FALSE(registrar->grant("exemption/1"));
  const auto kept = registrar->enact({request("pat"), approve("sue", "exemption/1"), approve("kim", "exemption/1")});
  ASSERT_TRUE(kept) << said(kept);
  EXPECT_EQ(registrar->state().grants->all().size(), 1U);
}

TEST_F(GrantRegistrar, AnAgreedGuestIsAPersonOfTheDirectoryUntilTheStayIsOver) {
  const auto name = enact(ActKind::GrantRequest, "sue", "",
                          {{"kind", "guest-account"}, {"for", "joe"}, {"end", "2026-12-01T12:00:00"}});
  ASSERT_EQ(name, "guest-account/1");
  EXPECT_EQ(registrar->state().people->by_name("joe"), nullptr);
  ASSERT_EQ(enact(ActKind::GrantApprove, "dora", name), name);
  const auto state = registrar->state();
  const Person* joe = state.people->by_name("joe");
  ASSERT_NE(joe, nullptr);
  EXPECT_TRUE(joe->is_guest());
  EXPECT_EQ(state.people->by_id(joe->sponsor)->name, "sue");
  const Standing* standing = state.standing->of(joe->id);
  ASSERT_NE(standing, nullptr) << "the end of the stay is an end of access";
  EXPECT_FALSE(standing->ended_at(clock.now()));
  EXPECT_TRUE(standing->ended_at(*parse_time("2026-12-01T12:00:00-06:00", Zone())));

  // Acts about people reach the guest, and one about others leaves the guest in place.
  EXPECT_EQ(enact(ActKind::PersonChange, "sue", "joe", {{"title", "Joe Temp"}}), "joe");
  EXPECT_EQ(enact(ActKind::PersonChange, "sue", "pat", {{"title", "Pat"}}), "pat");
  ASSERT_NE(registrar->state().people->by_name("joe"), nullptr);
  EXPECT_EQ(registrar->state().people->by_name("joe")->title, "Joe Temp");

  registrar.reset();
  open();
  ASSERT_NE(registrar->state().people->by_name("joe"), nullptr) << "also after a restart";
  clock.set(clock.now() + std::chrono::minutes(1));
  ASSERT_EQ(enact(ActKind::GrantWithdraw, "sue", name), name);
  const auto after = registrar->state();
  ASSERT_NE(after.people->by_name("joe"), nullptr);
  EXPECT_TRUE(after.standing->of(after.people->by_name("joe")->id)->ended_at(clock.now()));
}

TEST_F(GrantRegistrar, ANewStayIsNotEndedByWhatWasSaidOfTheOneBefore) {
  const auto stay = [this](std::string end) {
    const auto name =
        enact(ActKind::GrantRequest, "sue", "", {{"kind", "guest-account"}, {"for", "joe"}, {"end", std::move(end)}});
    return enact(ActKind::GrantApprove, "dora", name);
  };
  ASSERT_EQ(stay("2026-12-01T12:00:00"), "guest-account/1");
  ASSERT_EQ(enact(ActKind::PersonChange, "sue", "joe", {{"end", "2026-11-21T12:00:00"}}), "joe");
  clock.set(*parse_time("2026-12-02T12:00:00-06:00", Zone()));
  ASSERT_EQ(stay("2026-12-04T12:00:00"), "guest-account/4") << "it begins after the day that the change named";
  registrar.reset();
  open();
  const auto state = registrar->state();
  const Standing* standing = state.standing->of(state.people->by_name("joe")->id);
  EXPECT_FALSE(standing->ended_at(clock.now()));
  EXPECT_EQ(standing->ends, *parse_time("2026-12-04T12:00:00-06:00", Zone()));
}

TEST_F(GrantRegistrar, AGuestWhoseAccountWasWithdrawnStaysOutByAClockThatWasPutBack) {
  const auto stay = [this](std::string end) {
    const auto name =
        enact(ActKind::GrantRequest, "sue", "", {{"kind", "guest-account"}, {"for", "joe"}, {"end", std::move(end)}});
    EXPECT_EQ(enact(ActKind::GrantApprove, "dora", name), name);
    return name;
  };
  const auto out = [this] {
    const auto state = registrar->state();
    return state.standing->of(state.people->by_name("joe")->id)->ended_at(clock.now());
  };
  const auto name = stay("2026-12-01T12:00:00");
  clock.set(clock.now() + std::chrono::hours(2));  // it is an hour ahead
  ASSERT_EQ(enact(ActKind::GrantWithdraw, "sue", name), name);
  clock.set(clock.now() - std::chrono::hours(1));
  EXPECT_TRUE(out());
  registrar.reset();
  open();
  EXPECT_TRUE(out()) << "also after a restart";
  stay("2026-12-02T12:00:00");
  EXPECT_FALSE(out()) << "a new stay was agreed to";
  clock.set(clock.now() + std::chrono::days(30));
  EXPECT_TRUE(out());
  clock.set(clock.now() - std::chrono::days(30));
  EXPECT_FALSE(out()) << "no act ended this one: it lasts to the moment that was agreed to";
}

}  // namespace
}  // namespace citygate::policy
