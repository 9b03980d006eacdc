#include "console/list_change.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "console/act_log.h"
#include "console/commands.h"
#include "console/lists_json.h"
#include "console/lists_text.h"
#include "console/selectors.h"

namespace citygate::console {

using categories::Change;

namespace {

// An act for each source that is another now. What came into force without one (a source of the same entries) has one too.
std::vector<Deed> deeds_of(const categories::Publication& done, ActKind kind, std::string_view subject) {
  using enum categories::Publication::Outcome;
  if (done.outcome != InForce && done.outcome != Partly) return {};
  std::vector<Deed> out;
  const auto add = [&](std::string_view source) -> ActFields& {
    return out
        .emplace_back(Deed{
            .kind = kind, .subject = std::string(source), .fields = {{"generation", generation_text(done.generation)}}})
        .fields;
  };
  for (const auto& change : done.changes) {
    auto& fields = add(change.source);
    fields.emplace("from", change.from_version);
    fields.emplace("to", change.to_version);
    fields.emplace("added", std::to_string(change.added));
    fields.emplace("removed", std::to_string(change.removed));
  }
  if (out.empty()) add(subject);
  return out;
}

}  // namespace

void lower_priority() { static_cast<void>(setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 10)); }

void tell_lines(const std::vector<std::string>& lines, Output& output) {
  for (const auto& line : lines) output.out(line);
}

categories::Progress progress_to(Output& output) {
  return [&output](std::string_view line) { output.progress(line); };
}

bool has(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

std::vector<std::string> listed_names(std::string_view words) {
  std::vector<std::string> out;
  while (!words.empty()) {
    const auto end = words.find(',');
    if (const auto word = words.substr(0, end); !word.empty() && !has(out, word)) out.emplace_back(word);
    words.remove_prefix(end == std::string_view::npos ? words.size() : end + 1);
  }
  return out;
}

int conclude_list(Operator& op, const ListAsked& asked, const Result<categories::Publication>& done, Output& output) {
  if (!done) return list_failed(op, done.error(), output);
  if (given(asked.args, "json"))
    output.out(publication_json(*done));
  else
    tell_lines(publication_lines(*done), output);
  const auto adopted = op.adopt_lists();
  const int status = !adopted ? report_error(adopted.error(), output) : done->complete() ? kDone : kFailed;
  return leave_acts(op, asked.args, deeds_of(*done, asked.kind, asked.subject), status, output);
}

Change change_of(const Arguments& args, const Output& output) {
  Change out{.author = author_of(args, output), .reason = std::string(argument(args, "reason"))};
  if (given(args, "confirm")) out.guarding = Change::Guarding::Confirmed;
  return out;
}

int list_failed(Operator& op, const Error& error, Output& output) {
  const int status = report_error(error, output);
  if (const auto adopted = op.adopt_lists(); !adopted) report_error(adopted.error(), output);
  return status;
}

}  // namespace citygate::console
