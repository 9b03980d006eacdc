#include <fmt/format.h>

#include "console/commands.h"
#include "console/record_access.h"
#include "console/sealed_grants.h"
#include "console/selectors.h"
#include "review/explain.h"
#include "review/explain_record.h"

namespace citygate::console {
namespace {

review::Sources sources_of(Operator& op, const proxy::Snapshots& in_force, const policy::GrantBook& grants) {
  return {*in_force.lists,  *in_force.taxonomy, *in_force.rules, grants,
          *in_force.people, *in_force.standing, &op.list_store()};
}

Result<std::string> explain_url(Operator& op, const proxy::Snapshots& in_force, const Arguments& args,
                                const Output& output) {
  review::Question question;
  question.person = argument(args, "user");
  question.what = argument(args, "what");
  question.at = op.clock().now();
  if (const auto text = argument(args, "at"); !text.empty()) {
    CG_TRY(at, find_time(in_force.rules->zone(), text, Edge::Begin));
    question.past = at < question.at;
    question.at = at;
  }
  auto grants = in_force.grants;
  // The answer tells what was used of each quota, which is what the person did. To whom a sealed grant is not told, it is
  // not told by what would be open.
  if (const auto* person = in_force.people->by_name(question.person)) {
    CG_TRY_VOID(
        look_at(op, args, output, {.what = "explain", .person = person->id, .from = question.at, .to = question.at}));
    question.usage = &op.board().person(person->id);
    Looks looks;
    grants = told_grants(op, args, person->id, looks);
    CG_TRY_VOID(looks.keep(op, args, output, "explain"));
  }
  Target target;
  const std::string url =
      question.what.contains("://") ? std::string(question.what) : fmt::format("http://{}", question.what);
  question.listed_host = parse_url(url, target) && op.listed_host(target.host);
  CG_TRY(explanation, review::explain(sources_of(op, in_force, *grants), question));
  return review::render(explanation);
}

// Decimal, or as much of a record's number as somebody has copied. In a URL it would be an IPv4 address in a form that
// nobody means.
bool is_number(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdefABCDEF";
  return !text.empty() && text.front() >= '0' && text.front() <= '9' &&
         text.find_first_not_of(kHex) == std::string_view::npos;
}

Result<std::string> explain_what(Operator& op, const Arguments& args, const Output& output) {
  const auto what = argument(args, "what");
  const auto id = records::parse_record_id(what);
  if (!id && is_number(what))
    return fail(
        Error::Kind::Malformed,
        fmt::format("'{0}' is neither a URL nor a record: a record has 16 hex digits, as `records search` shows "
                    "them; for the address write http://{0}/",
                    what));
  const proxy::Snapshots in_force = op.in_force();
  CG_TRY_VOID(op.flush());
  if (!id) return explain_url(op, in_force, args, output);
  if (!argument(args, "user").empty() || !argument(args, "at").empty())
    return fail(Error::Kind::Malformed, "a record says itself who asked and when: leave out the user and the time");
  if (const auto record = op.store().find(*id); record && record->get().person)
    CG_TRY_VOID(look_at(op, args, output,
                        {.what = "explain",
                         .person = record->get().person,
                         .from = record->get().begin,
                         .to = record->get().end,
                         .more = {{"record", records::to_string(*id)}}}));
  return review::explain_record(sources_of(op, in_force, *in_force.grants), op.store(), *id);
}

int explain(Operator& op, const Arguments& args, Output& output) {
  auto text = explain_what(op, args, output);
  if (!text) return report_error(text.error(), output);
  while (text->ends_with('\n')) text->pop_back();
  output.out(*text);
  return kDone;
}

constexpr Option kExplainOptions[] = {
    Option::place("what", "URL|RECORD-ID", "http://..., host:443 for a tunnel, or 16 hex digits of a record"),
    Option::value("user", "NAME", "For this person; without it for nobody known"),
    Option::value("at", "TIME", "As if it were this time; default: now"), kLooker, kLookReason};

constexpr Command kCommands[] = {
    {"explain",
     "Why a URL would be allowed or refused for someone, or why a recorded exchange was: verdict,\n"
     "rule, clause, list line, usage and charge.",
     kExplainOptions, explain},
};

}  // namespace

std::span<const Command> explain_commands() { return kCommands; }

}  // namespace citygate::console
