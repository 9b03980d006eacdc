// Laws of a decision, over policies and facts made from a seed.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/unit/policy/support.h"

namespace citygate::policy {
namespace {

constexpr std::string_view kCategories[] = {
    "gambling", "pornography", "malware",         "vpn",     "news",       "social",
    "games",    "video",       "streaming-media", "weapons", "government", "software"};
// Of the way: whether they refuse by themselves hangs on the target, on the first bytes and on [tunnels].
constexpr std::string_view kSigns[] = {"bare-ip", "not-tls", "no-server-name"};

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

class Maker {
 public:
  explicit Maker(unsigned seed) : random_(seed) {}

  unsigned below(unsigned n) { return static_cast<unsigned>(random_() % n); }
  bool one_in(unsigned n) { return below(n) == 0; }

  std::string rule(std::string_view table, std::string_view name, std::string_view category) {
    static constexpr std::string_view kActions[] = {"prohibit", "block",     "hold", "warn",
                                                    "personal", "streaming", "work"};
    const bool guarded = category == "malware" || category == "vpn";
    const auto action = kActions[below(guarded ? 2 : std::size(kActions))];
    std::string out =
        fmt::format("[[{}]]\nname = \"{}\"\ncategories = [\"{}\"]\naction = \"{}\"\n", table, name, category, action);
    if (action == "personal" || action == "streaming") {
      if (one_in(2)) {
        out += one_in(2) ? "windows = [\"day\"]\n" : "windows = [\"day\", \"night\"]\n";
        if (one_in(3)) out += "outside = \"warn\"\n";
      }
      if (!one_in(4)) out += fmt::format("quota = \"q{}\"\n", below(3));
    }
    if (action != "prohibit" && action != "block" && one_in(4)) out += fmt::format("upload_megabytes = {}\n", below(3));
    return out;
  }

  // What else a city may say.
  std::string terms() {
    std::string out;
    if (one_in(2)) out += "[acknowledgement]\ntext = \"T\"\n";
    if (one_in(2))
      out += fmt::format("[personal_devices]\naction = \"{}\"\ncity_networks = [\"10.0.0.0/8\"]\n",
                         one_in(2) ? "allow" : "block");
    if (one_in(2))
      out += "[[sanctioned]]\ntitle = \"V\"\nhosts = [\"site.example\"]\nowner = \"it\"\nuntil = 2026-06-01\n";
    return out;
  }

  // Any grants but sealed ones, for anything there is.
  std::vector<Grant> grants(const City& city) {
    std::vector<Grant> out;
    for (unsigned n = below(4); n > 0; --n) {
      Grant grant;
      grant.id = GrantId{100 + n};
      do grant.kind = static_cast<GrantKind>(below(static_cast<unsigned>(kLastGrantKind) + 1));
      while (grant.sealed());
      for (const auto person : {"mia", "sam", "pat"}) grant.subjects.push_back(city.subject(person).person);
      for (const auto& category : city.taxonomy().all())
        if (!one_in(3)) grant.categories.insert(category.id);
      if (one_in(3)) grant.host = one_in(2) ? "site.example" : "other.example";
      grant.start = time(city, "2026-01-01");
      grant.end = grant.start + std::chrono::hours(below(24 * 365));
      out.push_back(std::move(grant));
    }
    return out;
  }

  Standing standing(const City& city, WallTime now) {
    Standing out;
    if (const auto* text = city.rules().acknowledgement({}, Subject::Kind::Person); text && !one_in(4)) {
      out.acknowledged = text->version;
      out.acknowledged_at = now - std::chrono::hours(below(24 * 380));
    }
    if (one_in(4)) {
      out.barred = one_in(2) ? Reason::Suspended : Reason::Revoked;
      out.barred_from = now + std::chrono::hours(24) - std::chrono::hours(below(48));
      out.barred_until = out.barred_from + std::chrono::hours(1 + below(24));
    }
    if (one_in(4)) out.ends = now + std::chrono::hours(below(100));
    return out;
  }

