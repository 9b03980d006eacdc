// What the lists say, and what they were: questions that change nothing.
#include <fmt/format.h>

#include <algorithm>

#include "console/commands.h"
#include "console/list_change.h"
#include "console/lists_json.h"
#include "console/lists_text.h"
#include "console/selectors.h"
#include "console/text_table.h"

namespace citygate::console {
namespace {

constexpr std::size_t kHistoryShown = 20;

CategoryName names_of(Operator& op) {
  return [&op](CategoryId id) { return op.names().name(NameKind::Category, id.value); };
}

// What people asked for during the last day, for measuring: no person is looked at, no URL is shown, and queries are not kept.
std::vector<std::string> lately_asked(Operator& op) {
  constexpr std::size_t kSample = 500;
  std::vector<std::string> out;
  const records::RecordQuery query{.from = op.clock().now() - std::chrono::hours(24), .limit = kSample};
  const auto done = op.store().scan(query, [&](const Record& record) {
    const std::string_view scheme = record.scheme == Scheme::Http ? "http" : "https";
    out.push_back(fmt::format("{}://{}{}", scheme, record.host, record.path.empty() ? "/" : record.path));
    return true;
  });
  static_cast<void>(done);  // none will do as well
  if (out.empty()) out = {"https://www.example.com/", "http://city.example/departments/parks?page=2"};
  return out;
}

Result<void> tell_status(Operator& op, const Arguments& args, Output& output) {
  const bool json = given(args, "json");
  const auto lists = op.in_force().lists;
  const auto& status = lists->status();
  CG_TRY(waiting, op.list_store().waiting());
  if (given(args, "patterns")) {
    if (!json)
      output.out(status.patterns == 0
                     ? "no list has an expression"
                     : fmt::format("{} expression{}, measured over what was asked for during the last day",
                                   with_commas(status.patterns), status.patterns == 1 ? "" : "s"));
    auto patterns = lists->patterns(lately_asked(op));
    if (json || !patterns.empty())
      tell_lines(json ? pattern_json(patterns) : pattern_lines(std::move(patterns)), output);
    if (!json)
      for (const auto& refused : status.refused) output.out("refused: " + refused);
    return {};
  }
  const auto standing = op.updater().standing(op.in_force().rules->zone());
  if (json) {
    output.out(status_json(status, waiting, standing, names_of(op)));
    return {};
  }
  output.out(fmt::format("generation  {}{}", generation_text(status.id),
                         status.built.empty() ? "" : ", built " + status.built));
  output.out(fmt::format("entries     {} ({} expression{}) in {} mapped bytes", with_commas(status.entries),
                         with_commas(status.patterns), status.patterns == 1 ? "" : "s",
                         with_commas(status.mapped_bytes)));
  if (!status.overrides.empty()) output.out(fmt::format("overrides   {} in force", status.overrides.size()));
  if (status.set_aside_count > 0)
    output.out(fmt::format("set aside   {} that would close protected names; --json names them",
                           status.set_aside_count == 1 ? "1 entry" : with_commas(status.set_aside_count) + " entries"));
  if (status.refused_count > 0)
    output.out(
        fmt::format("refused     {} that cannot be compiled; --patterns names them",
                    status.refused_count == 1 ? "1 expression" : with_commas(status.refused_count) + " expressions"));
  tell_lines(waiting_lines(waiting), output);
  if (!standing.empty()) {
    output.out("");
    tell_lines(standing_lines(standing), output);
  }
  using enum TextTable::Align;
  TextTable sources(
      {{"source", Left}, {"version", Left}, {"imported", Left}, {"entries", Right}, {"not understood", Right}});
  for (const auto& source : status.sources)
    sources.add({source.name, source.version, source.imported, with_commas(source.entries),
                 with_commas(source.not_understood)});
  std::vector<std::pair<std::string, std::uint64_t>> counts;
  for (const auto& [id, entries] : status.categories) counts.emplace_back(names_of(op)(id), entries);
  std::ranges::sort(counts);
  TextTable categories({{"category", Left}, {"entries", Right}});
  for (const auto& [name, entries] : counts) categories.add({name, with_commas(entries)});
  for (const auto* table : {&sources, &categories}) {
    output.out("");
    tell_lines(table->lines(), output);
  }
  return {};
}

// The lists that the question is about: those in force, an earlier generation, or those that a record was decided by.
Result<std::shared_ptr<const categories::Lists>> lists_asked(Operator& op, const Arguments& args) {
  GenerationId wanted;
  if (const auto text = argument(args, "generation"); !text.empty()) {
    CG_TRY(id, find_generation(op, text));
    wanted = id;
  }
  if (const auto text = argument(args, "record"); !text.empty()) {
    if (wanted) return fail(Error::Kind::Malformed, "name a generation or a record, not both");
    CG_TRY_VOID(op.flush());
    const auto id = records::parse_record_id(text);
    if (!id) return fail(Error::Kind::Malformed, fmt::format("'{}' is no record: it has 16 hex digits", text));
    CG_TRY(record, op.store().find(*id));
    wanted = record.get().lists;
  }
  const auto in_force = op.in_force().lists;
  if (!wanted || wanted == in_force->id()) return in_force;
  return op.list_store().lists_of(wanted);
}

Result<void> look_up(Operator& op, const Arguments& args, Output& output) {
  const bool json = given(args, "json");
  CG_TRY(target, find_target(argument(args, "target")));
  CG_TRY(lists, lists_asked(op, args));
  categories::Workspace workspace;
  categories::Classification found;
  lists->classify(target, workspace, found);
  const auto reasons = lists->reasons(found);
  if (json) {
    output.out(lookup_json(target.to_string(), lists->id(), found.categories, reasons, names_of(op)));
    return {};
  }
  const proxy::Snapshots in_force = op.in_force();
  output.out(fmt::format("{}  (generation {})", target.to_string(), generation_text(lists->id())));
  std::vector<std::string> titles;
  found.categories.for_each([&](CategoryId id) {
    const auto* category = in_force.taxonomy->find(id);
    titles.push_back(category ? category->name : names_of(op)(id));
  });
  output.out(titles.empty() ? "uncategorised" : fmt::format("{}", fmt::join(titles, ", ")));
  for (const auto& reason : reasons) output.out(reason_line(names_of(op)(reason.category), reason));
  return {};
}

Result<void> tell_history(Operator& op, const Arguments& args, Output& output) {
  const bool json = given(args, "json");
  std::size_t limit = kHistoryShown;
  if (const auto text = argument(args, "limit"); !text.empty()) {
    CG_TRY(number, find_number(text, "limit"));
    limit = number;
  }
  CG_TRY(entries, op.list_store().history());
  if (!json) {
    tell_lines(history_lines(entries, limit), output);
    return {};
  }
  if (argument(args, "limit").empty()) limit = entries.size();
  for (std::size_t i = entries.size() - std::min(limit, entries.size()); i < entries.size(); ++i)
    output.out(history_json(entries[i]));
  return {};
}

Result<void> tell_diff(Operator& op, const Arguments& args, Output& output) {
  const bool json = given(args, "json");
  GenerationId from = op.in_force().lists->id(), to;
  if (const auto text = argument(args, "from"); !text.empty()) {
    CG_TRY(id, find_generation(op, text));
    from = id;
    to = op.in_force().lists->id();
  }
  if (const auto text = argument(args, "to"); !text.empty()) {
    CG_TRY(id, find_generation(op, text));
    to = id;
  }
  CG_TRY(changes, op.list_store().diff(from, to));
  tell_lines(json ? change_json(changes) : change_lines(changes), output);
  if (json) return {};
  if (changes.empty()) output.out(to ? "no difference" : "no source waits for a person");
  if (changes.empty() || to) return {};
  CG_TRY(waiting, op.list_store().waiting());
  output.out("");
  tell_lines(waiting_lines({.versions = std::move(waiting.versions), .held = {}}), output);
  return {};
}

Result<void> tell_overrides(Operator& op, const Arguments& args, Output& output) {
  const bool json = given(args, "json");
  CG_TRY(book, op.list_store().overrides());
  if (!json) {
    tell_lines(override_lines(book, op.clock().now()), output);
    return {};
  }
  for (const auto& one : book.all) output.out(override_json(book, one, op.clock().now()));
  return {};
}

int lists_status(Operator& op, const Arguments& args, Output& output) {
  return answer(tell_status(op, args, output), output);
}
int lists_lookup(Operator& op, const Arguments& args, Output& output) {
  return answer(look_up(op, args, output), output);
}
int lists_history(Operator& op, const Arguments& args, Output& output) {
  return answer(tell_history(op, args, output), output);
}
int lists_diff(Operator& op, const Arguments& args, Output& output) {
  return answer(tell_diff(op, args, output), output);
}
int lists_overrides(Operator& op, const Arguments& args, Output& output) {
  return answer(tell_overrides(op, args, output), output);
}

constexpr Option kStatusOptions[] = {
    Option::flag("patterns", "What each expression costs and has found, the dearest first"), kJsonLines};
constexpr Option kLookupOptions[] = {
    Option::place("target", "HOST_OR_URL", "As in a browser's address bar"),
    Option::value("generation", "ID", "As this generation said; `lists history` names them"),
    Option::value("record", "RECORD-ID", "As the lists said that this record was decided by"), kJsonLines};
constexpr Option kHistoryOptions[] = {Option::value("limit", "N", "At most so many. Default: 20"), kJsonLines};
constexpr Option kDiffOptions[] = {
    Option::value("from", "ID", "From this generation. Default: the one in force"),
    Option::value("to", "ID", "To this generation. Default: the one in force when --from is given"), kJsonLines};
constexpr Option kOverridesOptions[] = {kJsonLines};

constexpr Command kCommands[] = {
    {"lists status", "The generation in force: sources, versions, entries by category, what waits for a person.",
     kStatusOptions, lists_status},
    {"lists lookup", "What the lists say about a host or URL, down to each line.", kLookupOptions, lists_lookup},
    {"lists history", "What was in force when: by whom, why, what came and went. The newest first.", kHistoryOptions,
     lists_history},
    {"lists diff", "What the versions that wait for a person would change; or between two generations.", kDiffOptions,
     lists_diff},
    {"lists overrides", "All overrides there ever were, and which are in force.", kOverridesOptions, lists_overrides},
};

}  // namespace

std::span<const Command> lists_commands() { return kCommands; }

}  // namespace citygate::console
