#include "review/explain.h"

#include <fmt/format.h>

#include <algorithm>

#include "review/what_if.h"

namespace citygate::review {
namespace {

using policy::Facts;
using policy::Verdict;

Result<Target> read_target(std::string_view what, std::string& note) {
  Target target;
  const bool url = what.contains("://");
  const bool authority = !url && !what.contains('/') && what.contains(':') && !what.ends_with(']');
  if (url) {
    CG_TRY_VOID(parse_url(what, target));
  } else if (authority) {
    CG_TRY_VOID(parse_authority(what, target));
  } else {
    CG_TRY_VOID(parse_url(fmt::format("http://{}{}", what, what.contains('/') ? "" : "/"), target));
  }
  if (target.scheme == Scheme::Https) {
    note = "An https address reaches the gateway as a tunnel to its host; path and query are not seen.";
    target.scheme = Scheme::Tunnel;
    target.path.clear();
    target.query.clear();
  }
  return target;
}

class Explainer {
 public:
  Explainer(const Sources& sources, const Question& question) : sources_(sources), question_(question) {}

  Result<Explanation> run() {
    CG_TRY(target, read_target(question_.what, out_.note));
    target_ = std::move(target);
    CG_TRY_VOID(identify());
    facts_.target = &target_;
    facts_.usage = question_.usage;
    facts_.now = question_.at;
    facts_.local = sources_.rules.zone().at(question_.at);
    facts_.warned = question_.warned;
    facts_.listed_host = question_.listed_host;

    out_.what = target_.to_string();
    out_.at = question_.at;
    out_.asked_at = when(question_.at);
    out_.city = sources_.rules.city();
    out_.contact = sources_.rules.contact();
    out_.policy_version = fmt::format("{:016x}", sources_.rules.version().value);
    out_.lists_generation = fmt::format("{:016x}", sources_.lists.id().value);
    out_.people_version = fmt::format("{:016x}", sources_.people.version().value);

    const auto safe = policy::safe_name(target_.host, sources_.rules.safe_search(facts_.subject.department));
    if (safe && !question_.listed_host) {
      out_.safe_name = safe->dialled;
      out_.safe_engine = to_string(safe->engine);
    }

    classify();
    out_.destination = decide_with({});
    tell_standing();
    consider();
    conclude();
    return std::move(out_);
  }

 private:
  std::string when(WallTime time) const {
    static constexpr std::string_view kDays[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                 "Friday", "Saturday", "Sunday"};
    if (time == WallTime::max()) return {};
    const auto weekday = static_cast<std::size_t>(sources_.rules.zone().at(time).weekday);
    return fmt::format("{}, {}", sources_.rules.zone().format(time), kDays[weekday]);
  }

  Result<void> identify() {
    if (question_.person.empty()) return {};
    const policy::Person* person = sources_.people.by_name(question_.person);
    if (!person) {
      std::vector<std::string_view> names;
      for (const auto& each : sources_.people.people()) names.push_back(each.name);
      const auto near = nearest(question_.person, names);
      return fail(Error::Kind::NotFound,
                  fmt::format("there is no person or device '{}' in the people file{}", question_.person,
                              near.empty() ? std::string() : fmt::format("; did you mean '{}'?", near)));
    }
    out_.person = person->name;
    out_.person_title = person->title;
    for (const auto& [range, from, until, source] : person->addresses)
      if (from <= question_.at && question_.at < until)
        out_.known_by.push_back(fmt::format("address {}: {}",
                                            range.prefix_bits() == 128 ? range.base().to_string() : range.to_string(),
                                            confidence(IdentityMethod::Address)));
    const bool by_address = !out_.known_by.empty();
    if (!person->password_hash.empty())
      out_.known_by.push_back(fmt::format("password: {}", confidence(IdentityMethod::Basic)));
    if (const auto* department = sources_.people.department_of(person->id, question_.at)) {
      out_.department = department->name;
      out_.department_title = department->title;
    }
    facts_.subject = {person->id, person->department_at(question_.at),
                      by_address ? IdentityMethod::Address : IdentityMethod::Basic, person->kind};
    if (const auto* standing = sources_.standing.of(person->id)) {
      standing_ = question_.past ? standing->as_dated() : *standing;
      facts_.standing = &standing_;
    }
    tell_layers();
    return {};
  }

  void tell_layers() {
    out_.layers.emplace_back("the city's rules");
    const auto& supplemented = sources_.rules.supplemented();
    if (std::ranges::find(supplemented, facts_.subject.department) != supplemented.end())
      out_.layers.push_back(fmt::format("the supplement of {} over them", out_.department_title));
  }