  std::string city() {
    std::string out =
        "[city]\nname = \"X\"\ntime_zone = \"America/Chicago\"\n"
        "[[window]]\nname = \"day\"\ndays = [\"mon\", \"wed\", \"fri\", \"sun\"]\nfrom = \"08:00\"\nto = \"17:30\"\n"
        "[[window]]\nname = \"night\"\ndays = [\"tue\", \"sat\", \"sun\"]\nfrom = \"22:00\"\nto = \"03:00\"\n"
        "[[quota]]\nname = \"q0\"\nminutes_per_day = 30\n[[quota]]\nname = \"q1\"\nmegabytes_per_day = 5\n"
        "[[quota]]\nname = \"q2\"\nminutes_per_day = 10\nmegabytes_per_day = 1\n";
    for (const auto category : kCategories)
      if (!one_in(3)) out += rule("rule", fmt::format("r-{}", category), category);
    return out;
  }

  // Any rule that is stricter than none, about a sign of the way.
  std::string sign_rule(std::string_view table, std::string_view name) {
    return fmt::format("[[{}]]\nname = \"{}\"\ncategories = [\"{}\"]\naction = \"{}\"\n", table, name,
                       kSigns[below(std::size(kSigns))], one_in(2) ? "prohibit" : "block");
  }

  std::string tunnels() {
    return fmt::format("[tunnels]\nnot_tls = \"{}\"\nno_server_name = \"{}\"\n", one_in(2) ? "allow" : "refuse",
                       one_in(2) ? "allow" : "refuse");
  }

  // A target by name or by number, of a request or of a tunnel, with the signs that go with it.
  void way(const City& city, Request& request) {
    request.target.scheme = one_in(3) ? Scheme::Http : Scheme::Tunnel;
    request.target.port = request.target.scheme == Scheme::Http ? 80 : 443;
    if (one_in(2)) {
      request.target.host = one_in(4) ? "10.1.0.9" : "93.184.216.34";
      request.target.address = IpAddress::parse(request.target.host);
      request.facts.categories.insert(city.category("bare-ip"));
    }
    if (request.target.scheme != Scheme::Tunnel || one_in(3)) return;
    request.facts.stage = Stage::Hello;
    request.facts.sign = one_in(2) ? TunnelSign::NotTls : TunnelSign::NoServerName;
    request.facts.categories.insert(
        city.category(request.facts.sign == TunnelSign::NotTls ? "not-tls" : "no-server-name"));
  }

  std::string supplement() {
    std::string out = "[[department]]\nname = \"police\"\n";
    for (int i = 0; i < 2; ++i) {
      const auto category = kCategories[below(std::size(kCategories))];
      if (out.find(fmt::format("\"{}\"", category)) == std::string::npos)
        out += rule("department.rule", fmt::format("d{}", i), category);
    }
    if (one_in(2))
      out +=
          fmt::format("[[department.window]]\nname = \"{}\"\ndays = [\"{}\"]\nfrom = \"{:02}:00\"\nto = \"{:02}:00\"\n",
                      one_in(2) ? "day" : "night", one_in(2) ? "sun" : "fri", 8 + below(4), 13 + below(5));
    if (one_in(2)) out += fmt::format("[department.quota.q{}]\nminutes_per_day = {}\n", below(3), 1 + below(40));
    return out;
  }

  void facts(const City& city, Request& request) {
    const WallTime start = time(city, "2026-02-20T00:00:00");
    request.at(city, start + std::chrono::minutes(below(300 * 24 * 60)));
    request.facts.categories = {};
    for (unsigned n = below(4); n > 0; --n) add_category(city, request);
    request.facts.warned = one_in(2);
    request.facts.upload_bytes = below(3) * 1'000'001;
    request.usage.today.clear();
    for (const auto name : {"q0", "q1", "q2"})
      request.usage.today[city.quota(name)] = {std::chrono::minutes(below(2) * below(40)), below(2) * below(6'000'000)};
  }

  void add_category(const City& city, Request& request) {
    request.facts.categories.insert(city.category(kCategories[below(std::size(kCategories))]));
  }

 private:
  std::mt19937 random_;
};

constexpr std::string_view kGrant =
    "[[grant]]\nkind = \"law-enforcement\"\ncase = \"1\"\nofficers = [\"mia\"]\ncategories = [\"gambling\"]\nend = "
    "2027-12-31\n";

TEST(DecisionLaws, NothingButASealedGrantOpensWhatIsProhibited) {
  Maker make(1);
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
  Maker make(2);
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
  Maker make(3);
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
  Maker make(4);
  int taken = 0, refused = 0, stricter = 0;
  for (int i = 0; i < 400; ++i) {
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
  Maker make(7);
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
  Maker make(5);
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
  Maker make(8);
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
  Maker make(9);
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
  Maker make(10);
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
  Maker make(6);
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
