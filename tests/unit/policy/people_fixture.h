// people_fixture.h - people as a registrar holds them: a town's file, and what the chief enacts upon it.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "policy/act_registrar.h"
#include "tests/unit/policy/support.h"

namespace citygate::policy {

inline constexpr std::string_view kTownPolicy = R"(
[city]
name = "Springfield"
time_zone = "America/Chicago"
)";

inline constexpr std::string_view kTown = R"([[department]]
name = "clerk"
title = "City Clerk"
[[department]]
name = "police"
head = "chief"
[[person]]
name = "chief"
department = "police"
roles = ["police-chief"]
[[person]]
name = "mia"
department = "police"
supervisor = "chief"
units = ["vice"]
addresses = ["10.0.0.1", {address = "10.0.0.9", from = 2026-01-01, until = 2026-06-01}]
[[person]]
name = "pat"
title = "Pat Reed"
department = "clerk"
addresses = ["10.0.0.2"]
)";

class PeopleFoldTest : public testing::Test {
 protected:
  PeopleFoldTest() {
    open();
    rebase(kTown);
  }

  void open() {
    auto opened = ActRegistrar::open(
        {.journal = acts, .secrets = acts, .names = city.names(), .taxonomy = city.taxonomy(), .clock = clock});
    ASSERT_TRUE(opened) << opened.error().context;
    registrar = std::move(*opened);
  }
  // What is wrong with it, or "".
  std::string rebase(std::string_view people) {
    Problems problems;
    auto file = Directory::parse(people, "people.toml", city.names(), problems, &zone);
    if (!file) return problems.to_string();
    auto draft = registrar->draft(file, [&](const Directory& known) -> Result<Rulebook::Loaded> {
      return Rulebook::parse(kTownPolicy, "policy.toml", city.taxonomy(), known, city.names(), problems);
    });
    if (!draft) return draft.error().context;
    warned = draft->warnings.to_string();
    const auto taken = registrar->take(*std::move(draft));
    return taken ? "" : taken.error().context;
  }

  static Act act(ActKind kind, std::string subject, ActFields fields) {
    return {.kind = kind,
            .author = "chief",
            .via = "test",
            .reason = "hire",
            .subject = std::move(subject),
            .fields = std::move(fields)};
  }
  // "" when it was done.
  std::string enact(ActKind kind, std::string subject, ActFields fields, std::string author = "chief") {
    Act one = act(kind, std::move(subject), std::move(fields));
    one.author = std::move(author);
    auto done = registrar->enact(std::move(one));
    if (!done) return done.error().context;
    last = *std::move(done);
    return "";
  }
  std::string add(std::string name, ActFields fields) {
    return enact(ActKind::PersonAdd, std::move(name), std::move(fields));
  }
  std::string change(std::string name, ActFields fields) {
    return enact(ActKind::PersonChange, std::move(name), std::move(fields));
  }
  std::shared_ptr<const Directory> people() const { return registrar->state().people; }
  const Person& person(std::string_view name) {
    kept = people();
    const Person* found = kept->by_name(name);
    if (!found) throw std::runtime_error("nobody is " + std::string(name));
    return *found;
  }
  std::string department(std::string_view name, std::string_view at) {
    const Person& who = person(name);
    return kept->department_of(who.id, *parse_time(at, zone))->name;
  }
  std::string who(std::string_view address, std::string_view at = "2026-11-20T12:00:00") {
    const auto all = people();
    const Person* found = all->by_address(*IpAddress::parse(address), *parse_time(at, zone));
    return found ? found->name : "";
  }

  City city;
  Zone zone = *Zone::open("America/Chicago");
  DrivenClock clock{*parse_time("2026-11-20T12:00:00-06:00", Zone())};
  MemoryActs acts{clock};
  std::unique_ptr<ActRegistrar> registrar;
  std::shared_ptr<const Directory> kept;
  Act last;
  std::string warned;  // at the last rebase()
};

}  // namespace citygate::policy
