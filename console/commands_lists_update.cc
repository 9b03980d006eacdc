// `lists update`: sources fetched and published, and what an earlier update left waiting.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "categories/category_map.h"
#include "console/commands.h"
#include "console/list_change.h"
#include "console/lists_json.h"
#include "console/lists_text.h"
#include "console/selectors.h"

namespace citygate::console {
namespace {

using categories::Change;

// Two changes, one after the other, told as one.
categories::Publication together(categories::Publication first, categories::Publication then) {
  using enum categories::Publication::Outcome;
  const bool published =
      first.outcome == InForce || first.outcome == Partly || then.outcome == InForce || then.outcome == Partly;
  const auto append = [](auto& to, auto& from) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
  };
  append(first.changes, then.changes);
  append(first.findings, then.findings);
  append(first.waiting, then.waiting);
  append(first.too_large, then.too_large);
  first.generation = then.generation;
  if (then.outcome == InForce || then.outcome == Partly) {
    first.set_aside_count = then.set_aside_count;
    first.set_aside = std::move(then.set_aside);
    first.refused_count = then.refused_count;
    first.refused = std::move(then.refused);
  }
  first.outcome = !first.waiting.empty() ? published ? Partly : Waiting : published ? InForce : Unchanged;
  return first;
}

// A version that an earlier update left waiting is what the server still gives, so nothing is read and nothing is found
// wrong with it now: it is put in force where the person says so, and else it is told that it waits.
struct LeftWaiting {
  categories::Waiting all;
  std::vector<std::string> names;  // of the sources asked
};
Result<LeftWaiting> take_left_waiting(Operator& op, const Change& change, categories::UpdateReport& report) {
  using State = categories::UpdateReport::Source::State;
  CG_TRY(waiting, op.list_store().waiting());
  LeftWaiting out{.all = std::move(waiting), .names = {}};
  auto& publication = report.publication;
  std::vector<std::string> confirmed;
  for (const auto& source : report.sources) {
    if (!out.all.find(source.name) || has(publication.waiting, source.name)) continue;
    const bool now = change.guarding == Change::Guarding::Confirmed && source.state == State::NotModified;
    (now ? confirmed : out.names).push_back(source.name);
  }
  if (!confirmed.empty()) {
    CG_TRY(published, op.list_store().publish_waiting(confirmed, change));
    publication = together(std::move(publication), std::move(published));
  }
  if (!out.names.empty()) {
    categories::Publication left;
    left.outcome = categories::Publication::Outcome::Waiting;
    left.generation = publication.generation;
    left.waiting = out.names;
    publication = together(std::move(publication), std::move(left));
  }
  return out;
}

Background background_of(Operator& op, const std::string& name, const LeftWaiting& left) {
  Background out;
  const auto file = op.updater().sources();
  if (const auto* source = file ? file->find(name) : nullptr)
    out.where = source->url.empty() ? source->path.string() : categories::shown_url(source->url);
  const auto lists = op.in_force().lists;
  out.in_force = std::ranges::any_of(lists->status().sources, [&](const auto& one) { return one.name == name; });
  if (has(left.names, name)) out.waits = left.all.find(name);
  return out;
}

int lists_update(Operator& op, const Arguments& args, Output& output) {
  const bool json = given(args, "json");
  categories::UpdateRequest request{.names = listed_names(argument(args, "names")), .change = change_of(args, output)};
  if (given(args, "all")) request.when = categories::FetchOptions::When::Always;
  request.cancelled = [&output] { return output.ended(); };
  request.round = [&op, &output](const categories::UpdateReport& round) {
    if (!round.published()) return;
    if (const auto adopted = op.adopt_lists(); !adopted) report_error(adopted.error(), output);
  };
  lower_priority();
  auto report = op.updater().update(request, progress_to(output));
  if (!report) return list_failed(op, report.error(), output);
  const auto left = take_left_waiting(op, request.change, *report);
  if (!left) return list_failed(op, left.error(), output);
  for (const auto& one : report->sources) {
    const auto known = background_of(op, one.name, *left);
    if (json) {
      output.out(update_json(one, known));
      continue;
    }
    tell_lines(update_lines(one, known), output);
    output.out("");
  }
  const bool some_failed = report->failed();
  const int status = conclude_list(op, {args, ActKind::ListPublish, ""}, std::move(report->publication), output);
  return some_failed ? kFailed : status;
}

constexpr Option kUpdateOptions[] = {
    Option::places("names", "NAME",
                   "Only these, also when they are not due or not enabled. Default: all that are enabled"),
    Option::flag("all", "Fetch them whether they have changed or not"),
    kListReason,
    kDoer,
    kListConfirm,
    kJsonLines};

constexpr Command kCommands[] = {
    {"lists update", "Fetch sources of the sources file (setting lists.sources) that have changed, and publish them.",
     kUpdateOptions, lists_update},
};

}  // namespace

std::span<const Command> lists_update_commands() { return kCommands; }

}  // namespace citygate::console
