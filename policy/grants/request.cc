#include "policy/grants/request.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <span>

#include "base/hex.h"
#include "base/target.h"
#include "policy/act_checks.h"
#include "policy/category_words.h"
#include "policy/grants/grant_scope.h"
#include "policy/people/people_act.h"
#include "policy/people/people_file.h"
#include "policy/table_reader.h"

namespace citygate::policy {
namespace {

using Kind = Error::Kind;
using std::chrono::minutes;

constexpr std::size_t kMostSubjects = 500;
constexpr std::size_t kMostText = 2000;  // bytes of a description, a URL, a reason
constexpr minutes kClocksDiffer{1};      // a start that far back is taken for now

std::span<const std::string_view> fields_of(GrantKind kind) {
  static constexpr std::string_view kLaw[] = {"kind", "for",        "units", "department",
                                              "case", "categories", "start", "end"},
                                    kScope[] = {"kind", "for", "categories", "host", "start", "end"},
                                    kFile[] = {"kind", "for", "sha256", "url", "name", "start", "end"},
                                    kGuest[] = {"kind", "for", "full_name", "sponsor", "department", "start", "end"},
                                    kDevice[] = {"kind", "for", "address", "description", "start", "end"},
                                    kAccess[] = {"kind", "for", "about", "start", "end"};
  switch (kind) {
    case GrantKind::LawEnforcement: return kLaw;
    case GrantKind::Exemption:
    case GrantKind::Streaming:
    case GrantKind::BusinessUse: return kScope;
    case GrantKind::Download: return kFile;
    case GrantKind::Guest: return kGuest;
    case GrantKind::Device: return kDevice;
    case GrantKind::RecordAccess: return kAccess;
  }
  return {};
}

std::unexpected<Error> malformed(std::string text) { return fail(Kind::Malformed, std::move(text)); }

std::string joined(const std::vector<std::string>& names) { return fmt::format("{}", fmt::join(names, " ")); }

class RequestReader {
 public:
  RequestReader(Act& act, const ActContext& context) : act_(act), context_(context) {}

  Result<GrantRequest> read() {
    CG_TRY_VOID(read_kind());
    CG_TRY_VOID(read_who());
    CG_TRY_VOID(read_chain());
    CG_TRY_VOID(read_object());
    CG_TRY_VOID(read_term());
    if (act_.reason.empty()) return malformed("a grant needs a reason: what is it for?");
    if (act_.reason.size() > kMostText) return malformed(fmt::format("the reason is longer than {} bytes", kMostText));
    return std::move(out_);
  }

 private:
  std::string_view word() const { return to_string(out_.kind); }
  void set(std::string_view field, std::string value) {
    act_.fields.insert_or_assign(std::string(field), std::move(value));
  }

  Result<void> read_kind() {
    const auto text = act_.field("kind");
    std::vector<std::string_view> words;
    for (unsigned value = 0; value <= static_cast<unsigned>(kLastGrantKind); ++value)
      words.push_back(to_string(static_cast<GrantKind>(value)));
    const auto kind = parse_grant_kind(text);
    if (!kind)
      return fail(text.empty() ? Kind::Malformed : Kind::NotFound,
                  fmt::format("'{}' is no kind of grant{}; kinds are {}", text, suggestion(text, words),
                              fmt::join(words, ", ")));
    out_.kind = *kind;
    const auto fields = fields_of(*kind);
    for (const auto& [field, value] : act_.fields)
      if (std::ranges::find(fields, field) == fields.end())
        return malformed(fmt::format("'{}' takes no '{}'{}; it takes {}", word(), field, suggestion(field, fields),
                                     fmt::join(fields.subspan(1), ", ")));
    return {};
  }

  Result<void> read_who() {
    CG_TRY(author, find_author(act_, context_));
    author_ = author;
    CG_TRY_VOID(out_.kind == GrantKind::Guest ? read_guest() : read_subjects());
    out_.asked.concerned.push_back(author_->id);
    for (const Person* person : out_.subjects) out_.asked.concerned.push_back(person->id);
    if (out_.about) out_.asked.concerned.push_back(out_.about->id);
    if (out_.sponsor) out_.asked.concerned.push_back(out_.sponsor->id);
    return {};
  }

