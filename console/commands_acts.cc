// The journal of acts looked through. What of it is sealed, and to whom, sealed_grants.h says.
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <nlohmann/json.hpp>

#include "base/document.h"
#include "base/hex.h"
#include "console/commands.h"
#include "console/sealed_grants.h"
#include "console/selectors.h"
#include "console/text_table.h"
#include "records/act_export.h"

namespace citygate::console {
namespace {

constexpr std::size_t kUsualLimit = 1'000;

Result<ActKind> kind_of(std::string_view word) {
  if (const auto kind = parse_act_kind(word)) return *kind;
  std::vector<std::string_view> known;
  for (unsigned value = 0; value <= static_cast<unsigned>(kLastActKind); ++value)
    known.push_back(to_string(static_cast<ActKind>(value)));
  const auto near = nearest(word, known);
  return fail(Error::Kind::NotFound,
              near.empty() ? fmt::format("no kind of act '{}'; there are: {}", word, fmt::join(known, ", "))
                           : fmt::format("no kind of act '{}'; did you mean '{}'?", word, near));
}

struct ActQuery {
  std::optional<ActKind> kind;
  std::optional<records::ActsAbout> about;
  std::string_view subject, author;
  Term term;
  std::size_t limit = kUsualLimit;

  bool matches(const ToldAct& told) {
    const Act& act = told.act;
    const bool subject_fits = !about || (*about)(act);  // it has to see every act
    if (told.sealed && (!author.empty() || (about && act.subject != subject))) return false;
    return subject_fits && (!kind || act.kind == *kind) && (author.empty() || act.author == author) &&
           act.time >= term.from && act.time < term.to;
  }
};

Result<ActQuery> query_of(const Arguments& args, const Zone& zone) {
  ActQuery out;
  out.author = argument(args, "author");
  if (const auto word = argument(args, "kind"); !word.empty()) {
    CG_TRY(kind, kind_of(word));
    out.kind = kind;
  }
  out.subject = argument(args, "subject");
  if (!out.subject.empty()) out.about.emplace(std::string(out.subject));
  CG_TRY(term, find_term(zone, args));
  out.term = term;
  if (const auto text = argument(args, "limit"); !text.empty()) {
    CG_TRY(limit, find_number(text, "limit"));
    out.limit = limit;
  }
  return out;
}

std::string one_line(std::string_view text) {
  std::string out(text);
  std::ranges::replace_if(out, [](char c) { return c == '\n' || c == '\t' || c == '\r'; }, ' ');
  return out;
}

constexpr std::string_view kSealed = "sealed";

std::string told_json(const ToldAct& told) {
  if (!told.sealed) return told.link.line;
  return nlohmann::ordered_json{{"number", told.act.number},
                                {"time", format_utc(told.act.time)},
                                {"kind", to_string(told.act.kind)},
                                {"subject", told.act.subject},
                                {kSealed, true}}
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void show_table(const std::deque<ToldAct>& acts, const Zone& zone, Output& output) {
  using enum TextTable::Align;
  TextTable table(
      {{"act", Right}, {"time", Left}, {"kind", Left}, {"author", Left}, {"subject", Left}, {"reason", Left}});
  for (const auto& [link, act, sealed] : acts)
    table.add({std::to_string(act.number), zone.format(act.time), std::string(to_string(act.kind)),
               one_line(sealed ? kSealed : act.author), one_line(act.subject),
               one_line(sealed ? kSealed : act.reason)});
  for (const auto& line : table.lines()) output.out(line);
}

Result<void> list(Operator& op, const Arguments& args, Output& output) {
  const auto rules = op.in_force().rules;
  CG_TRY(query, query_of(args, rules->zone()));
  std::deque<ToldAct> found;
  std::size_t matching = 0;
  CG_TRY_VOID(each_act(op, args, 1, [&](ToldAct told) {
    if (!query.matches(told)) return !output.ended();
    ++matching;
    found.push_back(std::move(told));
    if (found.size() > query.limit) found.pop_front();
    return !output.ended();
  }));
  Looks looks;
  for (const auto& told : found) looks.add(told);
  CG_TRY_VOID(looks.keep(op, args, output, "acts list"));
  if (given(args, "json"))
    for (const auto& told : found) output.out(told_json(told));
  else if (!found.empty())
    show_table(found, rules->zone(), output);
  if (found.empty()) output.err("no act matches");
  if (matching > found.size())
    output.err(fmt::format("the last {} acts are shown, of {}: narrow the search, or raise --limit", found.size(),
                           with_commas(matching)));
  return {};
}

using Rows = std::vector<std::pair<std::string_view, std::string>>;
Rows rows_of(const ToldAct& told, const Zone& zone) {
  const Act& act = told.act;
  Rows rows{{"act", std::to_string(act.number)},
            {"time", fmt::format("{} ({})", format_utc(act.time), zone.format(act.time))},
            {"kind", std::string(to_string(act.kind))}};
  if (!told.sealed) rows.insert(rows.end(), {{"author", act.author}, {"via", act.via}, {"reason", act.reason}});
  rows.emplace_back("subject", act.subject);
  if (told.sealed)
    rows.emplace_back(kSealed, "all else is told to whom the grant concerns, who says so with --by");
  else
    rows.insert(rows.end(), act.fields.begin(), act.fields.end());
  rows.emplace_back("hash", to_hex(told.link.hash));
  return rows;
}

Result<void> show(Operator& op, const Arguments& args, Output& output) {
  CG_TRY(number, find_number(argument(args, "number"), "the number of an act"));
  std::optional<ToldAct> told;
  CG_TRY_VOID(each_act(op, args, number, [&](ToldAct first) {
    if (first.act.number == number) told = std::move(first);
    return false;
  }));
  if (!told) return fail(Error::Kind::NotFound, fmt::format("no act {}; the last is {}", number, op.acts().last()));
  Looks looks;
  looks.add(*told);
  CG_TRY_VOID(looks.keep(op, args, output, "acts show"));
  if (given(args, "json")) {
    output.out(told->sealed ? records::export_sealed(told->link) : records::export_act(told->link));
    return {};
  }
  const auto rows = rows_of(*told, op.in_force().rules->zone());
  std::size_t width = 0;
  for (const auto& [name, text] : rows) width = std::max(width, name.size());
  for (const auto& [name, text] : rows)
    if (!text.empty()) output.out(fmt::format("{:<{}}  {}", name, width, text));
  return {};
}

int acts_list(Operator& op, const Arguments& args, Output& output) { return answer(list(op, args, output), output); }
int acts_show(Operator& op, const Arguments& args, Output& output) { return answer(show(op, args, output), output); }

constexpr Option kJson = Option::flag("json", "The act as it is kept: JSON, an object a line");
constexpr Option kBy =
    Option::value("by", "NAME", "Who looks: acts about a sealed grant are told only to whom it concerns");
constexpr Option kReason = Option::value("reason", "TEXT", "Why; kept with such a look");
constexpr Option kListOptions[] = {
    Option::value("kind", "KIND", "suspend, grant-request, list-publish ...; docs/acts.md has them all"),
    Option::value("subject", "NAME",
                  "About this person, department, grant or source; with all steps of grants for or about a person"),
    Option::value("author", "NAME", "By this person"),
    Option::value("from", "TIME", "At or after; a day or a time, by the city's clock or with an offset"),
    Option::value("to", "TIME", "Before; a day alone is included"),
    Option::value("limit", "N", "The last so many. Default: 1000"),
    kBy,
    kReason,
    kJson};
constexpr Option kShowOptions[] = {Option::place("number", "NUMBER", "As `acts list` shows it"), kBy, kReason, kJson};

constexpr Command kCommands[] = {
    {"acts list", "Acts in order of time, the last ones. All conditions must hold.", kListOptions, acts_list},
    {"acts show", "All of one act, with the hash that ties it to those before it.", kShowOptions, acts_show},
};

}  // namespace

std::span<const Command> acts_commands() { return kCommands; }

}  // namespace citygate::console
