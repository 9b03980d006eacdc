#include "proxy/desk.h"

#include <algorithm>

#include "policy/decide.h"

namespace citygate::proxy {
namespace {

CategoryId first_of(const CategorySet& categories) {
  CategoryId first;
  categories.for_each([&first](CategoryId id) {
    if (!first) first = id;
  });
  return first;
}

}  // namespace

void Case::clear() {
  target.clear();
  client = {};
  shared_address = false;
  subject = {};
  known_until = WallTime::max();
  lapsed = false;
  upload_bytes = 0;
  meter = nullptr;
  categories = {};
  listed_host = own_address = warning_waived = media = false;
  software = {};
  sign = policy::TunnelSign::None;
  hello_target.reset();
  hello_refused = false;
  named_by = NamedBy::Request;
  name_check = NameCheck::Unknown;
  chosen = {};
  verdict = {};
  evidence = {};
  evidence_of = {};
  classified = 0;
  policy = {};
  lists = {};
  people = {};
}

CategoryId Case::decisive() const {
  if (verdict.category || hello_refused) return verdict.category;
  return first_of(categories);
}

Desk::Desk(Snapshots snapshots, const Clock& clock, meter::UsageBoard& board, WarnRegister& warnings,
           const SessionTable* sessions)
    : snapshots_(std::move(snapshots)),
      clock_(clock),
      board_(board),
      warnings_(warnings),
      sessions_(sessions),
      local_clock_(snapshots_.rules->zone()) {
  find_signs();
}

void Desk::adopt(Snapshots snapshots) {
  snapshots_ = std::move(snapshots);
  local_clock_ = LocalClock(snapshots_.rules->zone());
  day_begin_ = day_end_ = {};
  find_signs();
}

void Desk::find_signs() {
  const auto id = [this](std::string_view name) {
    const auto* category = snapshots_.taxonomy->find(name);
    return category ? category->id : CategoryId{};
  };
  not_tls_ = id(policy::kNotTls);
  no_server_name_ = id(policy::kNoServerName);
}

WallTime Desk::day_end(WallTime time) {
  if (time < day_begin_ || time >= day_end_) {
    const std::int32_t day = local_clock_.at(time).day;
    day_begin_ = zone().start_of(day);
    day_end_ = zone().start_of(day + 1);
  }
  return day_end_;
}

void Desk::classify(Case& about) {
  snapshots_.lists->classify(about.target, workspace_, classification_);
  about.categories = classification_.categories;
  about.lists = snapshots_.lists->id();
  about.evidence_of = {};
  about.classified = classified_ = ++classifications_;
  add_hello(about);
}

void Desk::add_hello(Case& about) {
  using policy::TunnelSign;
  if (about.sign != TunnelSign::None) {
    const CategoryId category = about.sign == TunnelSign::NotTls ? not_tls_ : no_server_name_;
    if (category) about.categories.insert(category);
  }
  if (!about.hello_target) return;
  snapshots_.lists->classify(*about.hello_target, workspace_, classification_);
  about.categories |= classification_.categories;
  classified_ = 0;  // what is kept is not about the target
}

void Desk::refresh(Case& about) {
  refresh_subject(about);
  if (about.lists != snapshots_.lists->id()) {
    classify(about);
    if (about.media) add_media_category(about);
    if (!about.software.empty()) add_software(about, about.software);
  }
}

void Desk::add_media_category(Case& about) {
  about.media = true;
  if (const CategoryId media = snapshots_.taxonomy->media()) about.categories.insert(media);
}

void Desk::add_software(Case& about, std::string_view kind) {
  about.software = kind;
  if (const CategoryId software = snapshots_.taxonomy->software()) about.categories.insert(software);
}

bool Desk::cares_for_software(const Case& about) const {
  const CategoryId software = snapshots_.taxonomy->software();
  return software && snapshots_.rules->effective(software, about.subject.department).action != Action::Work;
}

policy::Facts Desk::facts_of(const Case& about, Stage stage, std::span<const IpAddress> addresses) {
  policy::Facts facts;
  facts.stage = stage;
  facts.subject = about.subject;
  facts.client = about.client;
  facts.standing = snapshots_.standing->of(facts.subject.person);
  facts.now = clock_.now();
  // Whose session an order has ended is refused by the order, which has its evidence in that.
  const bool barred = facts.standing && facts.standing->closed_at(facts.now);
  if (about.lapsed && !barred) {
    facts.subject.person = {};
    facts.standing = nullptr;
  }
  facts.target = &about.target;
  facts.categories = about.categories;
  facts.addresses = addresses;
  facts.sign = about.sign;
  if (about.hello_target) facts.hello_host = about.hello_target->host;
  facts.upload_bytes = about.upload_bytes;
  facts.own_address = about.own_address;
  facts.listed_host = about.listed_host;
  facts.usage = about.meter;
  facts.local = local_clock_.at(facts.now);
  facts.warned = about.warning_waived;
  return facts;
}

bool Desk::allows_other_protocols(const Case& about, std::span<const IpAddress> addresses) {
  policy::Facts facts = facts_of(about, Stage::Hello, addresses);
  facts.sign = policy::TunnelSign::NotTls;
  if (not_tls_) facts.categories.insert(not_tls_);
  facts.warned = true;  // a warning holds nobody up in a tunnel
  return policy::decide(facts, *snapshots_.rules, *snapshots_.grants).ruling == Ruling::Allow;
}

const policy::Verdict& Desk::decide(Case& about, Stage stage, std::span<const IpAddress> addresses) {
  policy::Facts facts = facts_of(about, stage, addresses);
  const bool was_sealed = about.verdict.sealed;
  const GrantId sealed_by = about.verdict.grant;
  policy::Verdict verdict = policy::decide(facts, *snapshots_.rules, *snapshots_.grants);
  if (verdict.ruling == Ruling::Warn && warnings_.read(about.subject.person, verdict.category, facts.local.day)) {
    facts.warned = true;
    verdict = policy::decide(facts, *snapshots_.rules, *snapshots_.grants);
  }
  // What began sealed ends sealed, even when its grant has run out meanwhile: the record must not come to light.
  if (was_sealed && !verdict.sealed) {
    verdict.sealed = true;
    verdict.grant = sealed_by;  // under which the sealed stream is read
  }
  if (about.lapsed && !snapshots_.people->by_id(about.subject.person)) {
    verdict.ruling = Ruling::Refuse;  // no sign-in brings back who has left
    verdict.reason = Reason::Revoked;
  }
  verdict.good_until = std::min(verdict.good_until, about.known_until);
  about.verdict = verdict;
  about.policy = snapshots_.rules->version();
  find_evidence(about);
  return about.verdict;
}

void Desk::refuse_hello(Case& about, Reason reason) {
  policy::Verdict verdict;
  verdict.reason = reason;
  verdict.stage = Stage::Hello;
  if (about.verdict.sealed) {
    verdict.sealed = true;
    verdict.grant = about.verdict.grant;  // under which the sealed stream is read
  }
  about.hello_refused = true;
  about.evidence = {};
  if (about.hello_target) {
    snapshots_.lists->classify(*about.hello_target, workspace_, classification_);
    classified_ = 0;
    verdict.category = first_of(classification_.categories);
    if (verdict.category && about.lists == snapshots_.lists->id()) about.evidence = evidence_for(verdict.category);
  }
  about.evidence_of = verdict.category;
  about.verdict = verdict;
}

Evidence Desk::evidence_for(CategoryId category) {
  return memo_.find(classification_, category, [&] { return snapshots_.lists->evidence(classification_, category); });
}

// Looked up when another category decides than before, which is seldom more than once in a case's life: so a case need
// not carry what the lists said of it.
void Desk::find_evidence(Case& about) {
  const CategoryId decisive = about.decisive();
  if (decisive == about.evidence_of) return;
  about.evidence_of = decisive;
  about.evidence = {};
  if (!decisive || about.lists != snapshots_.lists->id()) return;
  if (about.classified != classified_) {
    snapshots_.lists->classify(about.target, workspace_, classification_);
    classified_ = about.classified;
  }
  if (about.hello_target && !classification_.categories.contains(decisive)) {
    snapshots_.lists->classify(*about.hello_target, workspace_, classification_);
    classified_ = 0;
  }
  about.evidence = evidence_for(decisive);
}

}  // namespace citygate::proxy