  Result<void> read_subjects() {
    auto names = split_list(act_.field("for"), ' ');
    const bool law = out_.kind == GrantKind::LawEnforcement;
    if (law) CG_TRY_VOID(add_units(names));
    if (names.empty() && law) return malformed("whom is it for? Name officers, or units and their department");
    if (names.empty()) names.emplace_back(author_->name);
    std::ranges::sort(names);
    const auto repeated = std::ranges::unique(names);
    names.erase(repeated.begin(), repeated.end());
    if (names.size() > kMostSubjects)
      return malformed(fmt::format("a grant is for at most {} people, not {}", kMostSubjects, names.size()));
    for (const auto& name : names) {
      CG_TRY(person, find_person(name, context_.people));
      CG_TRY_VOID(fits(*person));
      out_.subjects.push_back(person);
    }
    set("for", joined(names));
    return out_.kind == GrantKind::RecordAccess ? read_about() : read_department();
  }

  Result<void> fits(const Person& person) const {
    const bool scope =
        out_.kind == GrantKind::Exemption || out_.kind == GrantKind::Streaming || out_.kind == GrantKind::BusinessUse;
    if (person.is_device() && !scope)
      return malformed(fmt::format("'{}' is a device; '{}' is for people", person.name, word()));
    const bool staff = out_.kind == GrantKind::LawEnforcement || out_.kind == GrantKind::RecordAccess;
    if (person.is_guest() && staff)
      return malformed(fmt::format("'{}' is a guest; '{}' is for people of the city", person.name, word()));
    if (has_left(person, context_))
      return fail(Kind::Refused, fmt::format("{} has left; a grant would be for nobody", person.name));
    return {};
  }

  Result<void> add_units(std::vector<std::string>& names) {
    const auto units = split_list(act_.field("units"), ' ');
    if (units.empty()) return {};
    if (act_.field("department").empty()) return malformed("of which department are the units? Name it");
    CG_TRY(department, department_named(act_.field("department")));
    for (const auto& unit : units) {
      bool found = false;
      std::vector<std::string_view> known;
      for (const auto& person : context_.people.people()) {
        if (person.department_at(context_.now) != department->id) continue;
        known.insert(known.end(), person.units.begin(), person.units.end());
        if (std::ranges::find(person.units, unit) == person.units.end()) continue;
        found = true;
        names.push_back(person.name);
      }
      if (!found)
        return fail(Kind::NotFound, fmt::format("nobody of department '{}' is in a unit '{}'{}", department->name, unit,
                                                suggestion(unit, known)));
    }
    return {};
  }

  Result<const Department*> department_named(std::string_view name) const {
    if (const Department* department = context_.people.department(name)) return department;
    return fail(Kind::NotFound,
                fmt::format("unknown department '{}'{}", name, suggestion(name, department_names(context_.people))));
  }

  // Of all subjects, or, of a sealed grant, the one that it was asked for.
  Result<void> read_department() {
    out_.department = out_.subjects.front()->department_at(context_.now);
    out_.asked.of = out_.subjects;
    if (out_.kind == GrantKind::LawEnforcement) {
      if (const auto name = act_.field("department"); !name.empty()) {
        CG_TRY(department, department_named(name));
        out_.department = department->id;
      }
      for (const Person* person : out_.subjects)
        if (person->department_at(context_.now) != out_.department)
          return malformed(fmt::format("officers of one grant are of one department: {} is not of '{}'", person->name,
                                       context_.people.department(out_.department)->name));
    }
    return {};
  }

  Result<void> read_about() {
    if (out_.subjects.size() != 1) return malformed("one person reads: ask for each reader");
    if (act_.field("about").empty()) return malformed("whose records? Name the person with 'about'");
    CG_TRY(about, find_person(act_.field("about"), context_.people));
    out_.about = about;
    if (out_.about == out_.subjects.front())
      return fail(Kind::Refused, "everybody may see the own records: that needs no grant");
    out_.department = out_.about->department_at(context_.now);
    out_.asked.of = {out_.about};
    return {};
  }

