// Who has acknowledged what: `access acknowledge`, `access acknowledged`, `access receipt`. S1(j), S2(P), S3(H).
#include <fmt/format.h>

#include "base/hex.h"
#include "console/act_draft.h"
#include "console/commands.h"
#include "console/receipt_text.h"
#include "console/selectors.h"
#include "console/text_table.h"

namespace citygate::console {
namespace {

// The state of one person's word, and its line.
void add_row(const policy::Registrar::State& state, const policy::Person& person, WallTime now, bool json,
             TextTable& table, Output& output, Acknowledged& sum) {
  const Acknowledged::Word word = word_of(state, person, now);
  sum.add(word.state);
  const auto* department = state.people->department(person.department_at(now));
  const std::string where = department ? department->name : std::string();
  if (json) return output.out(word_json(person, where, word));
  table.add({person.name, person.title, where, std::string(to_string(word.state)),
             word.at == WallTime{} ? "" : state.rules->zone().format(word.at)});
}

Result<void> list(Operator& op, const Arguments& args, Output& output) {
  const auto state = op.registrar().state();
  const WallTime now = op.clock().now();
  const auto name = argument(args, "department");
  DepartmentId only;
  if (!name.empty()) {
    CG_TRY(department, find_department(op, name));
    only = department;
  }
  const bool json = given(args, "json");
  TextTable table({{"NAME"}, {"TITLE"}, {"DEPARTMENT"}, {"POLICY"}, {"SINCE"}});
  Acknowledged sum;
  for (const auto& person : state.people->people())
    if (!person.is_device() && (!only || person.department_at(now) == only))
      add_row(state, person, now, json, table, output, sum);
  if (json) return {};
  for (const auto& line : table.lines()) output.out(line);
  output.out(sum.words());
  return {};
}

Result<void> acknowledge(Operator& op, const Arguments& args, Output& output) {
  Act act = draft_act(given(args, "access") ? ActKind::AcknowledgeAccess : ActKind::Acknowledge, args, output);
  act.subject = argument(args, "name");
  act.fields["method"] = argument(args, "method");
  if (const auto text = argument(args, "text"); !text.empty()) act.fields["text"] = text;
  CG_TRY(kept, op.registrar().enact(std::move(act)));
  tell_kept(kept,
            fmt::format("'{}' has acknowledged the text {}, {} (act {})", kept.subject, kept.field("text"),
                        kept.field("method"), kept.number),
            args, output);
  return {};
}

Result<void> receipt(Operator& op, const Arguments& args, Output& output) {
  const auto name = argument(args, "name");
  CG_TRY(id, find_person(op, name));
  static_cast<void>(id);
  std::vector<Receipt> receipts;
  CG_TRY_VOID(op.acts().scan(1, [&](const Act& act) {
    if (act.subject == name && (act.kind == ActKind::Acknowledge || act.kind == ActKind::AcknowledgeAccess))
      receipts.push_back({.act = act});
    return true;
  }));
  for (auto& each : receipts) {
    each.text = op.acknowledged_text(each.act.field("text")).value_or("");
    CG_TRY_VOID(op.store().acts().scan_links(each.act.number, [&each](const records::ActLink& link) {
      if (link.number == each.act.number) each.chain = to_hex(link.hash);
      return false;
    }));
  }
  if (receipts.empty()) return fail(Error::Kind::NotFound, fmt::format("'{}' has acknowledged nothing so far", name));
  const auto state = op.registrar().state();
  const auto* person = state.people->by_name(name);
  for (const auto& each : receipts) {
    if (given(args, "json")) {
      output.out(receipt_json(each));
      continue;
    }
    for (const auto& line :
         receipt_lines(each, person ? person->title : std::string(), state.rules->city(), state.rules->zone()))
      output.out(line);
  }
  return {};
}

int access_acknowledge(Operator& op, const Arguments& args, Output& output) {
  return answer(acknowledge(op, args, output), output);
}

int access_acknowledged(Operator& op, const Arguments& args, Output& output) {
  return answer(list(op, args, output), output);
}

int access_receipt(Operator& op, const Arguments& args, Output& output) {
  return answer(receipt(op, args, output), output);
}

constexpr Option kAcknowledgeOptions[] = {
    Option::place("name", "NAME", "Who has"),
    Option::needed("by", "NAME", "Who enters it: a person of the directory"),
    Option::needed("method", "TEXT", "How: \"signed on paper\""),
    Option::value("text", "SHA-256", "Of the text that was signed. Default: the one asked for now"),
    Option::value("reason", "TEXT", "Where the paper is, say"),
    Option::flag("access", "The agreement of those who may see what others did, not the policy"),
    kJsonAct};
constexpr Option kAcknowledgedOptions[] = {Option::value("department", "NAME", "Only of this department"), kJsonLines};
constexpr Option kReceiptOptions[] = {Option::place("name", "NAME", "Whose"), kJsonLines};

constexpr Command kCommands[] = {
    {"access acknowledge", "Enter that a person has acknowledged the policy's text otherwise than on the portal.",
     kAcknowledgeOptions, access_acknowledge},
    {"access acknowledged", "Who has acknowledged the policy's text as it is now, and who has not.",
     kAcknowledgedOptions, access_acknowledged},
    {"access receipt",
     "All that a person has acknowledged, for the personnel file: when, from where, how, the\n"
     "text and its hash, the act and its place in the chain.",
     kReceiptOptions, access_receipt},
};

}  // namespace

std::span<const Command> receipts_commands() { return kCommands; }

}  // namespace citygate::console
