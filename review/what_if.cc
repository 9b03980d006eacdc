#include "review/what_if.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace citygate::review {
namespace {

using policy::Facts;
using policy::Grant;
using policy::GrantBook;
using policy::GrantKind;
using policy::Standing;
using policy::Verdict;

// How much of a verdict stands between a person and the page.
int distance(const Verdict& verdict) {
  switch (verdict.ruling) {
    case Ruling::Allow: return 0;
    case Ruling::Warn: return 1;
    case Ruling::Hold:
    case Ruling::Portal:
    case Ruling::Authenticate: return 2;
    case Ruling::Refuse: return 3;
  }
  return 3;
}

class WhatIf {
 public:
  WhatIf(const PolicyView& view, const Facts& facts, const Verdict& verdict)
      : view_(view), facts_(facts), verdict_(verdict) {}

  std::vector<std::string> run() {
    if (verdict_.ruling == Ruling::Allow) return {};
    if (verdict_.ruling == Ruling::Authenticate) {
      add("The gateway would have to know who is asking: by signing in, or by an address that the directory knows.");
      return std::move(out_);
    }
    standing();
    warning();
    waiting();
    grants();
    lists();
    if (out_.empty()) add("Nothing that a person, a permission or the hour could change.");
    return std::move(out_);
  }

 private:
  void add(std::string sentence) { out_.push_back(std::move(sentence)); }
  Verdict ask(const Facts& facts) const { return policy::decide(facts, view_.rules, view_.grants); }
  [[nodiscard]] bool better(const Verdict& other) const { return distance(other) < distance(verdict_); }
  // The end of a sentence, without its stop.
  static std::string then(const Verdict& other) {
    if (other.ruling == Ruling::Allow) return "it would be allowed";
    std::string_view reason = sentence(other.reason);
    if (reason.ends_with('.')) reason.remove_suffix(1);
    return fmt::format("the answer would be: {}", reason);
  }
  std::string when(WallTime time) const { return view_.rules.zone().format(time); }

  void standing() {
    Standing changed = facts_.standing ? *facts_.standing : Standing();
    Facts facts = facts_;
    facts.standing = &changed;
    if (verdict_.reason == Reason::Suspended || verdict_.reason == Reason::Revoked) {
      changed.barred = Reason::Work;
      changed.ends = WallTime::max();
      changed.ended_at_once = false;
      if (const Verdict other = ask(facts); better(other) || other.reason != verdict_.reason)
        add(fmt::format("Were the order about this person's access lifted, {}.", then(other)));
    }
    if (verdict_.reason == Reason::NotAcknowledged) {
      const auto* text = view_.rules.acknowledgement(facts_.subject.department, facts_.subject.kind);
      if (!text) return;
      changed.acknowledged = text->version;
      changed.acknowledged_at = facts_.now;
      add(fmt::format("Once \"{}\" has been acknowledged, {}.", text->title, then(ask(facts))));
    }
    if (verdict_.reason == Reason::PersonalDevice) {
      facts.subject.personal_device = false;
      add(fmt::format("On a device of the city's, or on one that has been approved, {}.", then(ask(facts))));
    }
  }

  void warning() {
    if (verdict_.ruling != Ruling::Warn) return;
    Facts facts = facts_;
    facts.warned = true;
    add(fmt::format("Once the warning has been read today, {}.", then(ask(facts))));
  }

  // Of a window and of a quota the verdict knows the moment; usage of another day is nothing.
  void waiting() {
    if (verdict_.opens_at == WallTime::max()) return;
    Facts facts = facts_;
    facts.now = verdict_.opens_at;
    facts.local = view_.rules.zone().at(facts.now);
    if (facts.local.day != facts_.local.day) facts.usage = nullptr;
    if (const Verdict other = ask(facts); better(other)) add(fmt::format("At {}, {}.", when(facts.now), then(other)));
  }

  // A grant of this kind for what was found, beside those in force.
  Verdict with_grant(GrantKind kind) const {
    std::vector<Grant> all = view_.grants.all();
    Grant& grant = all.emplace_back();
    grant.id = GrantId{UINT32_MAX};
    grant.kind = kind;
    grant.subjects = {facts_.subject.person};
    grant.categories = facts_.categories;
    grant.start = facts_.now;
    grant.end = facts_.now + std::chrono::days(1);
    return policy::decide(facts_, view_.rules, GrantBook(std::move(all)));
  }

  void grants() {
    if (!facts_.subject.person) return;
    for (const auto kind : {GrantKind::BusinessUse, GrantKind::Streaming, GrantKind::Exemption}) {
      const Verdict other = with_grant(kind);
      if (!better(other)) continue;
      const auto* chain = view_.rules.approval(kind, facts_.subject.department);
      add(chain ? fmt::format("With a permission (\"{}\") {}. It is given by {}{}.", grant_kind_words(kind),
                              then(other), approval_words(chain), clause_words(chain->clause))
                : fmt::format("With a permission (\"{}\") {}, but the policy names nobody who could give it.",
                              grant_kind_words(kind), then(other)));
    }
    if (verdict_.reason == Reason::HeldForApproval) {
      const auto* chain = view_.rules.approval(GrantKind::Download, facts_.subject.department);
      add(fmt::format("The program is given out once it has been approved by {}.", approval_words(chain)));
    }
    if (verdict_.reason == Reason::Prohibited)
      add("No hour, quota, permission or override opens what is prohibited; only a sealed law-enforcement grant does.");
  }

  void lists() {
    if (facts_.categories.empty()) return;
    Facts facts = facts_;
    facts.categories = {};
    if (const Verdict other = ask(facts); better(other))
      add(fmt::format("If the lists are wrong about this site and it were in none of these categories, {}.",
                      then(other)));
  }

  const PolicyView& view_;
  const Facts& facts_;
  const Verdict& verdict_;
  std::vector<std::string> out_;
};

}  // namespace

std::vector<std::string> what_would_change(const PolicyView& view, const Facts& facts, const Verdict& verdict) {
  return WhatIf(view, facts, verdict).run();
}

}  // namespace citygate::review
