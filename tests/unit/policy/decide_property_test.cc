// Laws of a decision, over policies and facts made from a seed.
#include <gtest/gtest.h>

#include "tests/unit/policy/policy_maker.h"

namespace citygate::policy {
namespace {

// How much a ruling lets through; more is stricter.
int strictness(Ruling ruling) {
  switch (ruling) {
    case Ruling::Allow: return 0;
    case Ruling::Warn: return 1;
    case Ruling::Hold: return 2;  // the person gets it, if somebody agrees
    case Ruling::Refuse:
    case Ruling::Portal:
    case Ruling::Authenticate: return 3;
  }
  return 4;
}

constexpr std::string_view kGrant =
    "[[grant]]\nkind = \"law-enforcement\"\ncase = \"1\"\nofficers = [\"mia\"]\ncategories = [\"gambling\"]\nend = "
    "2027-12-31\n";

TEST(DecisionLaws, NothingButASealedGrantOpensWhatIsProhibited) {
  PolicyMaker make(1);
  int asked = 0, opened = 0;
  for (int i = 0; i < 60; ++i) {
    City city;
    const std::string text = make.city();
    // The grant is an error of the file where gambling is not prohibited.
    ASSERT_TRUE(city.load(text + std::string(kGrant)) || city.load(text)) << city.problems().to_string();
    for (int j = 0; j < 300; ++j) {
      Request request(city, make.one_in(2) ? "mia" : "sam", {});
      make.facts(city, request);
      request.facts.stage = static_cast<Stage>(make.below(6));
      bool prohibited = false, lifted = true;
      request.facts.categories.for_each([&](CategoryId id) {
        if (city.rules().effective(id, request.facts.subject.department).action != Action::Prohibit) return;
        prohibited = true;
        lifted &= id == city.category("gambling") && request.facts.subject.person == city.subject("mia").person &&
                  !city.grants().all().empty();
      });
      const Verdict verdict = city.decide(request.facts);
      if (!prohibited) {
        ASSERT_FALSE(verdict.sealed) << text;
        continue;
      }
      ++asked;
      if (verdict.ruling == Ruling::Refuse) continue;
      ++opened;
      ASSERT_TRUE(lifted && verdict.sealed && verdict.grant) << text;
      ASSERT_EQ(verdict.charge, Charge{});
    }
  }
  EXPECT_GT(asked, 1000);
  EXPECT_GT(opened, 20);
}

TEST(DecisionLaws, NothingOpensThreatsOrUnsanctionedCircumvention) {
  PolicyMaker make(2);
  for (int i = 0; i < 60; ++i) {
    City city;
    const std::string text = make.city();
    ASSERT_TRUE(city.load(text + std::string(kGrant)) || city.load(text)) << city.problems().to_string();
    for (int j = 0; j < 200; ++j) {
      Request request(city, "mia", {});
      make.facts(city, request);
      request.facts.categories.insert(city.category(make.one_in(2) ? "malware" : "vpn"));
      ASSERT_EQ(city.decide(request.facts).ruling, Ruling::Refuse) << text;
    }
  }
}

TEST(DecisionLaws, LaterStageNeverLoosens) {
  PolicyMaker make(3);
  const IpAddress addresses[] = {*IpAddress::parse("93.184.216.34"), *IpAddress::parse("10.0.0.1")};
  int tightened = 0;
  for (int i = 0; i < 60; ++i) {
    City city;
    const std::string text = make.city();
    ASSERT_TRUE(city.load(text + std::string(kGrant)) || city.load(text)) << city.problems().to_string();
    for (int j = 0; j < 200; ++j) {
      Request request(city, make.one_in(2) ? "mia" : "pat", {});
      make.facts(city, request);
      int before = strictness(city.decide(request.facts).ruling);
      for (const auto stage : {Stage::Resolved, Stage::Hello, Stage::Response, Stage::Body, Stage::Tick}) {
        // It never ran: a warning at a window's soft edge is not asked of what runs.
        if (stage > Stage::Response && before == strictness(Ruling::Warn)) break;
        request.facts.stage = stage;
        if (stage == Stage::Resolved) request.facts.addresses = std::span(addresses).first(make.one_in(8) ? 2 : 1);
        if (make.one_in(4)) make.add_category(city, request);
        if (stage == Stage::Hello && make.one_in(3))
          request.facts.sign = make.one_in(2) ? TunnelSign::NotTls : TunnelSign::NoServerName;
        if (stage == Stage::Tick)
          for (auto& [quota, usage] : request.usage.today) usage.attended += std::chrono::minutes(make.below(20));
        const int now = strictness(city.decide(request.facts).ruling);
        ASSERT_GE(now, before) << to_string(stage) << '\n' << text;
        tightened += now > before;
        before = now;
      }
    }
  }
  EXPECT_GT(tightened, 200);
}

TEST(DecisionLaws, SupplementThatIsTakenNeverAllowsMore) {
  PolicyMaker make(4);
  int taken = 0, refused = 0, stricter = 0;
  for (int i = 0; i < 200; ++i) {
    const std::string text = make.city(), more = make.supplement();
    City plain, supplemented;
    ASSERT_TRUE(plain.load(text)) << plain.problems().to_string();
    if (!supplemented.load(text + more)) {
      ++refused;
      continue;
    }
    ++taken;
    for (int j = 0; j < 200; ++j) {
      Request request(plain, "sam", {});
      make.facts(plain, request);
      const int city = strictness(plain.decide(request.facts).ruling);
      const int department = strictness(supplemented.decide(request.facts).ruling);
      ASSERT_GE(department, city) << text << more;
      stricter += department > city;
    }
  }
  EXPECT_GT(taken, 40);
  EXPECT_GT(refused, 40);
  EXPECT_GT(stricter, 200);
}

// A rule that closes a sign of the way closes more than its absence, whoever writes it: the city or a department.
TEST(DecisionLaws, TighteningASignOfTheWayClosesAndNeverAllowsMore) {
  PolicyMaker make(7);
  int closed_by_rule = 0, plain_by_number = 0;
  for (int i = 0; i < 100; ++i) {
    const std::string text = make.city() + make.tunnels() + "[destinations]\nprivate = [\"10.1.0.0/16\"]\n";
    const bool by_department = make.one_in(2);
    const std::string more = by_department
                                 ? "[[department]]\nname = \"police\"\n" + make.sign_rule("department.rule", "s")
                                 : make.sign_rule("rule", "s");
    City plain, tightened;
    ASSERT_TRUE(plain.load(text)) << plain.problems().to_string();
    ASSERT_TRUE(tightened.load(text + more)) << tightened.problems().to_string();
    CategorySet tight;
    for (const auto sign : kSigns)
      if (more.contains(sign)) tight.insert(plain.category(sign));
    for (int j = 0; j < 200; ++j) {
      Request request(plain, "sam", {});
      make.facts(plain, request);
      make.way(plain, request);
      const bool own = request.target.host == "10.1.0.9";
      const int before = strictness(plain.decide(request.facts).ruling);
      const int after = strictness(tightened.decide(request.facts).ruling);
      ASSERT_GE(after, before) << text << more;
      if ((request.facts.categories & tight).empty() || own) continue;
      ASSERT_EQ(tightened.decide(request.facts).ruling, Ruling::Refuse) << text << more;
      closed_by_rule += after > before;
      plain_by_number += after > before && request.target.scheme == Scheme::Http;
    }
  }
  EXPECT_GT(closed_by_rule, 500);
  EXPECT_GT(plain_by_number, 100);
}

TEST(DecisionLaws, AllowedUntilGoodUntilAndRefusedUntilOpensAt) {
  PolicyMaker make(5);
  int limited = 0, waiting = 0;
  for (int i = 0; i < 60; ++i) {
    City city;
    const std::string text = make.city();
    ASSERT_TRUE(city.load(text));
    for (int j = 0; j < 200; ++j) {
      Request request(city, "pat", {});
      make.facts(city, request);
      const Verdict verdict = city.decide(request.facts);
      const WallTime now = request.facts.now;
      if (verdict.ruling == Ruling::Allow && verdict.good_until != WallTime::max()) {
        ++limited;
        ASSERT_GT(verdict.good_until, now);
        for (const auto at :
             {now + (verdict.good_until - now) / 2, verdict.good_until - std::chrono::microseconds(1)}) {
          request.at(city, at);
          ASSERT_EQ(city.decide(request.facts).ruling, Ruling::Allow) << text;
          ASSERT_EQ(city.decide(request.facts).good_until, verdict.good_until) << text;
        }
      }
      if (verdict.ruling == Ruling::Refuse && verdict.opens_at != WallTime::max()) {
        ++waiting;
        ASSERT_GT(verdict.opens_at, now);
        request.at(city, verdict.opens_at - std::chrono::microseconds(1));
        ASSERT_EQ(city.decide(request.facts).ruling, Ruling::Refuse) << text;
        request.at(city, verdict.opens_at);
        request.usage.today.clear();  // a new day, or nothing was used up
        if (verdict.reason != Reason::OutsideWindow) {
          ASSERT_GT(request.facts.local.day, city.rules().zone().at(now).day);
        }
        request.facts.warned = true;
        request.facts.upload_bytes = 0;
        const Ruling then = city.decide(request.facts).ruling;
        ASSERT_TRUE(then == Ruling::Allow || then == Ruling::Hold) << text;
      }
    }
  }
  EXPECT_GT(limited, 200);
  EXPECT_GT(waiting, 200);
}

// Whatever is laid over a policy: terms, supplements, grants of every other kind, orders, what an administrator opened.
TEST(DecisionLaws, NothingButASealedGrantOpensWhatIsProhibitedWhateverElseIsGranted) {
  PolicyMaker make(8);
  int asked = 0, lifted = 0, opened = 0;
  for (int i = 0; i < 100; ++i) {
    City city;
    const std::string text = make.city() + make.terms(), more = make.supplement();
    ASSERT_TRUE(city.load(text + more + std::string(kGrant)) || city.load(text + more) ||
                city.load(text + std::string(kGrant)) || city.load(text))
        << city.problems().to_string();
    std::vector<Grant> all = make.grants(city);
    for (const auto& sealed : city.grants().all()) all.push_back(sealed);
    const bool sealed = all.size() > 0 && all.back().sealed();
    const GrantBook book(std::move(all));
    for (int j = 0; j < 300; ++j) {
      Request request(city, make.one_in(2) ? "mia" : "sam", {});
      make.facts(city, request);
      make.add_category(city, request);
      request.facts.stage = static_cast<Stage>(make.below(6));
      request.facts.subject.personal_device = make.one_in(3);
      const Standing standing = make.standing(city, request.facts.now);
      request.facts.standing = &standing;
      const Verdict verdict = policy::decide(request.facts, city.rules(), book);
      const auto& found = request.facts.categories;
      if (found.contains(city.category("malware"))) {
        ASSERT_NE(verdict.ruling, Ruling::Allow) << text;
      }
      if (found.contains(city.category("vpn")) && verdict.ruling == Ruling::Allow) {
        ASSERT_TRUE(text.contains("[[sanctioned]]") && request.facts.now < time(city, "2026-06-01")) << text;
      }
      CategorySet prohibited;
      found.for_each([&](CategoryId id) {
        if (city.rules().effective(id, request.facts.subject.department).action == Action::Prohibit)
          prohibited.insert(id);
      });
      if (prohibited.empty()) {
        opened += verdict.reason == Reason::Granted || verdict.reason == Reason::BusinessUse;
        continue;
      }
      ++asked;
      const bool covered =
          sealed && prohibited == city.set({"gambling"}) && request.facts.subject.person == city.subject("mia").person;
      if (!covered) {
        ASSERT_TRUE(verdict.ruling == Ruling::Refuse || verdict.ruling == Ruling::Portal) << text << more;
      } else if (verdict.ruling == Ruling::Allow) {
        ++lifted;
        ASSERT_TRUE(verdict.sealed) << text;
        ASSERT_EQ(verdict.charge, Charge{}) << text;
      }
    }
  }
  EXPECT_GT(asked, 3000);
  EXPECT_GT(lifted, 20);
  EXPECT_GT(opened, 100);
}

// With grants, orders and texts: what was refused with less known is refused with more, but for a word of the person,
// which is asked for before an exchange runs and not while it does.
TEST(DecisionLaws, LaterStagesAndMoreCategoriesNeverLoosenUnderGrants) {
  PolicyMaker make(9);
  int tightened = 0, granted = 0;
  for (int i = 0; i < 100; ++i) {
    City city;
    const std::string text = make.city() + make.terms();
    ASSERT_TRUE(city.load(text + std::string(kGrant)) || city.load(text)) << city.problems().to_string();
    std::vector<Grant> all = make.grants(city);
    for (const auto& sealed : city.grants().all()) all.push_back(sealed);
    const GrantBook book(std::move(all));
    for (int j = 0; j < 200; ++j) {
      Request request(city, make.one_in(2) ? "mia" : "pat", {});
      make.facts(city, request);
      make.add_category(city, request);
      const Standing standing = make.standing(city, request.facts.now);
      request.facts.standing = &standing;
      request.facts.upload_bytes = 0;
      Verdict before = policy::decide(request.facts, city.rules(), book);
      for (const auto stage :
           {Stage::Request, Stage::Resolved, Stage::Hello, Stage::Response, Stage::Body, Stage::Tick}) {
        const bool ran = stage > Stage::Response;
        if (ran && before.ruling != Ruling::Allow) break;  // it never ran: a refusal is final
        request.facts.stage = stage;
        if (make.one_in(3)) make.add_category(city, request);
        if (make.one_in(3)) request.facts.upload_bytes += 900'000;
        if (stage == Stage::Hello && make.one_in(4)) request.facts.hello_host = "hidden.example";
        const Verdict now = policy::decide(request.facts, city.rules(), book);
        ASSERT_GE(strictness(now.ruling), strictness(before.ruling))
            << to_string(stage) << ' ' << to_string(before.reason) << ' ' << to_string(now.reason) << '\n'
            << text;
        tightened += strictness(now.ruling) > strictness(before.ruling);
        granted += now.ruling == Ruling::Allow && now.grant && !now.sealed;
        before = now;
      }
    }
  }
  EXPECT_GT(tightened, 300);
  EXPECT_GT(granted, 100);
}

TEST(DecisionLaws, AllowedUntilGoodUntilUnderGrantsAndOrders) {
  PolicyMaker make(10);
  int limited = 0, waiting = 0;
  for (int i = 0; i < 100; ++i) {
    City city;
    const std::string text = make.city() + make.terms();
    ASSERT_TRUE(city.load(text)) << city.problems().to_string();
    const GrantBook book(make.grants(city));
    for (int j = 0; j < 200; ++j) {
      Request request(city, "pat", {});
      make.facts(city, request);
      const Standing standing = make.standing(city, request.facts.now);
      request.facts.standing = &standing;
      const auto decide = [&] { return policy::decide(request.facts, city.rules(), book); };
      const Verdict verdict = decide();
      const WallTime now = request.facts.now;
      if (verdict.ruling == Ruling::Allow && verdict.good_until != WallTime::max()) {
        ++limited;
        ASSERT_GT(verdict.good_until, now);
        for (const auto at :
             {now + (verdict.good_until - now) / 2, verdict.good_until - std::chrono::microseconds(1)}) {
          request.at(city, at);
          ASSERT_EQ(decide().ruling, Ruling::Allow) << text;
          ASSERT_EQ(decide().good_until, verdict.good_until) << text;
        }
      }
      const bool quota_or_window = verdict.reason == Reason::OutsideWindow || verdict.reason == Reason::MinutesUsedUp ||
                                   verdict.reason == Reason::BytesUsedUp;
      if (quota_or_window && verdict.opens_at != WallTime::max()) {
        ++waiting;
        ASSERT_GT(verdict.opens_at, now);
        request.at(city, verdict.opens_at);
        request.usage.today.clear();
        request.facts.warned = true;
        request.facts.upload_bytes = 0;
        const Ruling then = decide().ruling;
        ASSERT_TRUE(then == Ruling::Allow || then == Ruling::Hold) << text;
      }
    }
  }
  EXPECT_GT(limited, 500);
  EXPECT_GT(waiting, 100);
}

TEST(DecisionLaws, SameFactsSameVerdict) {
  PolicyMaker make(6);
  City city;
  ASSERT_TRUE(city.load(make.city()));
  for (int j = 0; j < 200; ++j) {
    Request request(city, "pat", {});
    make.facts(city, request);
    const Verdict a = city.decide(request.facts), b = city.decide(request.facts);
    ASSERT_EQ(a.ruling, b.ruling);
    ASSERT_EQ(a.reason, b.reason);
    ASSERT_EQ(a.rule, b.rule);
    ASSERT_EQ(a.charge, b.charge);
    ASSERT_EQ(a.good_until, b.good_until);
  }
}

}  // namespace
}  // namespace citygate::policy
