#include <fmt/format.h>

#include <optional>

#include "console/commands.h"
#include "console/record_access.h"
#include "console/record_text.h"
#include "console/selectors.h"
#include "console/text_table.h"

namespace citygate::console {
namespace {

constexpr std::size_t kUsualLimit = 1'000;
// How soon a followed record is shown after the recorder stored it.
constexpr std::chrono::milliseconds kFollowInterval{200};

struct Selection {
  records::RecordQuery query;
  std::size_t limit = kUsualLimit;
  Format format = Format::Table;
  std::optional<PersonId> person{};  // who is named
  bool nobody = false;               // people are left out
};

Result<Selection> select(Operator& op, const Arguments& args, const Zone& zone) {
  Selection out;
  if (const auto text = argument(args, "user"); !text.empty()) {
    CG_TRY(person, find_person(op, text));
    out.query.person = person;
    out.person = person;
  }
  if (const auto text = argument(args, "department"); !text.empty()) {
    CG_TRY(department, find_department(op, text));
    out.query.department = department;
  }
  if (const auto text = argument(args, "category"); !text.empty()) {
    CG_TRY(category, find_category(op, text));
    out.query.category = category;
  }
  if (const auto text = argument(args, "host"); !text.empty()) {
    out.query.host = canonical_host(text);
    if (out.query.host.empty()) return fail(Error::Kind::Malformed, fmt::format("'{}' is not a host name", text));
  }
  if (const auto text = argument(args, "outcome"); !text.empty()) {
    CG_TRY(outcome, find_outcome(text));
    out.query.outcome = outcome;
  }
  out.query.elsewhere = given(args, "elsewhere");
  CG_TRY(term, find_term(zone, args));
  out.query.from = term.from;
  out.query.to = term.to;
  if (const auto text = argument(args, "limit"); !text.empty()) {
    CG_TRY(limit, find_number(text, "limit"));
    out.limit = limit;
  }
  const auto format = parse_format(argument(args, "format"));
  if (!format || *format == Format::Csv) return fail(Error::Kind::Malformed, "format must be table or json");
  out.format = *format;
  out.nobody = shows_nobody(op.in_force(), out.person);
  return out;
}

void show(Operator& op, const Record& found, const Zone& zone, const Selection& selection, Output& output) {
  const Record record = selection.nobody ? without_person(found) : found;
  output.out(selection.format == Format::Json ? record_json(record, op.names())
                                              : record_line(record, op.names(), zone));
}

void say_nobody(const Selection& selection, Output& output) {
  if (selection.nobody)
    output.err(
        "people are left out: the policy says who may see what a named person did; --user names whom, --by who looks");
}

Result<void> search(Operator& op, const Arguments& args, Output& output) {
  const proxy::Snapshots in_force = op.in_force();
  const Zone& zone = in_force.rules->zone();
  CG_TRY(selection, select(op, args, zone));
  if (selection.person)
    CG_TRY_VOID(look_at(op, args, output,
                        {.what = "records search",
                         .person = *selection.person,
                         .from = selection.query.from,
                         .to = selection.query.to}));
  CG_TRY_VOID(op.flush());
  std::size_t shown = 0;
  bool more = false;
  CG_TRY_VOID(op.store().scan(selection.query, [&](const Record& record) {
    if (output.ended()) return false;
    if (shown == selection.limit) {
      more = true;
      return false;
    }
    show(op, record, zone, selection, output);
    ++shown;
    return true;
  }));
  say_nobody(selection, output);
  if (more)
    output.err(
        fmt::format("the first {} records are shown and there are more: narrow the search, or raise --limit", shown));
  else if (shown == 0)
    output.err("no record matches");
  return {};
}

Result<void> follow(Operator& op, const Arguments& args, Output& output) {
  if (!op.running())
    return fail(Error::Kind::Refused, "no gateway runs on this state directory: there is nothing to follow");
  const Zone zone = op.in_force().rules->zone();
  CG_TRY(selection, select(op, args, zone));
  const std::size_t limit = argument(args, "limit").empty() ? SIZE_MAX : selection.limit;
  if (selection.person)
    CG_TRY_VOID(
        look_at(op, args, output, {.what = "records follow", .person = *selection.person, .from = op.clock().now()}));
  say_nobody(selection, output);
  std::size_t shown = 0;
  std::uint64_t cursor = op.store().end_cursor();
  do {
    if (selection.person) CG_TRY_VOID(still_may_view(op, args, *selection.person));
    selection.nobody = shows_nobody(op.in_force(), selection.person);
    CG_TRY_VOID(op.store().scan_added(cursor, selection.query, [&](const Record& record) {
      if (output.ended() || shown == limit) return false;
      show(op, record, zone, selection, output);
      return ++shown < limit;
    }));
  } while (shown < limit && !output.ended_after(kFollowInterval));
  if (shown < limit) output.err("the gateway stops, or hands over to another process: no more from this one");
  return {};
}

int records_search(Operator& op, const Arguments& args, Output& output) {
  return answer(search(op, args, output), output);
}

int records_follow(Operator& op, const Arguments& args, Output& output) {
  return answer(follow(op, args, output), output);
}

constexpr Option kUser = Option::value("user", "NAME", "Of this person or device");
constexpr Option kDepartment = Option::value("department", "NAME", "Of this department");
constexpr Option kCategory = Option::value("category", "NAME", "With this category");
constexpr Option kHost = Option::value("host", "HOST", "To this host or its sub-domains");
constexpr Option kOutcome =
    Option::value("outcome", "WORD", "completed, refused, cut, client-gone, origin-gone, timed-out or failed");
constexpr Option kElsewhere =
    Option::flag("elsewhere", "Only where somebody turned up at one address while active at another");
constexpr Option kLimit = Option::value("limit", "N", "At most so many. Default of a search: 1000");
constexpr Option kFormat = Option::value("format", "FORMAT", "table (a line each) or json (an object a line)");
constexpr Option kSearchOptions[] = {
    kUser,
    kDepartment,
    kCategory,
    kHost,
    kOutcome,
    kElsewhere,
    kLimit,
    kFormat,
    kLooker,
    kLookReason,
    Option::value("from", "TIME", "Ended at or after; a day or a time, by the city's clock or with an offset"),
    Option::value("to", "TIME", "Ended before; a day alone is included")};
constexpr Option kFollowOptions[] = {kUser,      kDepartment, kCategory, kHost,   kOutcome,
                                     kElsewhere, kLimit,      kFormat,   kLooker, kLookReason};

constexpr Command kCommands[] = {
    {"records search",
     "Records in order of time. All conditions must hold. Queries of URLs are not kept and never\n"
     "shown; sealed records are not shown.",
     kSearchOptions, records_search},
    {"records follow", "New records as the gateway stores them, until Ctrl-C.", kFollowOptions, records_follow},
};

}  // namespace

std::span<const Command> records_commands() { return kCommands; }

}  // namespace citygate::console
