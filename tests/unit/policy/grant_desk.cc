#include "tests/unit/policy/grant_desk.h"

#include <algorithm>
#include <stdexcept>

#include "policy/grants/step_text.h"

namespace citygate::policy {

const std::string_view kGrantPeople = R"(
[[department]]
name = "office"
head = "cora"
[[department]]
name = "finance"
head = "dana"
[[department]]
name = "it"
head = "kim"
[[department]]
name = "police"
title = "Police Department"
head = "ray"
[[person]]
name = "max"
department = "office"
roles = ["mayor"]
[[person]]
name = "cora"
department = "office"
roles = ["city-manager"]
supervisor = "max"
[[person]]
name = "carl"
department = "office"
roles = ["cao", "bursar"]
[[person]]
name = "mia.mis"
department = "it"
roles = ["mis"]
[[person]]
name = "ivy"
department = "it"
roles = ["it-contractor"]
[[person]]
name = "cody"
department = "it"
roles = ["county-it"]
[[person]]
name = "dora"
department = "it"
roles = ["county-it-director"]
[[person]]
name = "dana"
department = "finance"
roles = ["auditor", "bursar"]
supervisor = "cora"
[[person]]
name = "sue"
department = "finance"
supervisor = "dana"
[[person]]
name = "pat"
department = "finance"
supervisor = "sue"
[[person]]
name = "quinn"
department = "finance"
[[person]]
name = "kim"
department = "it"
roles = ["it-director"]
supervisor = "cora"
[[person]]
name = "lee"
department = "it"
supervisor = "kim"
[[person]]
name = "ray"
department = "police"
roles = ["police-chief"]
supervisor = "cora"
[[person]]
name = "sgt"
department = "police"
supervisor = "ray"
[[person]]
name = "mia"
department = "police"
units = ["vice", "night"]
supervisor = "sgt"
[[person]]
name = "sam"
department = "police"
units = ["vice"]
supervisor = "sgt"
[[device]]
name = "room"
department = "finance"
addresses = ["10.0.2.0/24"]
[[guest]]
name = "gia"
department = "finance"
sponsor = "sue"
purpose = "audit"
end = 2027-01-01T00:00:00Z
)";

const std::string_view kGrantPolicy = R"([city]
name = "Springfield"
time_zone = "America/Chicago"
[[rule]]
name = "no-weapons"
categories = ["weapons", "games", "video"]
action = "block"
[[rule]]
name = "some-news"
categories = ["news"]
action = "personal"
[[approval]]
kind = "law-enforcement"
steps = ["supervisor", "police-chief"]
order = "given"
longest_days = 90
instead = { police-chief = "city-manager" }
[[approval]]
kind = "exemption"
steps = ["supervisor", "it-director"]
[[approval]]
kind = "streaming-permit"
steps = ["cao"]
[[approval]]
kind = "business-use"
steps = ["department-head"]
[[approval]]
kind = "software-download"
title = "Downloading software"
clause = "S3 C8"
steps = ["department-head", "it-director"]
instead = { department-head = "city-manager", it-director = "city-manager" }
[[approval]]
kind = "guest-account"
steps = ["county-it-director"]
longest_days = 90
[[approval]]
kind = "personal-device"
steps = ["it-director"]
[[approval]]
kind = "record-access"
clause = "S4 3.2"
steps = ["city-manager"]
longest_days = 7
instead = { city-manager = "mayor" }
)";

GrantDesk::GrantDesk(std::string_view policy) {
  if (!city.load(policy)) throw std::runtime_error(city.problems().to_string());
  at("2026-11-20T12:00:00");
}

ActContext GrantDesk::context() const {
  return {.people = city.people(),
          .rules = city.rules(),
          .standing = standing,
          .taxonomy = city.taxonomy(),
          .names = const_cast<City&>(city).names(),
          .now = clock.now(),
          .next_number = acts.last() + 1};
}

void GrantDesk::at(std::string_view local) { clock.set(time(city, local)); }

Result<Act> GrantDesk::enact(Act act) {
  CG_TRY_VOID(fold.prepare(act, context()));
  CG_TRY(kept, acts.append({std::move(act)}));
  CG_TRY_VOID(fold.apply(kept.front(), city.names()));
  return std::move(kept.front());
}

Result<std::string> GrantDesk::ask(std::string_view kind, std::string_view by, Fields fields) {
  Act act{.kind = ActKind::GrantRequest, .author = std::string(by), .via = "test", .reason = "for work", .subject = ""};
  act.fields.emplace("kind", kind);
  act.fields.emplace("end", "2026-11-27T12:00:00");
  for (const auto& [name, value] : fields) act.fields.insert_or_assign(std::string(name), std::string(value));
  std::erase_if(act.fields, [](const auto& field) { return field.second.empty(); });
  CG_TRY(kept, enact(std::move(act)));
  return kept.subject;
}

Result<Act> GrantDesk::approve(std::string_view grant, std::string_view by, std::string_view step) {
  Act act{.kind = ActKind::GrantApprove,
          .author = std::string(by),
          .via = "test",
          .reason = "",
          .subject = std::string(grant)};
  if (!step.empty()) act.fields.emplace("step", step);
  return enact(std::move(act));
}

Result<Act> GrantDesk::refuse(std::string_view grant, std::string_view by) {
  return enact({.kind = ActKind::GrantRefuse,
                .author = std::string(by),
                .via = "test",
                .reason = "no",
                .subject = std::string(grant)});
}

Result<Act> GrantDesk::withdraw(std::string_view grant, std::string_view by) {
  return enact({.kind = ActKind::GrantWithdraw,
                .author = std::string(by),
                .via = "test",
                .reason = "over",
                .subject = std::string(grant)});
}

void GrantDesk::bar(std::string_view person, Reason reason) {
  Standing order;
  order.barred = reason;
  order.barred_from = clock.now();
  standing.set(city.people().by_name(person)->id, order);
}

std::string GrantDesk::steps(const Result<std::string>& grant) const {
  return grant ? format_steps(fold.find(*grant)->steps) : grant.error().context;
}

bool GrantDesk::in_force(std::string_view grant) const {
  const auto book = fold.book_upon(city.grants());
  return std::ranges::any_of(book->all(),
                             [&](const Grant& each) { return each.name == grant && each.live(clock.now()); });
}

}  // namespace citygate::policy
