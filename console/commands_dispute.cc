// Disputes of verdicts: opened by whom they are about, decided by somebody above him.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "console/act_draft.h"
#include "console/commands.h"
#include "console/selectors.h"
#include "policy/people/dispute_fold.h"
#include "records/store.h"

namespace citygate::console {
namespace {

using policy::Dispute;

std::string_view state_word(Dispute::State state) {
  switch (state) {
    case Dispute::State::Open: return "open";
    case Dispute::State::Work: return "work";
    case Dispute::State::Personal: return "personal";
  }
  return "?";
}

std::string json_of(const Dispute& one) {
  nlohmann::ordered_json out{{"number", one.number},
                             {"person", one.person},
                             {"state", state_word(one.state)},
                             {"claim", one.wrong_category ? "category" : "work"},
                             {"record", one.record},
                             {"what", one.what},
                             {"reason", one.why},
                             {"opened", format_utc(one.opened_at)}};
  if (one.state != Dispute::State::Open)
    out.update(
        {{"decided_by", one.decided_by}, {"decided", format_utc(one.decided_at)}, {"decision", one.decided_why}});
  return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string line_of(const Dispute& one, const Zone& zone) {
  return fmt::format("{}  {}  {}  {}  {}", one.number, zone.format(one.opened_at), one.person, state_word(one.state),
                     one.what.empty() ? one.record : one.what);
}

void show_whole(const Dispute& one, const Zone& zone, Output& output) {
  output.out(line_of(one, zone));
  if (!one.record.empty()) output.out(fmt::format("record    {}", one.record));
  output.out(fmt::format("claim     {}", one.wrong_category ? "the site is in the wrong category" : "it was work"));
  output.out(fmt::format("reason    {}", one.why));
  if (one.state != Dispute::State::Open)
    output.out(fmt::format("decided   {} by {} at {}: {}", state_word(one.state), one.decided_by,
                           zone.format(one.decided_at), one.decided_why));
}

// A record says whose it is and what it was about.
Result<void> add_record(Operator& op, std::string_view text, Act& act) {
  const auto id = records::parse_record_id(text);
  if (!id)
    return fail(Error::Kind::Malformed, fmt::format("'{}' is no number of a record: those have 16 digits", text));
  CG_TRY_VOID(op.flush());
  CG_TRY(record, op.store().find(*id));
  if (op.names().name(NameKind::Person, record.get().person.value) != act.author)
    return fail(Error::Kind::Refused, fmt::format("the record {} is not one of '{}'", text, act.author));
  act.fields.emplace("record", text);
  act.fields.insert_or_assign("what", std::string(record.get().host));
  return {};
}

Result<void> open_one(Operator& op, const Arguments& args, Output& output) {
  Act act = draft_act(ActKind::DisputeOpen, args, output);
  act.subject = act.author;
  if (const auto site = argument(args, "site"); !site.empty()) act.fields.emplace("what", site);
  if (const auto claim = argument(args, "claim"); !claim.empty()) act.fields.emplace("claim", claim);
  if (const auto record = argument(args, "record"); !record.empty()) CG_TRY_VOID(add_record(op, record, act));
  CG_TRY(kept, op.registrar().enact(std::move(act)));
  tell_kept(kept,
            fmt::format("dispute {} of '{}' waits for the supervisor or the head of the department", kept.number,
                        kept.subject),
            args, output);
  return {};
}

Result<void> decide_one(Operator& op, const Arguments& args, Output& output) {
  Act act = draft_act(ActKind::DisputeDecide, args, output);
  act.subject = argument(args, "number");
  act.fields.emplace("verdict", argument(args, "verdict"));
  CG_TRY(kept, op.registrar().enact(std::move(act)));
  tell_kept(kept, fmt::format("dispute {}: {} (act {})", kept.subject, kept.field("verdict"), kept.number), args,
            output);
  return {};
}

Result<void> show_one(Operator& op, const Arguments& args, Output& output) {
  const auto text = argument(args, "number");
  const auto found = op.registrar().dispute(policy::dispute_number(text));
  if (!found)
    return fail(Error::Kind::NotFound, fmt::format("there is no dispute '{}'; `citygate dispute list` has them", text));
  if (given(args, "json"))
    output.out(json_of(*found));
  else
    show_whole(*found, op.in_force().rules->zone(), output);
  return {};
}

int dispute_open(Operator& op, const Arguments& args, Output& output) {
  return answer(open_one(op, args, output), output);
}

int dispute_decide(Operator& op, const Arguments& args, Output& output) {
  return answer(decide_one(op, args, output), output);
}

int dispute_show(Operator& op, const Arguments& args, Output& output) {
  return answer(show_one(op, args, output), output);
}

Result<void> list(Operator& op, const Arguments& args, Output& output) {
  const Zone zone = op.in_force().rules->zone();
  const auto person = argument(args, "user");
  if (!person.empty()) CG_TRY_VOID(find_person(op, person));
  const bool only_open = given(args, "open"), json = given(args, "json");
  std::vector<Dispute> found;  // first: no act is folded while they are gone through, and who reads this may be slow
  op.registrar().disputes([&](const Dispute& one) {
    if ((!only_open || one.state == Dispute::State::Open) && (person.empty() || one.person == person))
      found.push_back(one);
    return true;
  });
  for (const auto& one : found) output.out(json ? json_of(one) : line_of(one, zone));
  if (found.empty()) output.err("no dispute");
  return {};
}

int dispute_list(Operator& op, const Arguments& args, Output& output) { return answer(list(op, args, output), output); }

constexpr Option kNumber = Option::place("number", "NUMBER", "As `dispute list` shows it");
constexpr Option kListOptions[] = {Option::value("user", "NAME", "Only of this person"),
                                   Option::flag("open", "Only those that wait for somebody's word"), kJsonLines};
constexpr Option kShowOptions[] = {kNumber, kJsonLines};
constexpr Option kOpenOptions[] = {
    Option::needed("by", "NAME", "Whose use it was, and who disputes"),
    Option::needed("reason", "TEXT", "Why it was work, or what the site is"),
    Option::value("record", "NUMBER", "The record, as the page that refused names it"),
    Option::value("site", "NAME", "The site, where it is about no record"),
    Option::value("claim", "work|category", "What is wrong: it was work, or the category. Default: work"),
    kJsonAct};
constexpr Option kDecideOptions[] = {kNumber, Option::needed("by", "NAME", "Who decides: a person of the directory"),
                                     Option::needed("verdict", "work|personal", "What it was"),
                                     Option::needed("reason", "TEXT", "Why; who disputed is shown it"), kJsonAct};

constexpr Command kCommands[] = {
    {"dispute list", "Disputes, the newest first.", kListOptions, dispute_list},
    {"dispute show", "One dispute, whole.", kShowOptions, dispute_show},
    {"dispute open", "Dispute a verdict about the own use.", kOpenOptions, dispute_open},
    {"dispute decide", "Decide about one: the supervisor of who disputed, or the head of the department.",
     kDecideOptions, dispute_decide},
};

}  // namespace

std::span<const Command> dispute_commands() { return kCommands; }

}  // namespace citygate::console