  void tell_grants() {
    for (const auto* grant : sources_.grants.of(facts_.subject.person)) {
      if (!grant->live(question_.at)) continue;
      const bool relied_on = grant->id == out_.verdict.grant;
      const std::string_view did = relied_on ? "relied on" : "makes no difference here";
      // Of a sealed one that does nothing here not even that it exists is told.
      if (grant->sealed() && !relied_on) continue;
      out_.grants.push_back(grant->sealed() ? fmt::format("a sealed law-enforcement grant: {}", did)
                                            : fmt::format("{}, until {}: {}", grant->name, when(grant->end), did));
    }
  }

  void tell_standing() {
    const Reason reason = out_.destination.reason;
    if (reason == Reason::Suspended || reason == Reason::Revoked || reason == Reason::NotAcknowledged)
      out_.standing = sentence(reason);
  }

  void classify() {
    categories::Workspace workspace;
    categories::Classification found;
    sources_.lists.classify(target_, workspace, found);
    facts_.categories = found.categories;
    found.categories.for_each([&](CategoryId id) {
      CategoryFinding finding;
      finding.id = id;
      finding.action = sources_.rules.effective(id, facts_.subject.department).action;
      if (const auto* category = sources_.taxonomy.find(id)) {
        finding.name = category->name;
        finding.title = category->title;
      } else {
        finding.name = finding.title = fmt::format("category {}", id.value);
      }
      const Evidence evidence = sources_.lists.evidence(found, id);
      if (evidence.line > 0) finding.evidence = sources_.lists.describe(evidence);
      out_.categories.push_back(std::move(finding));
    });
  }

  Verdict decide_with(const CategorySet& categories) const {
    Facts facts = facts_;
    facts.categories = categories;
    return policy::decide(facts, sources_.rules, sources_.grants);
  }

  void consider() {
    struct Entry {
      policy::Rulebook::Effective what;
      CategorySet categories;
      std::vector<std::string> titles;
    };
    std::vector<Entry> entries;
    for (const auto& finding : out_.categories) {
      const auto effective = sources_.rules.effective(finding.id, facts_.subject.department);
      auto entry = std::ranges::find_if(entries, [&](const Entry& each) {
        return each.what.rule == effective.rule && each.what.action == effective.action;
      });
      if (entry == entries.end()) entry = entries.insert(entry, Entry{effective, {}, {}});
      entry->categories.insert(finding.id);
      entry->titles.push_back(finding.title);
    }
    std::ranges::stable_sort(entries, [](const Entry& a, const Entry& b) {
      if (a.what.action != b.what.action) return strictness(a.what.action) > strictness(b.what.action);
      return a.what.rule && (!b.what.rule || a.what.rule < b.what.rule);  // all of one vector, in the file's order
    });
    for (auto& entry : entries) {
      ConsideredRule rule;
      rule.action = entry.what.action;
      rule.categories = std::move(entry.titles);
      rule.alone = decide_with(entry.categories);
      if (entry.what.rule) {
        rule.name = entry.what.rule->name;
        rule.title = entry.what.rule->title;
        rule.clause = entry.what.rule->clause;
        for (const auto index : entry.what.rule->windows) {
          const auto& window = sources_.rules.window(index, facts_.subject.department);
          rule.windows.push_back(fmt::format("{} ({})", window.name, window.text));
        }
        if (const auto* quota = sources_.rules.quota(entry.what.rule->quota, facts_.subject.department))
          rule.quota = quota->title;
      }
      out_.considered.push_back(std::move(rule));
    }
  }

  void conclude() {
    out_.verdict = policy::decide(facts_, sources_.rules, sources_.grants);
    const Verdict& verdict = out_.verdict;
    QuotaId quota = verdict.charge.quota;
    if (const auto* rule = sources_.rules.rule(verdict.rule)) {
      out_.rule_name = rule->name;
      out_.rule_title = rule->title;
      out_.clause = rule->clause;
      if (!quota) quota = rule->quota;
    }
    if (const auto* category = sources_.taxonomy.find(verdict.category)) out_.decisive_category = category->title;
    if (const auto* found = sources_.rules.quota(quota, facts_.subject.department)) out_.quota = found->title;
    out_.opens_at = when(verdict.opens_at);
    if (verdict.ruling == Ruling::Allow) out_.good_until = when(verdict.good_until);
    tell_grants();
    out_.what_would_change =
        what_would_change({sources_.rules, sources_.grants, sources_.taxonomy, sources_.people}, facts_, verdict);
  }

  const Sources& sources_;
  const Question& question_;
  Target target_;
  policy::Standing standing_;  // that facts_ points to
  Facts facts_;
  Explanation out_;
};

}  // namespace

Result<Explanation> explain(const Sources& sources, const Question& question) {
  return Explainer(sources, question).run();
}

}  // namespace citygate::review
