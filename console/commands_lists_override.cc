// An administrator's own word about a site: made, and ended. What it ends and what it does not reach is said with it.
#include <fmt/format.h>

#include <charconv>

#include "base/document.h"
#include "base/log.h"
#include "categories/replaced_overrides.h"
#include "console/act_log.h"
#include "console/commands.h"
#include "console/list_change.h"
#include "console/lists_json.h"
#include "console/lists_text.h"
#include "console/override_target.h"
#include "console/selectors.h"

namespace citygate::console {
namespace {

Result<std::string> category_of(Operator& op, std::string_view word) {
  if (word == "allow") return std::string(categories::kAllowedCategory);
  if (word == "deny") return std::string(categories::kBlockedCategory);
  const auto in_force = op.in_force();
  if (in_force.taxonomy->find(word)) return std::string(word);
  std::vector<std::string_view> words{"allow", "deny"};
  for (const auto& category : in_force.taxonomy->all()) words.push_back(category.name);
  const auto near = nearest(word, words);
  return fail(Error::Kind::Malformed, fmt::format("'{}' is neither allow nor deny nor a category of the taxonomy{}",
                                                  word, near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
}

Result<categories::Override> override_of(Operator& op, const Arguments& args, const Target& target) {
  categories::Override out;
  out.host = target.host;
  out.path = target.path;
  CG_TRY(category, category_of(op, argument(args, "as")));
  out.category = std::move(category);
  if (const auto text = argument(args, "until"); !text.empty()) {
    CG_TRY(end, find_time(op.in_force().rules->zone(), text, Edge::End));
    out.ends = end;
  }
  return out;
}

// What was made and what ended by it: for the person who asked and for the log.
std::vector<std::string> override_news(Operator& op, const categories::Override& made,
                                       const std::vector<categories::Override>& replaced,
                                       const std::vector<categories::Override>& behind) {
  std::vector<std::string> out{fmt::format("override {}: {}", made.number, categories::describe_override(made))};
  for (const auto& one : replaced)
    out.push_back(fmt::format("override {} of {} ({}, by {}) has ended: override {} takes its place", one.number,
                              one.what(), one.category, one.author, made.number));
  for (const auto& line : out) log::info("lists: {}", line);
  if (made.ends != WallTime::max())
    out.push_back(fmt::format("it lapses on {}", op.in_force().rules->zone().format(made.ends)));
  // Of several that stand behind it, the last one made is next.
  if (!behind.empty())
    out.push_back(fmt::format("override {} of {} ({}, by {}) stands behind it, and holds again when it has ended",
                              behind.back().number, behind.back().what(), behind.back().category,
                              behind.back().author));
  return out;
}

int lists_override(Operator& op, const Arguments& args, Output& output) {
  const bool json = given(args, "json");
  const auto target = find_override_target(argument(args, "target"));
  if (!target) return report_error(target.error(), output);
  auto wanted = override_of(op, args, *target);
  if (!wanted) return report_error(wanted.error(), output);
  const auto made = op.list_store().add_override(*std::move(wanted), change_of(args, output));
  if (!made) return list_failed(op, made.error(), output);
  ActFields fields{{"number", std::to_string(made->number)}, {"as", made->category}};
  if (made->ends != WallTime::max()) fields.emplace("until", format_utc(made->ends));
  const int kept = leave_acts(op, args, {{ActKind::ListOverride, made->what(), std::move(fields)}}, kDone, output);
  if (const auto adopted = op.adopt_lists(); !adopted) return report_error(adopted.error(), output);
  const auto book = op.list_store().overrides();
  if (!book) return report_error(book.error(), output);
  const auto replaced = categories::replaced_by(*book, *made);
  const WallTime now = op.clock().now();
  const auto behind = categories::behind(*book, *made, now);
  const auto news = override_news(op, *made, replaced, behind);
  const std::string note = unseen_path_note(*target);
  const GenerationId generation = op.in_force().lists->id();
  if (json) {
    output.out(override_change_json(*made, replaced, behind, note, generation, now));
    return kept;
  }
  for (const auto& line : news) output.out(line);
  output.out(fmt::format("generation {} is in force", generation_text(generation)));
  if (!note.empty()) output.out("note: " + note);
  return kept;
}

int lists_end_override(Operator& op, const Arguments& args, Output& output) {
  const bool json = given(args, "json");
  const auto text = argument(args, "number");
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size())
    return report_error({.kind = Error::Kind::Malformed, .context = fmt::format("'{}' is no number", text)}, output);
  const auto ended = op.list_store().end_override(number, change_of(args, output));
  if (!ended) return list_failed(op, ended.error(), output);
  ActFields fields{{"number", std::to_string(ended->number)}, {"as", ended->category}};
  const int kept = leave_acts(op, args, {{ActKind::ListOverrideEnd, ended->what(), std::move(fields)}}, kDone, output);
  if (const auto adopted = op.adopt_lists(); !adopted) return report_error(adopted.error(), output);
  const GenerationId generation = op.in_force().lists->id();
  const std::string news = fmt::format("override {} of {} has ended", ended->number, ended->what());
  log::info("lists: {}", news);
  if (json)
    output.out(override_change_json(*ended, {}, {}, "", generation, op.clock().now()));
  else
    output.out(fmt::format("{}; generation {} is in force", news, generation_text(generation)));
  return kept;
}

constexpr Option kOverrideOptions[] = {
    Option::place("target", "HOST_OR_URL", "What it is about"),
    Option::place("as", "allow|deny|CATEGORY", "What it is to count as"),
    Option::needed("reason", "TEXT", "Why; kept in the history and shown in explanations"),
    Option::value("until", "TIME",
                  "When it lapses: 2026-12-31, at the end of that day, or 2026-12-31T12:00; default: never"),
    kDoer,
    Option::flag("confirm", "Though it is for all below a public suffix, or closes a protected name"),
    kJsonLines};
constexpr Option kEndOverrideOptions[] = {Option::place("number", "NUMBER", "As `lists overrides` shows it"),
                                          kListReason, kDoer, kJsonLines};

constexpr Command kCommands[] = {
    {"lists override",
     "Allow, deny or recategorise a host with all below it, or a URL with all below its path,\n"
     "whatever the lists say.",
     kOverrideOptions, lists_override},
    {"lists end-override", "End an override now.", kEndOverrideOptions, lists_end_override},
};

}  // namespace

std::span<const Command> lists_override_commands() { return kCommands; }

}  // namespace citygate::console