  Result<void> read_guest() {
    const std::string name(act_.field("for"));
    if (name.empty()) return malformed("what will the guest sign in as? Name it with 'for'");
    if (const auto wrong = wrong_person_name(name); !wrong.empty())
      return malformed(fmt::format("'{}' is no name for a guest: {}", name, wrong));
    if (const Person* known = context_.people.by_name(name)) {
      if (!known->is_guest())
        return fail(Kind::Refused, fmt::format("'{}' is somebody else's name already; give the guest another", name));
      out_.subjects.push_back(known);
    }
    const auto sponsor_name = act_.field("sponsor");
    CG_TRY(sponsor, find_person(sponsor_name.empty() ? std::string_view(act_.author) : sponsor_name, context_.people));
    out_.sponsor = sponsor;
    if (const auto why = why_no_approver(*out_.sponsor, context_); !why.empty())
      return fail(Kind::Refused, fmt::format("{} {} and cannot answer for a guest", out_.sponsor->name, why));
    set("sponsor", out_.sponsor->name);
    out_.department = out_.sponsor->department_at(context_.now);
    if (const auto text = act_.field("department"); !text.empty()) {
      CG_TRY(department, department_named(text));
      out_.department = department->id;
    }
    out_.asked.of = {out_.sponsor};
    return check_text("full_name");
  }

  Result<void> read_chain() {
    const Department* department = context_.people.department(out_.department);
    out_.chain = context_.rules.approval(out_.kind, out_.department);
    if (!out_.chain)
      return fail(Kind::Refused, fmt::format("the policy of {} has no '{}': there is no [[approval]] of that kind",
                                             context_.rules.city(), word()));
    for (const Person* person : out_.subjects) {
      if (out_.about || out_.sponsor) break;
      if (context_.rules.approval(out_.kind, person->department_at(context_.now)) != out_.chain)
        return fail(Kind::Refused,
                    fmt::format("{} and {} are of departments in which others have to agree: ask for each department",
                                out_.subjects.front()->name, person->name));
    }
    if (department) set("department", department->name);
    return {};
  }

  Result<void> read_object() {
    switch (out_.kind) {
      case GrantKind::LawEnforcement:
        if (act_.field("case").empty()) return malformed("which case? Name its number with 'case'");
        CG_TRY_VOID(check_text("case"));
        return read_scope();
      case GrantKind::Exemption:
      case GrantKind::Streaming:
      case GrantKind::BusinessUse: return read_scope();
      case GrantKind::Download: return read_file();
      case GrantKind::Device: return read_device();
      case GrantKind::Guest: return {};
      case GrantKind::RecordAccess: return {};
    }
    return malformed("unknown kind of grant");
  }

  Result<void> read_scope() {
    if (const auto text = act_.field("host"); !text.empty()) {
      const std::string host = canonical_host(text);
      if (host.empty())
        return malformed(fmt::format("'{}' is no host; write it like radio.example, without scheme and path", text));
      set("host", host);
    }
    CG_TRY(categories, check_categories(out_.kind, split_list(act_.field("categories"), ' '),
                                        !act_.field("host").empty(), out_.subjects, context_));
    set("categories", joined(categories));
    return {};
  }

  Result<void> read_file() {
    std::string hash(act_.field("sha256"));
    lower_hex(hash);
    if (!is_hex(hash, kSha256Digits))
      return malformed(fmt::format("'{}' is no SHA-256: which file? Give the 64 hex digits with 'sha256'", hash));
    set("sha256", hash);
    Target target;
    if (!parse_url(act_.field("url"), target))
      return malformed(
          fmt::format("'{}' is no URL: where does the file come from? Give it with 'url'", act_.field("url")));
    CG_TRY_VOID(check_text("url"));
    return check_text("name");
  }

