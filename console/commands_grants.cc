// Grants by command: asked for, agreed to, refused, withdrawn, listed, told. docs/grants.md is written for who uses them.
#include <fmt/format.h>

#include <algorithm>

#include "base/document.h"
#include "console/act_draft.h"
#include "console/commands.h"
#include "console/grants_text.h"
#include "console/sealed_grants.h"
#include "console/selectors.h"
#include "console/text_table.h"
#include "policy/act_checks.h"
#include "policy/grants/request.h"
#include "policy/grants/resolve.h"

namespace citygate::console {
namespace {

using policy::GrantCase;
using policy::GrantKind;

// Names of people or categories: with commas between them, or spaces.
std::string words_of(std::string_view text) {
  std::string out(text);
  std::ranges::replace(out, ',', ' ');
  return out;
}

void tell(const std::vector<std::string>& lines, Output& output) {
  for (const auto& line : lines) output.out(line);
}

// What the acts have made of it.
Result<void> tell_grant(Operator& op, std::string_view name, const Arguments& args, Output& output) {
  const auto grant = op.registrar().grant(name);
  if (!grant) return fail(Error::Kind::Bug, fmt::format("there is no grant '{}'", name));
  const WallTime now = op.clock().now();
  const Zone zone = op.in_force().rules->zone();
  if (given(args, "json"))
    output.out(grant_json(*grant, nullptr, Showing::All, now));
  else
    tell({fmt::format("{}: {}", name, grant_object(*grant, Showing::All)),
          grant_standing(*grant, Showing::All, zone, now)},
         output);
  return {};
}

Result<void> request(Operator& op, const Arguments& args, Output& output) {
  Act act = draft_act(ActKind::GrantRequest, args, output);
  constexpr std::string_view kLists[] = {"for", "units", "categories"};
  const auto add = [&](std::string_view field, std::string_view name) {
    const std::string value(argument(args, name));
    if (value.empty()) return;
    const bool list = std::ranges::find(kLists, field) != std::end(kLists);
    act.fields.emplace(field, list ? words_of(value) : value);
  };
  for (const auto* name : {"kind", "for", "units", "categories", "department", "case", "about", "host", "sha256", "url",
                           "sponsor", "address", "description"})
    add(name, name);
  add("full_name", "full-name");
  const Zone zone = op.in_force().rules->zone();
  if (const auto from = argument(args, "from"); !from.empty()) {
    CG_TRY(start, find_time(zone, from, Edge::Begin));
    policy::set_time(act, "start", start);
  }
  if (const auto until = argument(args, "until"); !until.empty()) {
    CG_TRY(end, find_time(zone, until, Edge::End));
    policy::set_time(act, "end", end);
  }
  CG_TRY(kept, op.registrar().enact(std::move(act)));
  return tell_grant(op, kept.subject, args, output);
}

Result<void> decide(Operator& op, ActKind kind, const Arguments& args, Output& output) {
  Act act = draft_act(kind, args, output);
  act.subject = argument(args, "grant");
  if (const auto step = argument(args, "step"); !step.empty()) act.fields.emplace("step", step);
  CG_TRY(kept, op.registrar().enact(std::move(act)));
  return tell_grant(op, kept.subject, args, output);
}

struct Filter {
  std::optional<policy::GrantPhase> phase;
  std::optional<GrantKind> kind;
  std::string_view about, waiting_for;

