// policy_maker.h - policies, grants, orders and facts made from a seed, for what must be true of all of them.
#pragma once

#include <fmt/format.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/policy/support.h"

namespace citygate::policy {

inline constexpr std::string_view kCategories[] = {
    "gambling", "pornography", "malware",         "vpn",     "news",       "social",
    "games",    "video",       "streaming-media", "weapons", "government", "software"};
// Of the way: whether they refuse by themselves hangs on the target, on the first bytes and on [tunnels].
inline constexpr std::string_view kSigns[] = {"bare-ip", "not-tls", "no-server-name"};

class PolicyMaker {
 public:
  explicit PolicyMaker(unsigned seed) : random_(seed) {}

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

}  // namespace citygate::policy
