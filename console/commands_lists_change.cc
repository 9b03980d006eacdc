// Changes of the lists: each has an author and, where it undoes what lists say, a reason; both are kept in the history.
#include <fmt/format.h>

#include <algorithm>

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

// What was wrong with the list is no mistake of who asked; that there is none by this path is.
int could_not_read(Operator& op, const Error& error, Output& output) {
  static_cast<void>(list_failed(op, error, output));
  return error.kind == Error::Kind::NotFound ? kWrongRequest : kFailed;
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
    tell_lines(import_lines(done->first), output);
    output.out("");
  }
  return conclude_list(op, {args, ActKind::ListPublish, request->source}, std::move(done->second), output);
}

int lists_remove(Operator& op, const Arguments& args, Output& output) {
  const auto name = argument(args, "name");
  lower_priority();
  const auto removed = op.list_store().remove(name, change_of(args, output));
  if (!removed && removed.error().kind == Error::Kind::NotFound)
    return report_error({.kind = Error::Kind::NotFound, .context = not_in_force(op, name)}, output);
  const int status = conclude_list(op, {args, ActKind::ListRemove, name}, removed, output);
  const auto file = op.updater().sources();
  if (removed)
    for (const auto& line : removed_lines(name, file ? file->find(name) : nullptr, *removed)) output.err(line);
  return status;
}

int lists_publish(Operator& op, const Arguments& args, Output& output) {
  const bool json = given(args, "json");
  const auto sources = listed_names(argument(args, "source"));
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
  return conclude_list(op, {args, ActKind::ListPublish, ""}, op.list_store().publish_waiting(sources, change), output);
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
  const int status = conclude_list(op, {args, ActKind::ListRollback, ""}, done, output);
  if (json || !done || done->changes.empty()) return status;
  std::vector<std::string> held;
  for (const auto& change : done->changes) held.push_back(change.source);
  output.out(
      fmt::format("held        {}: the clock leaves alone what was rolled back, until it is fetched or imported by "
                  "name",
                  fmt::join(held, ", ")));
  return status;
}

constexpr Option kImportOptions[] = {
    Option::place("path", "PATH", "Directory, tarball or file").file(),
    Option::value("as", "NAME", "Name it is kept under; importing again replaces it. Default: from the file's name"),
    Option::value("category", "CATEGORY", "Category of all entries, for one plain list"),
    Option::value(
        "format", "FORMAT",
        "detect, directory, domains, hosts, adblock, dnsmasq, unbound, rpz, e2guardian or csv. Default: detect"),
    Option::flag("subdomains", "The names of a hosts file are meant with all below them"),
    Option::value("version", "TEXT", "Version to show in explanations. Default: date and content hash"),
    kListReason,
    kDoer,
    kListConfirm,
    kJsonLines};
constexpr Option kPublishOptions[] = {Option::value("source", "NAME[,NAME]", "Only these. Default: all that wait"),
                                      Option::flag("drop", "Forget them instead"), kListReason, kDoer, kJsonLines};
constexpr Option kRollbackOptions[] = {
    Option::value("to", "ID", "As `lists history` shows it. Default: the one before"), kListReason, kDoer, kJsonLines};
constexpr Option kRemoveOptions[] = {Option::place("name", "NAME", "As `lists status` names it"), kListReason, kDoer,
                                     kJsonLines};

constexpr Command kCommands[] = {
    {"lists import",
     "Read a list, compile it with all others, and put the result in force. PATH is one list, a\n"
     "directory of them (UT1, squidGuard) or an archive of one, plain or compressed;\n"
     "docs/list_formats.md says in which formats. What could not be read is counted by reason.",
     kImportOptions, lists_import},
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
