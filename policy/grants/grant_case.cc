#include "policy/grants/grant_case.h"

#include <algorithm>
#include <array>

#include "policy/act_checks.h"
#include "policy/grants/step_text.h"
#include "policy/people/people_act.h"

namespace citygate::policy {
namespace {

constexpr std::array<std::string_view, 22> kFields = {
    "kind", "for",   "units", "department", "case",    "categories", "host",        "sha256",
    "url",  "name",  "about", "full_name",  "sponsor", "address",    "description", "start",
    "end",  "steps", "order", "title",      "clause",  "instead"};

std::unexpected<Error> malformed(std::string text) { return fail(Error::Kind::Malformed, std::move(text)); }

Result<void> read_term(const Act& act, GrantCase& out) {
  CG_TRY(start, utc_field(act, "start"));
  CG_TRY(end, utc_field(act, "end"));
  if (!start || !end) return malformed("a grant without 'start' or 'end'");
  out.grant.start = *start;
  out.grant.end = *end;
  return {};
}

template <class Tag, class Rep>
Result<void> keep(NameSource& names, NameKind kind, std::string_view name, Id<Tag, Rep>& id) {
  CG_TRY(number, names.intern(kind, name));
  id.value = static_cast<Rep>(number);
  return {};
}

}  // namespace

std::string_view to_string(GrantPhase phase) {
  switch (phase) {
    case GrantPhase::Waiting: return "waiting";
    case GrantPhase::Unanswered: return "unanswered";
    case GrantPhase::Coming: return "coming";
    case GrantPhase::InForce: return "in-force";
    case GrantPhase::Lapsed: return "lapsed";
    case GrantPhase::Refused: return "refused";
    case GrantPhase::Withdrawn: return "withdrawn";
  }
  return "?";
}

GrantPhase phase_of(const GrantCase& grant, WallTime now) {
  switch (grant.state) {
    case GrantCase::State::Asked: return now < grant.grant.end ? GrantPhase::Waiting : GrantPhase::Unanswered;
    case GrantCase::State::Refused: return GrantPhase::Refused;
    case GrantCase::State::Withdrawn: return GrantPhase::Withdrawn;
    case GrantCase::State::Agreed: break;
  }
  if (grant.grant.end <= now) return GrantPhase::Lapsed;
  return now < grant.grant.start ? GrantPhase::Coming : GrantPhase::InForce;
}

Result<GrantCase> case_from(const Act& act, const NameSource& names) {
  CG_TRY_VOID(only_fields(act, kFields));
  GrantCase out;
  const auto kind = parse_grant_kind(act.field("kind"));
  if (!kind || !act.subject.starts_with(to_string(*kind))) return malformed("unknown kind of grant");
  out.grant.kind = *kind;
  out.grant.name = act.subject;
  out.grant.case_number = act.field("case");
  out.grant.host = act.field("host");
  CG_TRY_VOID(read_term(act, out));
  out.requester = act.author;
  out.purpose = act.reason;
  out.clause = act.field("clause");
  out.title = act.field("title");
  out.subjects = split_list(act.field("for"), ' ');
  out.categories = split_list(act.field("categories"), ' ');
  out.department = act.field("department");
  out.about = act.field("about");
  out.url = act.field("url");
  out.sha256 = act.field("sha256");
  out.file_name = act.field("name");
  out.sponsor = act.field("sponsor");
  out.full_name = act.field("full_name");
  out.device = act.field("description");
  if (const auto address = act.field("address"); !address.empty()) {
    out.grant.device = IpAddress::parse(address);
    if (!out.grant.device) return malformed("'address' is none");
    out.device = out.device.empty() ? std::string(address) : std::string(address) + ", " + out.device;
  }
  auto steps = parse_steps(act.field("steps"));
  if (!steps || out.subjects.empty()) return malformed("a grant for nobody, or that nobody has to agree to");
  out.steps = std::move(*steps);
  if (act.field("order") != "given" && act.field("order") != "any")
    return malformed("'order' is neither given nor any");
  out.ordered = act.field("order") == "given";
  out.asked_at = act.time;
  for (const auto& name : out.subjects)
    if (const auto id = names.find(NameKind::Person, name)) out.grant.subjects.push_back({*id});
  for (const auto& name : out.categories)
    if (const auto id = names.find(NameKind::Category, name))
      out.grant.categories.insert({static_cast<std::uint16_t>(*id)});
  return out;
}

Result<void> intern_ids(GrantCase& grant, NameSource& names) {
  Grant& out = grant.grant;
  CG_TRY_VOID(keep(names, NameKind::Grant, out.name, out.id));
  if (!grant.about.empty()) CG_TRY_VOID(keep(names, NameKind::Person, grant.about, out.about));
  out.subjects.clear();
  for (const auto& name : grant.subjects) CG_TRY_VOID(keep(names, NameKind::Person, name, out.subjects.emplace_back()));
  std::ranges::sort(out.subjects);
  for (const auto& name : grant.categories) {
    CategoryId id;
    CG_TRY_VOID(keep(names, NameKind::Category, name, id));
    out.categories.insert(id);
  }
  return {};
}

bool is_approver(const GrantCase& grant, std::string_view person) {
  return std::ranges::any_of(grant.steps, [person](const GrantCase::Step& step) {
    return std::ranges::find(step.approvers, person) != step.approvers.end();
  });
}

bool is_concerned(const GrantCase& grant, std::string_view person) {
  if (person.empty()) return false;  // as is a grant's sponsor, where it has none
  return grant.requester == person || grant.about == person || grant.sponsor == person ||
         std::ranges::find(grant.subjects, person) != grant.subjects.end();
}

}  // namespace citygate::policy
