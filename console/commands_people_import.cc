// `citygate people import`: a file against what is in force, as acts; all of them or none.
#include <fmt/format.h>

#include "base/file.h"
#include "base/log.h"
#include "console/act_draft.h"
#include "console/commands.h"
#include "console/people_text.h"
#include "console/selectors.h"
#include "policy/people/people_import.h"

namespace citygate::console {
namespace {

constexpr std::size_t kLongestFile = std::size_t{256} << 20;

// Whoever has not been separated yet.
void keep_present(const policy::Registrar::State& state, WallTime now, std::vector<std::string>& names) {
  std::erase_if(names, [&](const std::string& name) {
    const policy::Person* person = state.people->by_name(name);
    const policy::Standing* standing = person ? state.standing->of(person->id) : nullptr;
    return standing && standing->ended_at(now);
  });
}

Result<std::vector<Act>> keep(Operator& op, policy::PeopleImport& plan, std::vector<Act> acts) {
  for (const auto& [name, hash] : plan.secrets) CG_TRY_VOID(op.store().secrets().put(name, hash));
  auto kept = op.registrar().enact(std::move(acts));
  if (!kept && !may_be_kept(kept.error()))
    for (const auto& [name, hash] : plan.secrets) static_cast<void>(op.store().secrets().remove(name));
  return kept;
}

Result<void> import(Operator& op, const Arguments& args, Output& output) {
  const std::string path(argument(args, "path"));
  const bool dry = given(args, "dry-run"), separate = given(args, "separate-missing");
  const bool complete = given(args, "complete") || separate;
  if (!dry && (argument(args, "by").empty() || argument(args, "reason").empty()))
    return fail(Error::Kind::Malformed, "an import is an act: it needs --by and --reason, unless it is a --dry-run");
  CG_TRY(text, read_file(path, kLongestFile));
  const auto state = op.registrar().state();
  Problems problems;
  const auto wanted = policy::read_wanted(text, path, state.rules->zone(), problems);
  policy::PeopleImport plan;
  if (problems.empty()) plan = policy::plan_import(wanted, *state.people, op.clock().now(), problems);
  if (!problems.empty()) return std::unexpected(problems.to_error());
  keep_present(state, op.clock().now(), plan.missing);

  std::vector<Act> acts = plan.acts;
  if (separate)
    for (const auto& name : plan.missing) {
      Act& act = acts.emplace_back();
      act.kind = ActKind::Separate;
      act.subject = name;
    }
  for (auto& act : acts) {
    Act draft = draft_act(act.kind, args, output);
    draft.subject = std::move(act.subject);
    draft.fields = std::move(act.fields);
    act = std::move(draft);
  }
  if (!dry && !acts.empty()) {
    CG_TRY(kept, keep(op, plan, std::move(acts)));
    acts = std::move(kept);
    log::info("people: {} acts from {} by '{}'", acts.size(), path, argument(args, "by"));
  }
  const ImportShown shown{plan, acts, !dry, complete};
  if (given(args, "json")) {
    output.out(import_json(shown));
    return {};
  }
  for (const auto& line : import_lines(shown)) output.out(line);
  return {};
}

int people_import(Operator& op, const Arguments& args, Output& output) {
  return answer(import(op, args, output), output);
}

constexpr Option kImportOptions[] = {Option::place("path", "FILE", "Its name ends in .csv or .toml").file(),
                                     Option::value("by", "NAME", "Who does it: a person of the directory"),
                                     Option::value("reason", "TEXT", "Why; kept for ever with the acts"),
                                     Option::flag("dry-run", "Only say what would be done"),
                                     Option::flag("complete", "The file names everybody: say who is missing in it"),
                                     Option::flag("separate-missing", "And end their access"),
                                     kJsonObject};

constexpr Command kCommands[] = {
    {"people import",
     "Make the directory what a file says, by acts: all of them or none. FILE is CSV with a\n"
     "header row, or TOML as the people file; docs/people.md has the columns.",
     kImportOptions, people_import},
};

}  // namespace

std::span<const Command> people_import_commands() { return kCommands; }

}  // namespace citygate::console
