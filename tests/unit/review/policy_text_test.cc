// A policy as prose, what a version changes, and what stands in it idle: whole texts, so that a change of words is seen.
#include "review/policy_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "policy/grants/request.h"
#include "review/policy_diff.h"
#include "review/policy_idle.h"

namespace citygate::review {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view kPeople = R"toml(
[[department]]
name = "clerk"
title = "City Clerk"
[[department]]
name = "police"
title = "Police Department"
[[person]]
name = "mia"
department = "police"
)toml";

constexpr std::string_view kPolicy = R"toml(
[city]
name = "Springfield"
time_zone = "America/Chicago"
contact = "IT help desk"
[[document]]
tag = "S1"
title = "Personnel rules, use of the internet"
sections = ["a", "b", "c", "d", "e", "f", "h"]
[acknowledgement]
title = "Use of the internet"
text = "what is to be read"
clause = "S1(a)"
[acknowledgement.guests]
text = "further terms"
[acknowledgement.access]
title = "Access to others' data"
text = "second agreement"
[records]
persons = "designated"
designated = ["city-manager", "mayor"]
clause = "S1(e)"
[[window]]
name = "lunch"
days = ["mon", "tue", "wed", "thu", "fri"]
from = "12:00"
to = "13:00"
loosenable = true
[[quota]]
name = "time"
title = "Personal use"
minutes_per_day = 30
[personal_devices]
action = "allow"
windows = ["lunch"]
city_networks = ["10.0.0.0/8"]
clause = "S1(d)"
[excessive]
minutes_per_day = 60
clause = "S1(f)"
[[rule]]
name = "gambling"
title = "Gambling is prohibited on city equipment"
clause = "S1(h)"
categories = ["gambling"]
action = "prohibit"
[[rule]]
name = "games"
title = "No games"
clause = "S1(b)"
categories = ["games"]
action = "block"
loosenable = true
[[rule]]
name = "programs"
title = "Programs are approved first"
categories = ["software"]
action = "hold"
[[rule]]
name = "personal"
title = "Occasional personal use"
clause = "S1(c)"
categories = ["news", "social"]
action = "personal"
windows = ["lunch"]
outside = "warn"
quota = "time"
upload_megabytes = 5
[[approval]]
kind = "record-access"
title = "Reading what a person did"
clause = "S1(e)"
steps = ["supervisor", "it-director"]
order = "given"
longest_days = 7
[approval.instead]
supervisor = "mayor"
[[approval]]
kind = "exemption"
steps = ["department-head", "it-director"]
[[sanctioned]]
title = "Remote access"
hosts = ["vpn.city.example"]
owner = "IT Director"
until = 2027-06-30
clause = "S1(d)"
[destinations]
ports = ["80", "443", "8000-8999"]
[safe_search]
engines = ["google"]
)toml";

constexpr std::string_view kPoliceDepartment = R"toml([[department]]
name = "police"
[[department.window]]
name = "lunch"
days = ["sat", "sun"]
from = "22:00"
to = "02:00"
[[department.rule]]
name = "game-theory"
title = "Games are evidence"
categories = ["games"]
action = "work"
[department.quota.time]
minutes_per_day = 20
[department.acknowledgement]
text = "for the police"
renew_days = 90
[department.personal_devices]
action = "block"
)toml";

class PolicyWords : public ::testing::Test {
 protected:
  PolicyWords() {
    taxonomy_ = categories::Taxonomy::read(CITYGATE_SOURCE_DIR "/tests/unit/policy/taxonomy.toml", names_, problems_);
    people_ = policy::Directory::parse(kPeople, "people.toml", names_, problems_);
  }

  policy::Rulebook::Loaded load(const std::string& text) {
    auto out = policy::Rulebook::parse(text, "policy.toml", *taxonomy_, *people_, names_, problems_);
    EXPECT_TRUE(out.rules) << problems_.to_string();
    return out;
  }
  PolicyView view(const policy::Rulebook::Loaded& loaded) const {
    return {*loaded.rules, *loaded.grants, *taxonomy_, *people_};
  }
  std::vector<std::string> changes(const std::string& before, const std::string& after) {
    const auto a = load(before), b = load(after);
    return policy_changes(view(a), view(b));
  }

  MemoryNames names_;
  Problems problems_;
  std::optional<categories::Taxonomy> taxonomy_;
  std::shared_ptr<const policy::Directory> people_;
  const std::string whole_ = std::string(kPolicy) + std::string(kPoliceDepartment);
};

std::string replaced(std::string text, std::string_view old, std::string_view with) {
  const auto at = text.find(old);
  EXPECT_NE(at, text.npos) << old;
  return text.replace(at, old.size(), with);
}

