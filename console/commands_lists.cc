#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include "console/commands.h"
#include "console/text_table.h"

namespace citygate::console {
namespace {

using categories::ImportSummary;

std::string generation(GenerationId id) { return id ? fmt::format("{:016x}", id.value) : "none"; }

// Importing takes all of a core for a while; the workers go first. Each command of a client has a thread of its own, so
// nothing else is slowed.
void lower_priority() { static_cast<void>(setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 10)); }

void print_summary(const ImportSummary& summary, Output& output) {
  output.out(fmt::format("source      {} ({})", summary.source, summary.version));
  output.out(fmt::format("generation  {}{}", generation(summary.generation), summary.unchanged ? ", unchanged" : ""));
  output.out(fmt::format("read        {} files, {} lines, {} entries, {} duplicates", with_commas(summary.files),
                         with_commas(summary.lines), with_commas(summary.entries), with_commas(summary.duplicates)));
  if (!summary.categories.empty()) {
    using enum TextTable::Align;
    TextTable table({{"category", Left}, {"hosts", Right}, {"paths", Right}});
    for (const auto& category : summary.categories)
      table.add({category.name, with_commas(category.hosts), with_commas(category.urls)});
    output.out("");
    for (const auto& line : table.lines()) output.out(line);
  }
  if (!summary.unmapped.empty())
    output.out(fmt::format("\nunknown to the taxonomy, skipped: {}", fmt::join(summary.unmapped, ", ")));
  if (!summary.skipped.empty()) output.out("\nnot understood:");
  for (const auto& skipped : summary.skipped) {
    output.out(fmt::format("  {} lines: {}", with_commas(skipped.lines), skipped.reason));
    for (const auto& example : skipped.examples)
      output.out(fmt::format("    {}:{}: {}", example.file, example.line, example.text));
  }
}

Result<void> import(Operator& op, const Arguments& args, Output& output) {
  const auto format =
      categories::parse_list_format(argument(args, "format").empty() ? "detect" : argument(args, "format"));
  if (!format) return fail(Error::Kind::Malformed, "format must be detect, directory, domains, hosts or adblock");
  const categories::ImportRequest request{.path = std::string(argument(args, "path")),
                                          .source = std::string(argument(args, "as")),
                                          .category = std::string(argument(args, "category")),
                                          .version = std::string(argument(args, "version")),
                                          .format = *format};
  lower_priority();
  CG_TRY(summary, op.list_store().import(request, [&output](std::string_view line) { output.err(line); }));
  print_summary(summary, output);
  if (!summary.unchanged) CG_TRY_VOID(op.adopt_lists());
  return {};
}

Result<void> remove(Operator& op, const Arguments& args, Output& output) {
  lower_priority();
  CG_TRY(now, op.list_store().remove(argument(args, "name")));
  CG_TRY_VOID(op.adopt_lists());
  output.out(fmt::format("removed; generation {} is in force", generation(now)));
  return {};
}

Result<void> lookup(Operator& op, const Arguments& args, Output& output) {
  const std::string text(argument(args, "target"));
  Target target;
  if (const auto parsed = parse_url(text.contains("://") ? text : "http://" + text, target); !parsed)
    return fail(Error::Kind::Malformed,
                fmt::format("'{}' is neither a host nor a URL: {}", text, parsed.error().context));
  const proxy::Snapshots in_force = op.in_force();
  categories::Classification found;
  in_force.lists->classify(target, found);
  output.out(fmt::format("{}  (generation {})", target.to_string(), generation(in_force.lists->id())));
  if (found.categories.empty()) output.out("uncategorised");
  found.categories.for_each([&](CategoryId id) {
    const auto* category = in_force.taxonomy->find(id);
    const auto line = in_force.lists->describe(in_force.lists->evidence(found, id));
    output.out(fmt::format("{}: {} {}, {}:{}: {}",
                           category ? category->name : op.names().name(NameKind::Category, id.value), line.list,
                           line.version, line.file, line.line, line.text));
  });
  return {};
}

int answer(const Result<void>& done, Output& output) { return done ? kDone : report_error(done.error(), output); }

}  // namespace

int lists_import(Operator& op, const Arguments& args, Output& output) {
  return answer(import(op, args, output), output);
}
int lists_remove(Operator& op, const Arguments& args, Output& output) {
  return answer(remove(op, args, output), output);
}
int lists_lookup(Operator& op, const Arguments& args, Output& output) {
  return answer(lookup(op, args, output), output);
}

int lists_status(Operator& op, const Arguments&, Output& output) {
  using enum TextTable::Align;
  const auto lists = op.in_force().lists;
  const auto& status = lists->status();
  output.out(
      fmt::format("generation  {}{}", generation(status.id), status.built.empty() ? "" : ", built " + status.built));
  output.out(
      fmt::format("entries     {} in {} mapped bytes", with_commas(status.entries), with_commas(status.mapped_bytes)));
  TextTable sources(
      {{"source", Left}, {"version", Left}, {"imported", Left}, {"entries", Right}, {"not understood", Right}});
  for (const auto& source : status.sources)
    sources.add({source.name, source.version, source.imported, with_commas(source.entries),
                 with_commas(source.not_understood)});
  TextTable categories({{"category", Left}, {"entries", Right}});
  for (const auto& [id, entries] : status.categories)
    categories.add({op.names().name(NameKind::Category, id.value), with_commas(entries)});
  for (const auto* table : {&sources, &categories}) {
    output.out("");
    for (const auto& line : table->lines()) output.out(line);
  }
  return kDone;
}

}  // namespace citygate::console
