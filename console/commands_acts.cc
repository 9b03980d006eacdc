// The journal of acts: looked through, exported, verified. Nothing here changes it.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <deque>
#include <fstream>
#include <iostream>

#include "base/document.h"
#include "console/acts_file.h"
#include "console/commands.h"
#include "console/selectors.h"
#include "console/text_table.h"
#include "records/act_codec.h"
#include "records/act_export.h"

namespace citygate::console {
namespace {

using records::ActLink;

constexpr std::size_t kUsualLimit = 1'000;

int answer(const Result<void>& done, Output& output) { return done ? kDone : report_error(done.error(), output); }

template <class Number>
Result<Number> number_of(std::string_view text, std::string_view what) {
  Number out{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size() || out == 0)
    return fail(Error::Kind::Malformed, fmt::format("{} must be a whole number above 0, not '{}'", what, text));
  return out;
}

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
  std::string author;
  WallTime from = WallTime::min(), to = WallTime::max();
  std::size_t limit = kUsualLimit;

  bool matches(const Act& act) {
    const bool subject = !about || (*about)(act);  // it has to see every act
    return subject && (!kind || act.kind == *kind) && (author.empty() || act.author == author) && act.time >= from &&
           act.time < to;
  }
};

Result<ActQuery> query_of(const Arguments& args, const Zone& zone) {
  ActQuery out;
  out.author = argument(args, "author");
  if (const auto word = argument(args, "kind"); !word.empty()) {
    CG_TRY(kind, kind_of(word));
    out.kind = kind;
  }
  if (const auto name = argument(args, "subject"); !name.empty()) out.about.emplace(std::string(name));
  if (const auto text = argument(args, "from"); !text.empty()) {
    CG_TRY(time, find_time(zone, text, Edge::Begin));
    out.from = time;
  }
  if (const auto text = argument(args, "to"); !text.empty()) {
    CG_TRY(time, find_time(zone, text, Edge::End));
    out.to = time;
  }
  if (out.from >= out.to)
    return fail(Error::Kind::Malformed, fmt::format("from ({}) is not before to ({}): no time lies between",
                                                    argument(args, "from"), argument(args, "to")));
  if (const auto text = argument(args, "limit"); !text.empty()) {
    CG_TRY(limit, number_of<std::size_t>(text, "limit"));
    out.limit = limit;
  }
  return out;
}

std::string one_line(std::string_view text) {
  std::string out(text);
  std::ranges::replace_if(out, [](char c) { return c == '\n' || c == '\t' || c == '\r'; }, ' ');
  return out;
}

struct Kept {
  std::string line;
  Act act;
};

void show_table(const std::deque<Kept>& acts, const Zone& zone, Output& output) {
  using enum TextTable::Align;
  TextTable table(
      {{"act", Right}, {"time", Left}, {"kind", Left}, {"author", Left}, {"subject", Left}, {"reason", Left}});
  for (const auto& [line, act] : acts)
    table.add({std::to_string(act.number), zone.format(act.time), std::string(to_string(act.kind)),
               one_line(act.author), one_line(act.subject), one_line(act.reason)});
  for (const auto& line : table.lines()) output.out(line);
}

Result<void> list(Operator& op, const Arguments& args, Output& output) {
  const auto rules = op.in_force().rules;
  CG_TRY(query, query_of(args, rules->zone()));
  std::deque<Kept> found;
  std::size_t matching = 0;
  Result<void> readable;
  CG_TRY_VOID(op.store().acts().scan_links(1, [&](const ActLink& link) {
    auto act = records::decode_act(link.line);
    if (!act) {
      readable = fail(Error::Kind::Storage, fmt::format("act {} is damaged: {}; `citygate acts verify` says more",
                                                        link.number, act.error().context));
      return false;
    }
    if (!query.matches(*act)) return !output.ended();
    ++matching;
    found.push_back({.line = link.line, .act = *std::move(act)});
    if (found.size() > query.limit) found.pop_front();
    return !output.ended();
  }));
  CG_TRY_VOID(readable);
  if (given(args, "json"))
    for (const auto& one : found) output.out(one.line);
  else if (!found.empty())
    show_table(found, rules->zone(), output);
  if (found.empty()) output.err("no act matches");
  if (matching > found.size())
    output.err(fmt::format("the last {} acts are shown, of {}: narrow the search, or raise --limit", found.size(),
                           with_commas(matching)));
  return {};
}

Result<void> show(Operator& op, const Arguments& args, Output& output) {
  CG_TRY(number, number_of<std::uint64_t>(argument(args, "number"), "the number of an act"));
  std::optional<ActLink> link;
  CG_TRY_VOID(op.store().acts().scan_links(number, [&](const ActLink& first) {
    if (first.number == number) link = first;
    return false;
  }));
  if (!link) return fail(Error::Kind::NotFound, fmt::format("no act {}; the last is {}", number, op.acts().last()));
  if (given(args, "json")) {
    output.out(records::export_act(*link));
    return {};
  }
  const auto act = records::decode_act(link->line);
  if (!act) return fail(Error::Kind::Storage, fmt::format("act {} is damaged: {}", number, act.error().context));
  std::vector<std::pair<std::string, std::string>> rows{
      {"act", std::to_string(act->number)},
      {"time", fmt::format("{} ({})", format_utc(act->time), op.in_force().rules->zone().format(act->time))},
      {"kind", std::string(to_string(act->kind))},
      {"author", act->author},
      {"via", act->via},
      {"reason", act->reason},
      {"subject", act->subject}};
  for (const auto& [name, text] : act->fields) rows.emplace_back(name, text);
  rows.emplace_back("hash", records::to_hex(link->hash));
  std::size_t width = 0;
  for (const auto& [name, text] : rows) width = std::max(width, name.size());
  for (const auto& [name, text] : rows)
    if (!text.empty()) output.out(fmt::format("{:<{}}  {}", name, width, text));
  return {};
}

Result<void> write_export(Operator& op, const Arguments& args, Output& output) {
  std::optional<records::ActsAbout> about;
  if (const auto name = argument(args, "subject"); !name.empty()) about.emplace(std::string(name));
  CG_TRY(head, op.store().acts().head());
  Result<void> readable;
  std::uint64_t shown = 0;
  CG_TRY_VOID(op.store().acts().scan_links(1, [&](const ActLink& link) {
    if (link.number > head.number || output.ended()) return false;
    bool whole = true;
    if (about) {
      const auto act = records::decode_act(link.line);
      if (!act)
        readable = fail(Error::Kind::Storage, fmt::format("act {} is damaged: {}; `citygate acts verify` says more",
                                                          link.number, act.error().context));
      if (!act) return false;
      whole = (*about)(*act);
    }
    shown += whole ? 1 : 0;
    output.out(whole ? records::export_act(link) : records::export_left_out(link));
    return true;
  }));
  CG_TRY_VOID(readable);
  if (output.ended()) return fail(Error::Kind::Refused, "the export was ended before it was whole");
  output.out(records::export_head(head, op.clock().now()));
  output.err(
      fmt::format("{} of {} acts, head {}", with_commas(shown), with_commas(head.number), records::to_hex(head.hash)));
  return {};
}

// "1042:5f0c...": the head of an earlier export, or of a note on paper.
Result<void> look_for_head(const records::ChainedActs& acts, std::string_view text, Output& output) {
  const auto colon = text.find(':');
  const auto hash = colon == std::string_view::npos ? std::nullopt : records::parse_act_hash(text.substr(colon + 1));
  if (!hash)
    return fail(Error::Kind::Malformed,
                fmt::format("'{}' is no head: write NUMBER:HASH, as the last line of an export has them", text));
  CG_TRY(number, number_of<std::uint64_t>(text.substr(0, colon), "the number of an act"));
  bool same = false;
  CG_TRY_VOID(acts.scan_links(number, [&](const ActLink& first) {
    same = first.number == number && first.hash == *hash;
    return false;
  }));
  if (!same)
    return fail(Error::Kind::Refused,
                fmt::format("act {} does not have this hash here: the journal is not the one that "
                            "it was, in act {} or before it",
                            number, number));
  output.out(fmt::format("everything up to act {} is as it was when this head was written down", number));
  return {};
}

Result<void> verify(const records::ChainedActs& acts, const Arguments& args, Output& output) {
  CG_TRY(head, records::verify_acts(acts));
  output.out(fmt::format("{} acts, none changed, missing, doubled or out of order", with_commas(head.number)));
  output.out(fmt::format("head {}:{}", head.number, records::to_hex(head.hash)));
  if (const auto text = argument(args, "head"); !text.empty()) CG_TRY_VOID(look_for_head(acts, text, output));
  return {};
}

int acts_list(Operator& op, const Arguments& args, Output& output) { return answer(list(op, args, output), output); }
int acts_show(Operator& op, const Arguments& args, Output& output) { return answer(show(op, args, output), output); }
int acts_export(Operator& op, const Arguments& args, Output& output) {
  return answer(write_export(op, args, output), output);
}
int acts_verify(Operator& op, const Arguments& args, Output& output) {
  return verify_acts_of(op.store().acts(), args, output);
}

constexpr std::string_view kActsOptions[] = {"kind", "subject", "author", "from", "to", "limit", "json"};
constexpr std::string_view kNumber[] = {"number"};
constexpr std::string_view kJson[] = {"json"};
constexpr std::string_view kActsSubject[] = {"subject"};
constexpr std::string_view kActsHead[] = {"head"};

constexpr Command kCommands[] = {
    {"acts list", {}, kActsOptions, acts_list},
    {"acts show", kNumber, kJson, acts_show},
    {"acts export", {}, kActsSubject, acts_export},
    {"acts verify", {}, kActsHead, acts_verify},
};

}  // namespace

std::span<const Command> acts_commands() { return kCommands; }

int verify_acts_of(const records::ChainedActs& acts, const Arguments& args, Output& output) {
  return answer(verify(acts, args, output), output);
}

int verify_acts_file(const std::string& file, Output& output) {
  std::ifstream opened;
  if (file != "-") opened.open(file, std::ios::binary);
  std::istream& in = file == "-" ? std::cin : opened;
  if (!in)
    return report_error({.kind = Error::Kind::NotFound, .context = fmt::format("{} cannot be read", file)}, output);
  records::ExportCheck check;
  for (std::string line; std::getline(in, line);) check.take(line);
  const auto found = check.finish();
  if (!found) {
    output.err(fmt::format("{}: {}", file, found.error().context));
    return kFailed;
  }
  output.out(fmt::format("{} acts, none changed, missing, doubled or out of order; {} of them are shown",
                         with_commas(found->head.number), with_commas(found->shown)));
  output.out(
      fmt::format("head {}:{}, exported {}", found->head.number, records::to_hex(found->head.hash), found->made));
  return kDone;
}

}  // namespace citygate::console