  [[nodiscard]] bool takes(const GrantCase& grant, WallTime now) const {
    if (phase && policy::phase_of(grant, now) != *phase) return false;
    if (kind && grant.grant.kind != *kind) return false;
    // Whom a sealed grant is for is not told, neither by its being listed.
    if (!about.empty() && (grant.grant.sealed() || !policy::is_concerned(grant, about))) return false;
    return waiting_for.empty() || turn_of(grant, waiting_for, now);
  }
};

template <class Word>
std::unexpected<Error> unknown_word(std::string_view what, std::string_view word, Word last) {
  std::vector<std::string_view> known;
  for (unsigned value = 0; value <= static_cast<unsigned>(last); ++value)
    known.push_back(to_string(static_cast<Word>(value)));
  const auto near = nearest(word, known);
  return fail(Error::Kind::Malformed,
              fmt::format("'{}' is no {}{}; there is {}", word, what,
                          near.empty() ? "" : fmt::format("; did you mean '{}'?", near), fmt::join(known, ", ")));
}

Result<GrantKind> find_kind(std::string_view word) {
  if (const auto kind = policy::parse_grant_kind(word)) return *kind;
  return unknown_word("kind of grant", word, policy::kLastGrantKind);
}

Result<policy::GrantPhase> find_phase(std::string_view word) {
  for (unsigned value = 0; value <= static_cast<unsigned>(policy::kLastGrantPhase); ++value)
    if (word == to_string(static_cast<policy::GrantPhase>(value))) return static_cast<policy::GrantPhase>(value);
  return unknown_word("state of a grant", word, policy::kLastGrantPhase);
}

Result<Filter> filter_of(Operator& op, const Arguments& args) {
  Filter out;
  if (const auto word = argument(args, "phase"); !word.empty()) {
    CG_TRY(phase, find_phase(word));
    out.phase = phase;
  }
  if (const auto word = argument(args, "kind"); !word.empty()) {
    CG_TRY(kind, find_kind(word));
    out.kind = kind;
  }
  out.about = argument(args, "for");
  if (!out.about.empty()) CG_TRY_VOID(find_person(op, out.about));
  out.waiting_for = argument(args, "waiting-for");
  if (!out.waiting_for.empty()) CG_TRY_VOID(policy::find_person(out.waiting_for, *op.registrar().state().people));
  return out;
}

Result<void> list(Operator& op, const Arguments& args, Output& output) {
  CG_TRY(filter, filter_of(op, args));
  const WallTime now = op.clock().now();
  const Zone zone = op.in_force().rules->zone();
  std::vector<GrantCase> found;
  op.registrar().grants([&](const GrantCase& grant) {
    if (filter.takes(grant, now)) found.push_back(grant);
    return true;
  });
  if (given(args, "json")) {
    for (const auto& grant : found) output.out(grant_json(grant, nullptr, Showing::Sealed, now));
    return {};
  }
  if (found.empty()) output.out("no such grant");
  for (const auto& grant : found)
    tell({fmt::format("{}: {}", grant.grant.name, grant_object(grant, Showing::Sealed)),
          fmt::format("  {}", grant_standing(grant, Showing::Sealed, zone, now))},
         output);
  return {};
}

Result<void> show(Operator& op, const Arguments& args, Output& output) {
  const auto name = argument(args, "grant");
  const auto grant = op.registrar().grant(name);
  if (!grant)
    return fail(Error::Kind::NotFound, fmt::format("there is no grant '{}'; `citygate grant list` names them", name));
  const WallTime now = op.clock().now();
  const bool all = is_told(*grant, argument(args, "by"), *op.registrar().state().people);
  Looks looks;
  if (all && grant->grant.sealed()) looks.add(grant->grant.name);
  CG_TRY_VOID(looks.keep(op, args, output, "grant show"));
  std::vector<Act> acts;
  CG_TRY_VOID(op.acts().scan(policy::act_number(name), [&](const Act& act) {
    if (act.subject == name && act.kind != ActKind::View) acts.push_back(act);
    return true;
  }));
  const Showing showing = all ? Showing::All : Showing::Sealed;
  if (given(args, "json"))
    output.out(grant_json(*grant, &acts, showing, now));
  else
    tell(grant_story(*grant, acts, showing, op.in_force().rules->zone(), now), output);
  return {};
}

Result<void> chain(Operator& op, const Arguments& args, Output& output) {
  CG_TRY(kind, find_kind(argument(args, "kind")));
  const auto state = op.registrar().state();
  const auto in_force = op.in_force();
  const WallTime now = op.clock().now();
  const policy::Person* person = nullptr;
  DepartmentId department;
  if (const auto name = argument(args, "for"); !name.empty()) {
    CG_TRY(found, policy::find_person(name, *state.people));
    person = found;
    department = person->department_at(now);
  }
  const auto* rule = state.rules->approval(kind, department);
  if (!rule)
    return fail(Error::Kind::Refused, fmt::format("the policy of {} has no '{}': there is no [[approval]] of that kind",
                                                  state.rules->city(), to_string(kind)));
  std::vector<GrantCase::Step> steps;
  if (person) {
    const policy::ActContext context{.people = *state.people,
                                     .rules = *state.rules,
                                     .standing = *state.standing,
                                     .taxonomy = *in_force.taxonomy,
                                     .names = op.names(),
                                     .now = now,
                                     .next_number = 0};
    CG_TRY(resolved, policy::resolve_steps(*rule, {.of = {person}, .concerned = {person->id}}, context));
    steps = std::move(resolved);
  }
  if (given(args, "json")) {
    output.out(chain_json(*rule, person ? &steps : nullptr));
    return {};
  }
  tell(chain_lines(*rule), output);
  if (person) output.out(fmt::format("where {} asks, or is whom it is for or about:", person->name));
  for (const auto& step : steps) output.out(fmt::format("  {}: {}", step.role, fmt::join(step.approvers, " or ")));
  return {};
}

int grant_request(Operator& op, const Arguments& args, Output& output) {
  return answer(request(op, args, output), output);
}
int grant_approve(Operator& op, const Arguments& args, Output& output) {
  return answer(decide(op, ActKind::GrantApprove, args, output), output);
}
int grant_refuse(Operator& op, const Arguments& args, Output& output) {
  return answer(decide(op, ActKind::GrantRefuse, args, output), output);
}
int grant_withdraw(Operator& op, const Arguments& args, Output& output) {
  return answer(decide(op, ActKind::GrantWithdraw, args, output), output);
}
int grant_list(Operator& op, const Arguments& args, Output& output) { return answer(list(op, args, output), output); }
int grant_show(Operator& op, const Arguments& args, Output& output) { return answer(show(op, args, output), output); }
int grant_chain(Operator& op, const Arguments& args, Output& output) { return answer(chain(op, args, output), output); }

constexpr Option kGrant = Option::place("grant", "GRANT", "As `citygate grant list` names it: exemption/1042");
constexpr Option kDecider = Option::needed("by", "NAME", "Who decides: a person of the directory");
constexpr Option kReason = Option::needed("reason", "TEXT", "Why; kept for ever with the grant");
constexpr Option kRequestOptions[] = {
    Option::place("kind", "KIND", "One of those"),
    Option::needed("by", "NAME", "Who asks: a person of the directory"),
    Option::needed("reason", "TEXT", "What it is for; kept for ever with the grant"),
    Option::value("for", "NAMES", "Whom it is for, with commas between; default: who asks"),
    Option::value("until", "TIME", "When it lapses by itself; a day alone is included"),
    Option::value("from", "TIME", "When it begins; default: with the last approval"),
    Option::value("categories", "NAMES", "What it opens, with commas between"),
    Option::value("host", "HOST", "Only there, and below it"),
    Option::value("case", "NUMBER", "Of law enforcement"),
    Option::value("units", "NAMES", "Units of the department: whoever is in one now"),
    Option::value("department", "NAME", "Of the units, or where a guest works"),
    Option::value("about", "NAME", "Whose records are to be read"),
    Option::value("sha256", "HEX", "Of the file that is held"),
    Option::value("url", "URL", "Where the file comes from"),
    Option::value("sponsor", "NAME", "Who answers for the guest; default: who asks"),
    Option::value("full-name", "TEXT", "Of the guest"),
    Option::value("address", "ADDRESS", "Of the device"),
    Option::value("description", "TEXT", "Of the device"),
    kJsonObject};
constexpr Option kApproveOptions[] = {
    kGrant, kDecider, Option::value("step", "ROLE", "As which; default: the step that is yours"),
    Option::value("reason", "TEXT", "Why; kept for ever with the grant"), kJsonObject};
constexpr Option kRefuseOptions[] = {kGrant, kDecider, kReason, kJsonObject};
constexpr Option kListOptions[] = {
    Option::value("phase", "WORD", "waiting, unanswered, coming, in-force, lapsed, refused or withdrawn"),
    Option::value("kind", "KIND", "Of this kind; `citygate grant request --help` names them"),
    Option::value("for", "NAME", "Asked for by, for, about or sponsored by this person; sealed ones are not told"),
    Option::value("waiting-for", "NAME", "This person's turn to decide"), kJsonLines};
constexpr Option kShowOptions[] = {
    kGrant, Option::value("by", "NAME", "Who looks; of a sealed grant all is told only to who is concerned"),
    kJsonLines};
constexpr Option kChainOptions[] = {Option::place("kind", "KIND", "`citygate grant request --help` names them"),
                                    Option::value("for", "NAME", "And who that is for this person"), kJsonObject};

constexpr Command kCommands[] = {
    {"grant request",
     "Ask for a grant. Kinds: law-enforcement (--case --categories and --for or --units --department),\n"
     "exemption and business-use (--categories, --host), streaming-permit (--categories or --host),\n"
     "software-download (--sha256 --url), guest-account (--for the name to sign in with, --sponsor),\n"
     "personal-device (--description, --address), record-access (--about).",
     kRequestOptions, grant_request},
    {"grant approve",
     "Agree to a grant: one signature of those that the policy asks for. Nobody agrees to\n"
     "what they asked for, or what is for or about them, and nobody signs twice.",
     kApproveOptions, grant_approve},
    {"grant refuse", "Say no to a grant that waits.", kRefuseOptions, grant_refuse},
    {"grant withdraw", "Take a grant back now: who asked for it, or, once it is agreed to, who agreed to it.",
     kRefuseOptions, grant_withdraw},
    {"grant list", "Grants, the newest first. All conditions must hold.", kListOptions, grant_list},
    {"grant show", "The whole story of a grant, with its acts and its clause.", kShowOptions, grant_show},
    {"grant chain", "Who has to agree to a kind of grant, by the policy in force.", kChainOptions, grant_chain},
};

}  // namespace

std::span<const Command> grants_commands() { return kCommands; }

}  // namespace citygate::console