TEST_F(PolicyWords, TheWholePolicyAsProse) {
  const auto loaded = load(whole_);
  const std::string text = policy_text(view(loaded), std::nullopt);
  EXPECT_EQ(text, R"text(Springfield: use of the web, as this gateway carries it out
  version      599fdb9c28c73719
  clock        America/Chicago
  contact      IT help desk
  S1           Personnel rules, use of the internet

To be acknowledged before the web is used
  people       "Use of the internet", text 553b3632a0f7be0e, again every 365 days and when it
               changes (S1(a)).
  guests       "Use of the internet", text e75ec25ed42cf5b0, again every 365 days and when it
               changes (S1(a)).
  who sees     what others did: "Access to others' data", text 159a29bf4bee8cea, again every 365
               days and when it changes.

Devices that are not the city's
               open in lunch (Mon-Fri 12:00-13:00), else with a grant (S1(d)).

Prohibited, at every hour and for everybody
  S1(h)        Gambling is prohibited on city equipment. Prohibited: Gambling.
  -            By nature; no rule names them. Prohibited: Pornography.

Closed, unless there is an exemption
  S1(b)        No games. Blocked: Games. A department may loosen this.

Held at the gateway until somebody has approved it
  -            Programs are approved first. Held until approved: Programs.

Personal use: minutes of attention are counted
  S1(c)        Occasional personal use. Personal, 30 minutes a day, in lunch (Mon-Fri
               12:00-13:00), after a warning at other hours, at most 5 megabytes sent at a time:
               News and Social networks.

Streaming: bytes are counted
  -            By nature; no rule names them. Streaming, counted and not limited: Video and
               Media.

Open for work
  -            By nature; no rule names them. Open for work: Weapons and Government.

Ways and destinations
  always       Sites known for malware or phishing are refused, and services that lead around
               this gateway.
  except       Remote access: vpn.city.example; answered for by IT Director, until 2027-06-30
               (S1(d)).
               Plain requests go to port 80, 443 and 8000 to 8999; tunnels to port 443.
               Sites that no list names are open.
  searching    Safe results only from google.

Who has to agree to a permission
  -            Sites that are blocked or held: the department head and the IT director, in any
               order.
  S1(e)        Reading what a person did: the supervisor, then the IT director; for 7 days at
               most; where that would be the supervisor in the own matter, the mayor.
               What is not named here is permitted by nobody; nobody approves the own request.

Records
  seen by      What a person did may be seen by: the city manager, the mayor or who has a grant
               for it (S1(e)).
  excessive    more than 60 minutes of personal use a day (S1(f)).

Police Department, beside the above
  hours        "lunch" is Sat Sun 22:00-02:00 there.
  measure      "Personal use" is 20 minutes a day there.
  -            Games are evidence. Open for work: Games.
  people       "Use of the internet", text 652366d936d0f684, again every 90 days and when it
               changes (S1(a)).
  guests       "Use of the internet", text 2c52bde75e413457, again every 90 days and when it
               changes (S1(a)).
  devices      Devices that are not the city's are open only with a grant.
)text");
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 96U) << line;
    EXPECT_FALSE(line.ends_with(' ')) << line;
  }
}

TEST_F(PolicyWords, SealedGrantsThatWereAskedForAreNotToldAsTheFiles) {
  const auto loaded = load(whole_ + R"toml([[grant]]
kind = "law-enforcement"
case = "2026-0417"
officers = ["mia"]
categories = ["gambling"]
end = 2027-01-01
)toml");
  const std::string text = policy_text(view(loaded), std::nullopt);
  EXPECT_THAT(text, ::testing::HasSubstr("1 law-enforcement grant stands in the file."));
  std::vector<policy::Grant> in_force = loaded.grants->all();
  in_force.push_back(in_force.front());
  in_force.back().name = policy::grant_name(policy::GrantKind::LawEnforcement, 417);
  const policy::GrantBook grants(std::move(in_force));
  EXPECT_EQ(policy_text({*loaded.rules, grants, *taxonomy_, *people_}, std::nullopt), text);
}

