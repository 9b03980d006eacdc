#include "console/downloads/downloads.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "base/target.h"
#include "categories/content_disposition.h"
#include "categories/workspace.h"
#include "console/grants_text.h"
#include "policy/act_checks.h"
#include "policy/decide.h"
#include "policy/grants/grant_case.h"

namespace citygate::console {
namespace {

using policy::GrantCase;
using policy::GrantKind;

std::unexpected<Error> refused(std::string text) { return fail(Error::Kind::Refused, std::move(text)); }

// A program is what waits for approval, and is fetched for that.
bool is_open(const policy::Verdict& verdict) {
  return verdict.ruling == Ruling::Allow || verdict.ruling == Ruling::Hold;
}

// The person's own request, as far as it can be told before it is made.
class Question {
 public:
  Question(Operator& op, const proxy::Snapshots& in_force, const policy::Person& person, Target target)
      : op_(op), in_force_(in_force), target_(std::move(target)), listed_(op.listed_host(target_.host)) {
    const WallTime now = op.clock().now();
    facts_.subject = {person.id, person.department_at(now), IdentityMethod::Basic, person.kind};
    facts_.standing = in_force.standing->of(person.id);
    facts_.target = &target_;
    categories::Workspace workspace;
    categories::Classification classification;
    in_force.lists->classify(target_, workspace, classification);
    facts_.categories = classification.categories;
    facts_.usage = &op.board().person(person.id);
    facts_.now = now;
    facts_.local = in_force.rules->zone().at(now);
    facts_.warned = true;  // the form says what is asked for; who sends it has thought
    facts_.listed_host = listed_;
  }

  [[nodiscard]] policy::Verdict ask() { return decide(Stage::Request); }
  // Whether what is dialled may be that address.
  [[nodiscard]] bool may_connect(const IpAddress& address) {
    const IpAddress addresses[] = {address};
    facts_.addresses = addresses;
    const bool out = is_open(decide(Stage::Resolved));
    facts_.addresses = {};
    return out;
  }

 private:
  policy::Verdict decide(Stage stage) {
    facts_.stage = stage;
    return policy::decide(facts_, *in_force_.rules, *in_force_.grants);
  }

  Operator& op_;
  const proxy::Snapshots& in_force_;
  const Target target_;
  const bool listed_;
  policy::Facts facts_;
};

Result<Target> target_of(const std::string& url) {
  Target out;
  if (auto parsed = parse_url(url, out); !parsed)
    return fail(Error::Kind::Malformed, fmt::format("'{}' is no URL: {}", url, parsed.error().context));
  const auto authority = url.find("//") + 2;
  if (url.substr(authority, url.find_first_of("/?#", authority) - authority).contains('@'))
    return fail(Error::Kind::Malformed, "a name or password in the URL is not sent anywhere; leave it out");
  return out;
}

std::string without_query(const Target& target) {
  Target out = target;
  out.query.clear();
  return out.to_string();
}

// libcurl asks the system's DNS; the gateway's own table comes before that.
std::vector<std::string> resolve_lines(const Operator& op, const Target& target) {
  std::vector<std::string> out;
  const auto addresses = op.listed_addresses(target.host);
  if (addresses.empty()) return out;
  std::string line = fmt::format("{}:{}:", target.host, target.port);
  for (const auto& address : addresses) {
    if (!line.ends_with(':')) line += ',';
    const std::string text = address.to_string();
    line += text.contains(':') ? fmt::format("[{}]", text) : text;
  }
  out.push_back(std::move(line));
  return out;
}

// The way to a file: the URL that was asked for, and each one that it leads to, is a request of its own to be decided.
class Way {
 public:
  Way(Operator& op, const proxy::Snapshots& in_force, const policy::Person& person)
      : op_(op), in_force_(in_force), person_(person) {}

  // What http_get.h is to resolve by itself.
  Result<std::vector<std::string>> go_on_to(const std::string& url) {
    CG_TRY(target, target_of(url));
    auto lines = resolve_lines(op_, target);
    here_ = std::make_unique<Question>(op_, in_force_, person_, std::move(target));
    const policy::Verdict verdict = here_->ask();
    if (!is_open(verdict))
      return refused(fmt::format("{} is not open to {}: {}", url.substr(0, url.find_first_of("?#")), person_.name,
                                 sentence(verdict.reason)));
    return lines;
  }
  [[nodiscard]] bool may_connect(const IpAddress& address) { return here_->may_connect(address); }

