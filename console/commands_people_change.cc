// Changes of people and departments, each an act with author and reason: what may be changed, and by whom, is
// policy/people/people_fold.h's.
#include <fmt/format.h>

#include "base/log.h"
#include "console/act_draft.h"
#include "console/commands.h"
#include "console/selectors.h"
#include "policy/act_checks.h"
#include "policy/people/people_act.h"
#include "policy/people/people_file.h"
#include "policy/people/people_fold.h"
#include "policy/table_reader.h"

namespace citygate::console {
namespace {

struct Text {
  std::string_view argument, field;
};
constexpr Text kFacts[] = {
    {"title", "title"},     {"units", "units"},     {"roles", "roles"}, {"supervisor", "supervisor"},
    {"sponsor", "sponsor"}, {"purpose", "purpose"}, {"head", "head"}};

// As typed: roles and addresses with commas or spaces between them.
std::string spaced(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c == ',') c = ' ';
  return policy::roles_text(policy::split_list(out, ' '));
}

void add_facts(const Arguments& args, Act& act) {
  for (const auto& [name, field] : kFacts)
    if (const auto given = args.find(name); given != args.end())
      act.fields.emplace(field, name == "roles" ? spaced(given->second) : given->second);
}

Result<void> add_time(Operator& op, const Arguments& args, std::string_view name, std::string_view field, Edge edge,
                      Act& act) {
  const auto text = argument(args, name);
  if (text.empty()) return {};
  CG_TRY(time, find_time(op.in_force().rules->zone(), text, edge));
  policy::set_time(act, field, time);
  return {};
}

Act draft(ActKind kind, const Arguments& args, const Output& output) {
  Act act = draft_act(kind, args, output);
  act.subject = argument(args, "name");
  return act;
}

int say(const Act& kept, const Arguments& args, Output& output) {
  log::info("people: {} '{}' by '{}', act {}", to_string(kept.kind), kept.subject, kept.author, kept.number);
  tell_kept(kept, fmt::format("{} '{}' (act {})", to_string(kept.kind), kept.subject, kept.number), args, output);
  return kDone;
}

int enact(Operator& op, const Arguments& args, Result<Act> act, Output& output) {
  if (!act) return report_error(act.error(), output);
  const auto kept = op.registrar().enact(*std::move(act));
  return kept ? say(*kept, args, output) : report_error(kept.error(), output);
}

Result<Act> person_add(Operator& op, const Arguments& args, Output& output, std::string_view kind) {
  Act act = draft(ActKind::PersonAdd, args, output);
  act.fields.emplace("kind", kind.empty() ? "person" : kind);
  add_facts(args, act);
  std::string department(argument(args, "department"));
  if (!policy::is_name(department))
    return fail(Error::Kind::Malformed, fmt::format("'{}' is no name of a department", department));
  act.fields.emplace("departments", std::move(department));
  if (const auto addresses = argument(args, "addresses"); !addresses.empty())
    act.fields.emplace("addresses", spaced(addresses));
  if (kind == "guest") {
    CG_TRY_VOID(add_time(op, args, "from", "start", Edge::Begin, act));
    CG_TRY_VOID(add_time(op, args, "until", "end", Edge::End, act));
  }
  return act;
}

Result<Act> person_change(Operator& op, const Arguments& args, Output& output) {
  Act act = draft(ActKind::PersonChange, args, output);
  add_facts(args, act);
  CG_TRY_VOID(add_time(op, args, "until", "end", Edge::End, act));
  return act;
}

Result<Act> person_move(Operator& op, const Arguments& args, Output& output) {
  Act act = draft(ActKind::PersonChange, args, output);
  act.fields.emplace("department", argument(args, "department"));
  CG_TRY_VOID(add_time(op, args, "from", "from", Edge::Begin, act));
  return act;
}

Result<Act> address(Operator& op, ActKind kind, const Arguments& args, Output& output) {
  Act act = draft(kind, args, output);
  act.fields.emplace("address", argument(args, "address"));
  CG_TRY_VOID(add_time(op, args, "from", "from", Edge::Begin, act));
  CG_TRY_VOID(add_time(op, args, "until", "until", Edge::End, act));
  return act;
}

Act department(ActKind kind, const Arguments& args, Output& output) {
  Act act = draft(kind, args, output);
  add_facts(args, act);
  return act;
}

// Hashes of a person that no act names any more.
void drop_old_secrets(Operator& op, std::string_view person, std::string_view kept) {
  const std::string start = fmt::format("password/{}/", person);
  std::vector<std::string> old;
  static_cast<void>(op.store().secrets().scan([&](std::string_view name, std::string_view) {
    if (name.starts_with(start) && name != kept) old.emplace_back(name);
  }));
  for (const auto& name : old)
    if (const auto removed = op.store().secrets().remove(name); !removed)
      log::warning("people: an old hash of '{}' stays: {}", person, removed.error().context);
}

int people_add(Operator& op, const Arguments& args, Output& output) {
  const auto kind = argument(args, "kind");
  if (kind == "guest")
    return report_error(
        Error{.kind = Error::Kind::Malformed, .context = "a guest is added by: citygate people guest add"}, output);
  return enact(op, args, person_add(op, args, output, kind), output);
}

int people_guest_add(Operator& op, const Arguments& args, Output& output) {
  return enact(op, args, person_add(op, args, output, "guest"), output);
}

int people_change(Operator& op, const Arguments& args, Output& output) {
  return enact(op, args, person_change(op, args, output), output);
}

int people_move(Operator& op, const Arguments& args, Output& output) {
  return enact(op, args, person_move(op, args, output), output);
}

int people_address_assign(Operator& op, const Arguments& args, Output& output) {
  return enact(op, args, address(op, ActKind::AddressAssign, args, output), output);
}

int people_address_release(Operator& op, const Arguments& args, Output& output) {
  return enact(op, args, address(op, ActKind::AddressRelease, args, output), output);
}

int people_department_add(Operator& op, const Arguments& args, Output& output) {
  return enact(op, args, department(ActKind::DepartmentAdd, args, output), output);
}

int people_department_change(Operator& op, const Arguments& args, Output& output) {
  return enact(op, args, department(ActKind::DepartmentChange, args, output), output);
}

// The hash is made where the password is typed, and kept before the act is, which only names it.
int people_password(Operator& op, const Arguments& args, Output& output) {
  Act act = draft(ActKind::PersonChange, args, output);
  const std::string hash(argument(args, "hash"));
  if (given(args, "none") == !hash.empty())
    return report_error(
        Error{.kind = Error::Kind::Malformed, .context = "either the hash of a password or none is wanted"}, output);
  std::string secret;
  if (hash.empty()) {
    act.fields.emplace("password", "none");
  } else if (!policy::is_password_hash(hash)) {
    return report_error(Error{.kind = Error::Kind::Malformed, .context = "that is no argon2id hash"}, output);
  } else {
    secret = policy::secret_name(act.subject, hash);
    act.fields.emplace("password", "set");
    act.fields.emplace("secret", secret);
    if (const auto kept = op.store().secrets().put(secret, hash); !kept) return report_error(kept.error(), output);
  }
  const auto kept = op.registrar().enact(std::move(act));
  if (!kept) {
    if (!secret.empty() && !may_be_kept(kept.error())) static_cast<void>(op.store().secrets().remove(secret));
    return report_error(kept.error(), output);
  }
  drop_old_secrets(op, kept->subject, secret);
  return say(*kept, args, output);
}

constexpr Option kAddresses = Option::value("addresses", "LIST", "Addresses and ranges, with commas between them");
constexpr Option kSignInName = Option::place("name", "NAME", "What is typed at the password prompt");
constexpr Option kBy = Option::needed("by", "NAME", "Who does it: a person of the directory");
constexpr Option kReason = Option::needed("reason", "TEXT", "Why; kept for ever with the act");
constexpr Option kTitle = Option::value("title", "TEXT", "As people know them");
constexpr Option kUnits = Option::value("units", "LIST", "With commas between them");
constexpr Option kRoles = Option::value("roles", "LIST", "Such as city-manager; with commas between them");
constexpr Option kSupervisor = Option::value("supervisor", "NAME", "Who is asked about the person's requests");
constexpr Option kFrom = Option::value("from", "TIME", "From when on, by the city's clock. Default: now");
constexpr Option kOwner = Option::place("name", "NAME", "Whose it is");
constexpr Option kAddress = Option::place("address", "ADDRESS", "An address or a range");
constexpr Option kUntil = Option::value("until", "TIME", "The end; a day alone is the last one");
constexpr Option kDepartment = Option::place("name", "NAME", "As the policy file names it");
constexpr Option kDepartmentTitle = Option::value("title", "TEXT", "As people know it");
constexpr Option kHead = Option::value("head", "NAME", "Who heads it");
constexpr Option kAddOptions[] = {kSignInName,
                                  Option::needed("department", "NAME", "Where the person is"),
                                  kBy,
                                  kReason,
                                  Option::value("kind", "KIND", "person or device. Default: person"),
                                  kAddresses,
                                  kTitle,
                                  kUnits,
                                  kRoles,
                                  kSupervisor,
                                  kJsonAct};
constexpr Option kGuestAddOptions[] = {
    kSignInName,
    kBy,
    kReason,
    Option::needed("department", "NAME", "Whose rules hold"),
    Option::needed("sponsor", "NAME", "Who answers for the stay"),
    Option::needed("purpose", "TEXT", "What the stay is for"),
    Option::needed("until", "TIME", "The end of the stay; a day alone is the last one"),
    Option::value("from", "TIME", "When it begins. Default: it has"),
    kTitle,
    kAddresses,
    kJsonAct};
constexpr Option kChangeOptions[] = {
    kSignInName,
    kBy,
    kReason,
    Option::value("sponsor", "NAME", "Of a guest: who answers for the stay"),
    Option::value("purpose", "TEXT", "Of a guest: what the stay is for"),
    Option::value("until", "TIME", "Of a guest: the end of the stay; a day alone is the last one"),
    kTitle,
    kUnits,
    kRoles,
    kSupervisor,
    kJsonAct};
constexpr Option kMoveOptions[] = {Option::place("name", "NAME", "Who moves"),       kBy,   kReason,
                                   Option::needed("department", "NAME", "Where to"), kFrom, kJsonAct};
constexpr Option kAddressAssignOptions[] = {kOwner, kAddress, kBy, kReason, kUntil, kFrom, kJsonAct};
constexpr Option kAddressReleaseOptions[] = {kOwner, kAddress, kBy, kReason, kUntil, kJsonAct};
constexpr Option kDepartmentAddOptions[] = {kDepartment, kBy, kReason, kDepartmentTitle, kHead, kJsonAct};
constexpr Option kPasswordOptions[] = {
    kOwner, kBy, kReason, Option::flag("none", "Take it away"), Option::sent("hash"), kJsonAct};

constexpr Command kCommands[] = {
    {"people add", "Add a person, or a device.", kAddOptions, people_add},
    {"people guest add", "Add a guest, whose access ends by itself.", kGuestAddOptions, people_guest_add},
    {"people change", "Change what is said of somebody. An empty text takes away; what is not named stays.",
     kChangeOptions, people_change},
    {"people move", "Put somebody into another department, from a day on.", kMoveOptions, people_move},
    {"people address assign", "From now on, or for a term.", kAddressAssignOptions, people_address_assign},
    {"people address release", "Now, or from a time on.", kAddressReleaseOptions, people_address_release},
    {"people department add", "Add a department.", kDepartmentAddOptions, people_department_add},
    {"people department change", "Change its title or head.", kDepartmentAddOptions, people_department_change},
    {"people password",
     "Give somebody a password: read from the terminal without showing it, or one line of\n"
     "standard input. Only its hash is kept, and beside the acts.",
     kPasswordOptions, people_password},
};

}  // namespace

std::span<const Command> people_change_commands() { return kCommands; }

}  // namespace citygate::console