  Result<void> read_device() {
    if (out_.subjects.size() != 1) return malformed("a device belongs to one person: ask for each");
    if (act_.field("address").empty() && act_.field("description").empty())
      return malformed("which device? Give a 'description', like \"Android phone, black\", or its 'address'");
    CG_TRY_VOID(check_text("description"));
    if (const auto text = act_.field("address"); !text.empty()) {
      const auto address = IpAddress::parse(text);
      if (!address) return malformed(fmt::format("'{}' is no address like 10.1.2.3", text));
      set("address", address->to_string());
    }
    return {};
  }

  Result<void> check_text(std::string_view field) const {
    const auto text = act_.field(field);
    if (text.size() > kMostText) return malformed(fmt::format("'{}' is longer than {} bytes", field, kMostText));
    if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }))
      return malformed(fmt::format("'{}' has control characters in it", field));
    return {};
  }

  Result<void> read_term() {
    const Zone& zone = context_.rules.zone();
    CG_TRY(start, time_field(act_, "start", zone));
    CG_TRY(end, time_field(act_, "end", zone));
    out_.start = start.value_or(context_.now);
    if (!end) return malformed("until when? Every grant has an 'end', at which it lapses by itself");
    out_.end = *end;
    if (out_.start < context_.now - kClocksDiffer)
      return fail(Kind::Refused, fmt::format("the start, {}, lies in the past: nothing is granted backwards",
                                             zone.format(out_.start)));
    out_.start = std::max(out_.start, context_.now);
    if (out_.end <= out_.start)
      return malformed(
          fmt::format("it would end ({}) before it starts ({})", zone.format(out_.end), zone.format(out_.start)));
    // By the calendar: seven days from noon end at noon, also when the clocks change between.
    const auto days = static_cast<std::int32_t>(out_.chain->longest.count());
    const LocalTime local = zone.at(out_.start);
    if (days != 0 && out_.end > zone.instant(local.day + days, local.second) &&
        out_.end > out_.start + out_.chain->longest)
      return fail(Kind::Refused,
                  fmt::format("'{}' is for at most {} days at a time{}: until {}; what goes beyond is a new request",
                              word(), days, out_.chain->clause.empty() ? "" : fmt::format(" ({})", out_.chain->clause),
                              zone.format(zone.instant(local.day + days, local.second))));
    set_time(act_, "start", out_.start);
    set_time(act_, "end", out_.end);
    return {};
  }

  Act& act_;
  const ActContext& context_;
  const Person* author_ = nullptr;
  GrantRequest out_;
};

}  // namespace

Result<GrantRequest> read_request(Act& act, const ActContext& context) { return RequestReader(act, context).read(); }

Result<const Person*> find_author(const Act& act, const ActContext& context) {
  CG_TRY(author, find_person(act.author, context.people));
  if (author->is_device()) return fail(Kind::Refused, fmt::format("{} is a device and decides nothing", author->name));
  if (const auto why = why_barred(*author, context); !why.empty())
    return fail(Kind::Refused, fmt::format("{} {}", author->name, why));
  return author;
}

namespace {

std::string name_before_number(GrantKind kind) {
  return fmt::format("{}/{}", to_string(kind), kind == GrantKind::LawEnforcement ? "act-" : "");
}

}  // namespace

std::string grant_name(GrantKind kind, std::uint64_t act_number) {
  return name_before_number(kind) + std::to_string(act_number);
}

std::uint64_t act_number(std::string_view grant_name) {
  const auto kind = parse_grant_kind(grant_name.substr(0, grant_name.find('/')));
  const std::string before = kind ? name_before_number(*kind) : std::string();
  if (!kind || !grant_name.starts_with(before)) return 0;
  std::uint64_t out = 0;
  const char* const end = grant_name.data() + grant_name.size();
  const auto read = std::from_chars(grant_name.data() + before.size(), end, out);
  return read.ec == std::errc{} && read.ptr == end ? out : 0;
}

}  // namespace citygate::policy
