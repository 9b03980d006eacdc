#include "console/act_log.h"

#include <fmt/format.h>

#include <utility>

#include "base/document.h"
#include "console/act_draft.h"
#include "console/commands.h"
#include "records/act_codec.h"

namespace citygate::console {
namespace {

// In a line as it is kept; no text can hold it, since its quotes would be escaped there.
constexpr std::string_view kPolicyLoad = "\"kind\":\"policy-load\"";

}  // namespace

std::string author_of(const Arguments& args, const Output& output) {
  if (const auto by = argument(args, "by"); !by.empty()) return std::string(by);
  const std::string via = output.via();
  const auto at = via.find("user ");
  return at == std::string::npos ? via : via.substr(at);
}

Result<void> check_by(Operator& op, const Arguments& args) {
  const auto by = argument(args, "by");
  if (by.empty()) return {};
  const auto in_force = op.in_force();
  const auto& people = in_force.people;
  const auto* person = people ? people->by_name(by) : nullptr;
  const auto* standing = person && in_force.standing ? in_force.standing->of(person->id) : nullptr;
  const WallTime now = op.clock().now();
  if (standing && standing->closed_at(now))
    return fail(Error::Kind::Refused, fmt::format("--by {}: that access was ended by an order", by));
  if (person && !person->is_device()) return {};
  if (person)
    return fail(Error::Kind::Malformed, fmt::format("--by {}: a device answers for nothing; name a person", by));
  std::vector<std::string_view> known;
  if (people)
    for (const auto& each : people->people()) known.push_back(each.name);
  const auto near = nearest(by, known);
  return fail(Error::Kind::NotFound, fmt::format("--by {}: no such person{}", by,
                                                 near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
}

int leave_acts(Operator& op, const Arguments& args, std::vector<Deed> deeds, int status, Output& output) {
  if (deeds.empty()) return status;
  std::vector<Act> acts;
  for (auto& deed : deeds) {
    Act& act = acts.emplace_back(draft_act(deed.kind, args, output));
    act.author = author_of(args, output);
    act.subject = std::move(deed.subject);
    act.fields = std::move(deed.fields);
  }
  const auto kept = op.acts().append(std::move(acts));
  if (kept) return status;
  output.err("this is done and in force, but the journal has no act of it: " + kept.error().context);
  return kFailed;
}

Result<std::uint64_t> note_policy(Operator& op, std::string_view author, std::string_view via,
                                  std::string_view reason) {
  const auto rules = op.in_force().rules;
  std::string line;
  CG_TRY_VOID(op.store().acts().scan_links(1, [&line](const records::ActLink& link) {
    if (link.line.contains(kPolicyLoad)) line = link.line;
    return true;
  }));
  Act before;
  if (!line.empty()) {
    CG_TRY(act, records::decode_act(line));
    before = std::move(act);
  }
  if (before.field("sha256") == rules->sha256()) return 0;
  Act act;
  act.kind = ActKind::PolicyLoad;
  act.author = author;
  act.via = via;
  act.reason = reason;
  act.fields = {{"city", rules->city()}, {"sha256", rules->sha256()}};
  if (const auto sha256 = before.field("sha256"); !sha256.empty()) act.fields.emplace("before", sha256);
  std::vector<Act> acts;
  acts.push_back(std::move(act));
  CG_TRY(kept, op.acts().append(std::move(acts)));
  return kept.front().number;
}

}  // namespace citygate::console
