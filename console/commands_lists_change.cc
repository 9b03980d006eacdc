// Changes of the lists: each has an author and, where it undoes what lists say, a reason; both are kept in the history.
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <iterator>

#include "base/document.h"
#include "categories/category_map.h"
#include "console/act_log.h"
#include "console/commands.h"
#include "console/list_change.h"
#include "console/lists_json.h"
#include "console/lists_text.h"
#include "console/selectors.h"

namespace citygate::console {
namespace {

using categories::Change;

// Compiling takes all of a core for a while; the workers go first. Each command of a client has a thread of its own, so
// nothing else is slowed.
void lower_priority() { static_cast<void>(setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 10)); }

void print(const std::vector<std::string>& lines, Output& output) {
  for (const auto& line : lines) output.out(line);
}

categories::Progress progress_to(Output& output) {
  return [&output](std::string_view line) { output.progress(line); };
}

bool has(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

// The names of a list, each once: who writes one twice does not want it fetched twice.
std::vector<std::string> split(std::string_view words) {
  std::vector<std::string> out;
  while (!words.empty()) {
    const auto end = words.find(',');
    if (const auto word = words.substr(0, end); !word.empty() && !has(out, word)) out.emplace_back(word);
    words.remove_prefix(end == std::string_view::npos ? words.size() : end + 1);
  }
  return out;
}

// What was wrong with the list is no mistake of who asked; that there is none by this path is.
int could_not_read(Operator& op, const Error& error, Output& output) {
  static_cast<void>(failed(op, error, output));
  return error.kind == Error::Kind::NotFound ? kWrongRequest : kFailed;
}

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

// What was published is taken up by all workers; a change that waits for a person, or was stopped, is no success.
struct Asked {
  const Arguments& args;
  ActKind kind;
  std::string_view subject;  // of the change, where no source differs by it
};
int conclude(Operator& op, const Asked& asked, const Result<categories::Publication>& done, Output& output) {
  if (!done) return failed(op, done.error(), output);
  if (given(asked.args, "json"))
    output.out(publication_json(*done));
  else
    print(publication_lines(*done), output);
  const auto adopted = op.adopt_lists();
  const int status = !adopted ? report_error(adopted.error(), output) : done->complete() ? kDone : kFailed;
  return leave_acts(op, asked.args, deeds_of(*done, asked.kind, asked.subject), status, output);
}

// What can be told to be wrong before anything is read is the asker's mistake.
Result<categories::ImportRequest> request_of(Operator& op, const Arguments& args) {
  const auto word = argument(args, "format");
  const auto format = categories::parse_list_format(word.empty() ? "detect" : word);
  if (!format) return fail(Error::Kind::Malformed, fmt::format("format must be {}", categories::kListFormatWords));
  auto name = std::string(argument(args, "as"));
  if (name.empty()) name = categories::source_name_of(argument(args, "path"));
  if (!categories::good_source_name(name) || categories::reserved_source_name(name))
    return fail(
        Error::Kind::Malformed,
        fmt::format("'{}' is no name for a source: lower-case letters, digits, '-', '_' and '.', at most 64, no "
                    "'.' in front, and neither overrides nor signs; {}",
                    name, argument(args, "as").empty() ? "give it one with --as" : "give it another"));
  if (const auto category = argument(args, "category");
      !category.empty() && !op.in_force().taxonomy->find_foreign(category))
    return std::unexpected(categories::unknown_category(*op.in_force().taxonomy, category));
  if (given(args, "subdomains") && !categories::subdomains_fit(*format))
    return fail(Error::Kind::Malformed,
                fmt::format("subdomains is for hosts files: what names mean in the format {} is settled", word));
  return categories::ImportRequest{.path = std::string(argument(args, "path")),
                                   .source = std::move(name),
                                   .category = std::string(argument(args, "category")),
                                   .version = std::string(argument(args, "version")),
                                   .format = *format,
                                   .subdomains = given(args, "subdomains")};
}

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

std::string not_in_force(Operator& op, std::string_view name) {
  if (const auto waiting = op.list_store().waiting(); waiting && waiting->find(name))
    return fmt::format(
        "nothing of source '{0}' is in force yet; `citygate lists publish --source {0} --drop` forgets what waits",
        name);
  const auto lists = op.in_force().lists;
  std::vector<std::string_view> names;
  for (const auto& one : lists->status().sources) names.emplace_back(one.name);
  const auto near = nearest(name, names);
  return fmt::format("there is no source '{}'{}", name,
                     near.empty() ? "; `citygate lists status` names them" : fmt::format("; did you mean '{}'?", near));
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

}  // namespace

Change change_of(const Arguments& args, const Output& output) {
  Change out{.author = author_of(args, output), .reason = std::string(argument(args, "reason"))};
  if (given(args, "confirm")) out.guarding = Change::Guarding::Confirmed;
  return out;
}

int failed(Operator& op, const Error& error, Output& output) {
  const int status = report_error(error, output);
  if (const auto adopted = op.adopt_lists(); !adopted) report_error(adopted.error(), output);
  return status;
}

namespace {

int lists_import(Operator& op, const Arguments& args, Output& output) {
  const bool json = given(args, "json");
  const auto request = request_of(op, args);
  if (!request) return report_error(request.error(), output);
  lower_priority();
  auto done = op.list_store().import(*request, change_of(args, output), progress_to(output));
  if (!done) return could_not_read(op, done.error(), output);
  if (json) {
    output.out(import_json(done->first));
  } else {
    print(import_lines(done->first), output);
    output.out("");
  }
  return conclude(op, {args, ActKind::ListPublish, request->source}, std::move(done->second), output);
}

int lists_update(Operator& op, const Arguments& args, Output& output) {
  const bool json = given(args, "json");
  categories::UpdateRequest request{.names = split(argument(args, "names")), .change = change_of(args, output)};
  if (given(args, "all")) request.when = categories::FetchOptions::When::Always;
  request.cancelled = [&output] { return output.ended(); };
  request.round = [&op, &output](const categories::UpdateReport& round) {
    if (!round.published()) return;
    if (const auto adopted = op.adopt_lists(); !adopted) report_error(adopted.error(), output);
  };
  lower_priority();
  auto report = op.updater().update(request, progress_to(output));
  if (!report) return failed(op, report.error(), output);
  const auto left = take_left_waiting(op, request.change, *report);
  if (!left) return failed(op, left.error(), output);
  for (const auto& one : report->sources) {
    const auto known = background_of(op, one.name, *left);
    if (json) {
      output.out(update_json(one, known));
      continue;
    }
    print(update_lines(one, known), output);
    output.out("");
  }
  const bool failed = report->failed();
  const int status = conclude(op, {args, ActKind::ListPublish, ""}, std::move(report->publication), output);
  return failed ? kFailed : status;
}

int lists_remove(Operator& op, const Arguments& args, Output& output) {
  const auto name = argument(args, "name");
  lower_priority();
  const auto removed = op.list_store().remove(name, change_of(args, output));
  if (!removed && removed.error().kind == Error::Kind::NotFound)
    return report_error({.kind = Error::Kind::NotFound, .context = not_in_force(op, name)}, output);
  const int status = conclude(op, {args, ActKind::ListRemove, name}, removed, output);
  const auto file = op.updater().sources();
  if (removed)
    for (const auto& line : removed_lines(name, file ? file->find(name) : nullptr, *removed)) output.err(line);
  return status;
}

int lists_publish(Operator& op, const Arguments& args, Output& output) {
  const bool json = given(args, "json");
  const auto sources = split(argument(args, "source"));
  if (given(args, "drop")) {
    auto waiting = op.list_store().waiting();
    if (!waiting) return report_error(waiting.error(), output);
    if (const auto dropped = op.list_store().drop_waiting(sources); !dropped)
      return report_error(dropped.error(), output);
    auto& versions = waiting->versions;
    std::erase_if(versions, [&](const auto& one) { return !sources.empty() && !has(sources, one.name); });
    const GenerationId now = op.in_force().lists->id();
    output.out(json ? drop_json(versions, now) : drop_line(versions, now));
    std::vector<Deed> deeds;
    for (const auto& one : versions)
      deeds.push_back({.kind = ActKind::ListRemove, .subject = one.name, .fields = {{"waiting", one.version}}});
    return leave_acts(op, args, std::move(deeds), kDone, output);
  }
  lower_priority();
  Change change = change_of(args, output);
  change.guarding = Change::Guarding::Confirmed;  // that is what publishing by hand says
  return conclude(op, {args, ActKind::ListPublish, ""}, op.list_store().publish_waiting(sources, change), output);
}

int lists_rollback(Operator& op, const Arguments& args, Output& output) {
  const bool json = given(args, "json");
  GenerationId to;
  if (const auto text = argument(args, "to"); !text.empty()) {
    const auto id = find_generation(op, text);
    if (!id) return report_error(id.error(), output);
    to = *id;
  }
  lower_priority();
  const auto done = op.list_store().rollback(to, change_of(args, output));
  const int status = conclude(op, {args, ActKind::ListRollback, ""}, done, output);
  if (json || !done || done->changes.empty()) return status;
  std::vector<std::string> held;
  for (const auto& change : done->changes) held.push_back(change.source);
  output.out(
      fmt::format("held        {}: the clock leaves alone what was rolled back, until it is fetched or imported by "
                  "name",
                  fmt::join(held, ", ")));
  return status;
}

constexpr Option kReason = Option::value("reason", "TEXT", "Why; kept in the history");
constexpr Option kConfirm = Option::flag("confirm", "However many entries a source loses or gains by it");
constexpr Option kImportOptions[] = {
    Option::place("path", "PATH", "Directory, tarball or file").file(),
    Option::value("as", "NAME", "Name it is kept under; importing again replaces it. Default: from the file's name"),
    Option::value("category", "CATEGORY", "Category of all entries, for one plain list"),
    Option::value(
        "format", "FORMAT",
        "detect, directory, domains, hosts, adblock, dnsmasq, unbound, rpz, e2guardian or csv. Default: detect"),
    Option::flag("subdomains", "The names of a hosts file are meant with all below them"),
    Option::value("version", "TEXT", "Version to show in explanations. Default: date and content hash"),
    kReason,
    kDoer,
    kConfirm,
    kJsonLines};
constexpr Option kUpdateOptions[] = {
    Option::places("names", "NAME",
                   "Only these, also when they are not due or not enabled. Default: all that are enabled"),
    Option::flag("all", "Fetch them whether they have changed or not"),
    kReason,
    kDoer,
    kConfirm,
    kJsonLines};
constexpr Option kPublishOptions[] = {Option::value("source", "NAME[,NAME]", "Only these. Default: all that wait"),
                                      Option::flag("drop", "Forget them instead"), kReason, kDoer, kJsonLines};
constexpr Option kRollbackOptions[] = {
    Option::value("to", "ID", "As `lists history` shows it. Default: the one before"), kReason, kDoer, kJsonLines};
constexpr Option kRemoveOptions[] = {Option::place("name", "NAME", "As `lists status` names it"), kReason, kDoer,
                                     kJsonLines};

constexpr Command kCommands[] = {
    {"lists import",
     "Read a list, compile it with all others, and put the result in force. PATH is one list, a\n"
     "directory of them (UT1, squidGuard) or an archive of one, plain or compressed;\n"
     "docs/list_formats.md says in which formats. What could not be read is counted by reason.",
     kImportOptions, lists_import},
    {"lists update", "Fetch sources of the sources file (setting lists.sources) that have changed, and publish them.",
     kUpdateOptions, lists_update},
    {"lists publish",
     "Put versions in force that wait for a person: a guard found that a source lost or gained\n"
     "too much. Names that are protected, and the canary, still hold.",
     kPublishOptions, lists_publish},
    {"lists rollback",
     "Back to an earlier generation. Sources that differ are held back from updates by the clock\n"
     "until `lists update` names them.",
     kRollbackOptions, lists_rollback},
    {"lists remove", "Forget a source and put the rest in force.", kRemoveOptions, lists_remove},
};

}  // namespace

std::span<const Command> lists_change_commands() { return kCommands; }

}  // namespace citygate::console