TEST_F(PolicyWords, OneDepartmentAsItHoldsThere) {
  const auto loaded = load(whole_);
  const std::string text = policy_text(view(loaded), people_->department("police")->id);
  EXPECT_EQ(text, R"text(Springfield: use of the web, as this gateway carries it out
  version      599fdb9c28c73719
  clock        America/Chicago
  contact      IT help desk
  S1           Personnel rules, use of the internet
  holds for    Police Department

To be acknowledged before the web is used
  people       "Use of the internet", text 652366d936d0f684, again every 90 days and when it
               changes (S1(a)).
  guests       "Use of the internet", text 2c52bde75e413457, again every 90 days and when it
               changes (S1(a)).
  who sees     what others did: "Access to others' data", text 159a29bf4bee8cea, again every 365
               days and when it changes.

Devices that are not the city's
               open only with a grant (S1(d)).

Prohibited, at every hour and for everybody
  S1(h)        Gambling is prohibited on city equipment. Prohibited: Gambling.
  -            By nature; no rule names them. Prohibited: Pornography.

Held at the gateway until somebody has approved it
  -            Programs are approved first. Held until approved: Programs.

Personal use: minutes of attention are counted
  S1(c)        Occasional personal use. Personal, 20 minutes a day, in lunch (Sat Sun
               22:00-02:00), after a warning at other hours, at most 5 megabytes sent at a time:
               News and Social networks.

Streaming: bytes are counted
  -            By nature; no rule names them. Streaming, counted and not limited: Video and
               Media.

Open for work
  -            Games are evidence. Open for work: Games.
  -            By nature; no rule names them. Open for work: Weapons and Government.

Ways and destinations
  always       Sites known for malware or phishing are refused, and services that lead around
               this gateway.
  except       Remote access: vpn.city.example; answered for by IT Director, until 2027-06-30
               (S1(d)).
               Plain requests go to port 80, 443 and 8000 to 8999; tunnels to port 443.
               Sites that no list names are open.
  searching    Safe results only from google.

Who has to agree to a permission
  -            Sites that are blocked or held: the department head and the IT director, in any
               order.
  S1(e)        Reading what a person did: the supervisor, then the IT director; for 7 days at
               most; where that would be the supervisor in the own matter, the mayor.
               What is not named here is permitted by nobody; nobody approves the own request.

Records
  seen by      What a person did may be seen by: the city manager, the mayor or who has a grant
               for it (S1(e)).
  excessive    more than 60 minutes of personal use a day (S1(f)).
)text");
}

TEST_F(PolicyWords, ChangesAreToldByWhatTheyMean) {
  EXPECT_THAT(changes(whole_, whole_ + "# a comment\n"), IsEmpty());
  std::string after =
      replaced(whole_, "action = \"block\"\nloosenable = true", "action = \"personal\"\nquota = \"time\"");
  after = replaced(after, "longest_days = 7", "longest_days = 3");
  after = replaced(after, "until = 2027-06-30", "until = 2028-06-30");
  after = replaced(after, "persons = \"designated\"\ndesignated = [\"city-manager\", \"mayor\"]", "persons = \"line\"");
  after =
      replaced(after, "[[department.rule]]\nname = \"game-theory\"", "[[department.rule]]\nname = \"game-practice\"");
  after =
      replaced(after, "categories = [\"games\"]\naction = \"work\"", "categories = [\"games\"]\naction = \"block\"");
  after = replaced(after, "clause = \"S1(h)\"", "clause = \"S1(a)\"");
  EXPECT_THAT(
      changes(whole_, after),
      ElementsAre(
          "Who may see what a person did: from the city manager, the mayor or who has a grant for it to those above "
          "the "
          "person (at any time) or who has a grant for it (S1(e))",
          "Gambling: still prohibited, now by S1(a) instead of S1(h)",
          "Games: from blocked to personal, 30 minutes a day (S1(b))",
          "Seeing what a person did, agreed to by: from the supervisor, then the IT director; for 7 days at most; "
          "where that would be the supervisor in the own matter, the mayor to the supervisor, then the IT director; "
          "for 3 days at most; where that would be the supervisor in the own matter, the mayor (S1(e))",
          "Sanctioned no longer: Remote access: vpn.city.example; answered for by IT Director, until 2027-06-30 "
          "(S1(d))",
          "Sanctioned now: Remote access: vpn.city.example; answered for by IT Director, until 2028-06-30 (S1(d))",
          "Police Department: Games: from open for work to blocked"));
}

TEST_F(PolicyWords, WhatStandsIdle) {
  const std::string idle = whole_ + R"toml([[window]]
name = "never"
days = ["mon"]
from = "12:00"
to = "13:00"
[[quota]]
name = "unused"
minutes_per_day = 1
[[department]]
name = "clerk"
[[department.rule]]
name = "again"
categories = ["gambling"]
action = "prohibit"
)toml";
  const auto loaded = load(idle);
  const WallTime later = *parse_time("2027-07-01", loaded.rules->zone());
  EXPECT_THAT(
      idle_parts(view(loaded), later),
      ElementsAre(
          "window 'never' is used by no rule", "quota 'unused' is drawn on by no rule",
          "line 120: rule 'clerk/again' says no more than the city says for everybody",
          "line 81: the sanctioned service 'Remote access' has lapsed; ask IT Director whether it is still needed"));
}

}  // namespace
}  // namespace citygate::review