 private:
  Operator& op_;
  const proxy::Snapshots& in_force_;
  const policy::Person& person_;
  std::unique_ptr<Question> here_;
};

Act act_of(const Act& draft, ActKind kind) {
  Act out = draft;
  out.kind = kind;
  out.fields.clear();
  return out;
}

std::vector<Act> acts_for(const DownloadAsk& ask, const HeldFile& file, const Target& target, WallTime end) {
  Act held = act_of(ask.draft, ActKind::DownloadHeld);
  held.subject = file.sha256;
  held.fields = {{"for", ask.person},
                 {"url", without_query(target)},
                 {"bytes", fmt::format("{}", file.bytes)},
                 {"name", file.name},
                 {"software", file.kind}};
  if (!file.type.empty()) held.fields["type"] = file.type;
  Act request = act_of(ask.draft, ActKind::GrantRequest);
  request.fields = {{"kind", std::string(to_string(GrantKind::Download))},
                    {"for", ask.person},
                    {"sha256", file.sha256},
                    {"url", without_query(target)}};
  if (!file.name.empty()) request.fields["name"] = file.name;
  policy::set_time(request, "end", end);
  return {std::move(held), std::move(request)};
}

}  // namespace

Result<DownloadAsked> ask_for_download(Operator& op, const DownloadAsk& ask) {
  const proxy::Snapshots in_force = op.in_force();
  CG_TRY(person, policy::find_person(ask.person, *in_force.people));
  CG_TRY(target, target_of(ask.url));
  const DepartmentId department = person->department_at(op.clock().now());
  if (!in_force.rules->approval(GrantKind::Download, department))
    return refused("the policy names nobody who could agree to a program: it has no [[approval]] of this kind");
  Way way(op, in_force, *person);
  CG_TRY(resolve, way.go_on_to(ask.url));
  const FetchPlan plan{.url = ask.url,
                       .user_agent = "citygate (held for approval)",
                       .resolve = std::move(resolve),
                       .may_connect = [&way](const IpAddress& address) { return way.may_connect(address); },
                       .may_follow = [&way](const std::string& url) { return way.go_on_to(url); },
                       .cancelled = ask.cancelled};
  CG_TRY(file, op.held_files().fetch(plan, op.held_bounds()));
  CG_TRY(kept, op.registrar().enact(acts_for(ask, file, target, op.clock().now() + ask.lasts)));
  return DownloadAsked{std::move(file), fmt::format("{}/{}", to_string(GrantKind::Download), kept.back().number)};
}

Result<OpenDownload> open_download(Operator& op, std::string_view grant, std::string_view person) {
  auto found = op.registrar().grant(grant);
  if (!found || found->grant.kind != GrantKind::Download)
    return fail(Error::Kind::NotFound, fmt::format("there is no request for a program called '{}'", grant));
  if (std::ranges::find(found->subjects, person) == found->subjects.end())
    return refused(fmt::format("'{}' was asked for by somebody else", grant));
  const WallTime now = op.clock().now();
  if (phase_of(*found, now) != policy::GrantPhase::InForce)
    return refused(fmt::format("'{}' gives no program now: {}", grant,
                               grant_standing(*found, Showing::All, op.in_force().rules->zone(), now)));
  CG_TRY(file, op.held_files().open(found->sha256));
  std::string name = std::move(found->file_name);
  if (name.empty()) name = categories::file_name_of({}, found->url);  // asked for by its hash
  return OpenDownload{.file = std::move(file),
                      .name = std::move(name),
                      .grant = std::move(found->grant.name),
                      .sha256 = std::move(found->sha256)};
}

Result<void> keep_release(Operator& op, const OpenDownload& given, const Act& draft) {
  Act release = act_of(draft, ActKind::DownloadRelease);
  release.subject = given.grant;
  release.reason = fmt::format("agreed to as {}", given.grant);
  release.fields = {{"sha256", given.sha256}};
  CG_TRY_VOID(op.registrar().enact(std::move(release)));
  return {};
}

std::size_t sweep_downloads(Operator& op) {
  return op.held_files().sweep([&op] {
    HeldStore::Names wanted;
    const WallTime now = op.clock().now();
    op.registrar().grants([&](const GrantCase& each) {
      const bool open = each.state == GrantCase::State::Asked || each.state == GrantCase::State::Agreed;
      if (open && now < each.grant.end && !each.sha256.empty()) wanted.insert(each.sha256);
      return true;
    });
    return wanted;
  });
}

}  // namespace citygate::console
