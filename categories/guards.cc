#include "categories/guards.h"

#include <fmt/format.h>

namespace citygate::categories {
namespace {

constexpr std::uint64_t kJudgedFrom = 100;    // entries before
constexpr std::size_t kMaxSuspects = 10'000;  // more of them are not looked at one by one: the first will do

bool parse(std::string_view text, Target& out) {
  const std::string url = text.contains("://") ? std::string(text) : "http://" + std::string(text) + "/";
  return parse_url(url, out).has_value();
}

std::string line_of(const EvidenceText& text) {
  return fmt::format("{} ({}) {}:{}: {}", text.list, text.version, text.file, text.line, text.text);
}

}  // namespace

CategorySet closed_categories(const Taxonomy& taxonomy) {
  CategorySet out;
  for (const auto group : {Group::Prohibited, Group::Threat, Group::Circumvention}) out |= taxonomy.in_group(group);
  return out;
}

std::vector<Finding> judge_change(const GuardRules& rules, const SourceChange& change) {
  std::vector<Finding> out;
  if (change.before < kJudgedFrom || change.to_version.empty()) return out;
  const auto own = rules.of_source.find(change.source);
  const auto& share = own == rules.of_source.end() ? rules.share : own->second;
  const auto judge = [&](Finding::Kind kind, std::uint64_t count, double limit, std::string_view verb) {
    const double percent = 100.0 * static_cast<double>(count) / static_cast<double>(change.before);
    if (percent <= limit) return;
    out.push_back(
        {kind, change.source,
         fmt::format("source '{}' would {} {} of its {} entries, {:.1f} %; more than {:g} % waits for a person",
                     change.source, verb, count, change.before, percent, limit)});
  };
  judge(Finding::Kind::Loss, change.removed, share.loss_percent, "lose");
  judge(Finding::Kind::Gain, change.added, share.gain_percent, "gain");
  return out;
}

ProtectedNames::ProtectedNames(const GuardRules& rules, const Taxonomy& taxonomy)
    : taxonomy_(taxonomy), listed_(rules.protected_hosts) {
  for (const auto& host : listed_) {
    names_.insert(host);
    for (auto dot = host.find('.'); dot != std::string::npos; dot = host.find('.', dot + 1))
      above_.insert(host.substr(dot + 1));
  }
}

bool ProtectedNames::closes(std::string_view category) {
  if (category != last_category_) {
    last_category_ = category;
    const Category* about = taxonomy_.find(category);
    last_closes_ = about && (about->group == Group::Prohibited || about->group == Group::Threat ||
                             about->group == Group::Circumvention);
  }
  return last_closes_;
}

void ProtectedNames::see(const SourceManifest& source, const Item& item, std::string_view category) {
  if (names_.empty() || item.exception || item.host.empty() || !closes(category)) return;
  bool touches = item.scope != Scope::Exact && item.path.empty() && above_.contains(item.host);
  for (std::string_view host = item.host; !touches && !host.empty();) {
    touches = names_.contains(host);
    const auto dot = host.find('.');
    host = dot == std::string_view::npos ? std::string_view() : host.substr(dot + 1);
  }
  if (!touches || suspects_.size() >= kMaxSuspects) return;
  const bool v6 = item.host.find(':') != std::string_view::npos;
  suspects_.push_back(
      {source.name, fmt::format("http://{}{}{}{}{}", item.scope == Scope::Below ? "x." : "", v6 ? "[" : "", item.host,
                                v6 ? "]" : "", item.path.empty() ? "/" : item.path)});
}

Finding ProtectedNames::finding(const Lists& lists, const Classification& found, std::string_view url) const {
  Finding out{.kind = Finding::Kind::Protected, .source = "", .text = ""};
  const CategorySet closed = found.categories & closed_categories(taxonomy_);
  closed.for_each([&](CategoryId id) {
    if (!out.text.empty()) return;
    const EvidenceText text = lists.describe(lists.evidence(found, id));
    out.source = text.list;
    out.text =
        fmt::format("{} is protected, and {} would put it under {}", url, line_of(text), taxonomy_.find(id)->name);
  });
  return out;
}

std::vector<Finding> ProtectedNames::judge(const Lists& lists) const {
  std::vector<Finding> out;
  Workspace workspace;
  Classification found;
  Target target;
  const auto look = [&](std::string_view url) {
    if (!parse(url, target)) return;
    lists.classify(target, workspace, found);
    if ((found.categories & closed_categories(taxonomy_)).empty()) return;
    Finding next = finding(lists, found, url);
    // An entry above many protected names is told once for each name, one below them once for each entry.
    for (const auto& one : out)
      if (one.text == next.text) return;
    out.push_back(std::move(next));
  };
  for (const auto& host : listed_) look(host);
  // An entry above protected names is no fault of its own: those names themselves were just looked at.
  for (const auto& suspect : suspects_) {
    Target about;
    if (parse(suspect.url, about) && !above_.contains(about.host)) look(suspect.url);
  }
  return out;
}

std::vector<Finding> judge_canary(const GuardRules& rules, const Taxonomy& taxonomy, const Lists& lists) {
  std::vector<Finding> out;
  Workspace workspace;
  Classification found;
  Target target;
  const CategorySet closed = closed_categories(taxonomy);
  for (const auto& url : rules.must_allow) {
    if (!parse(url, target)) continue;  // the sources file let it pass: it was checked there
    lists.classify(target, workspace, found);
    const CategorySet hits = found.categories & closed;
    bool told = false;
    hits.for_each([&](CategoryId id) {
      if (told) return;
      told = true;
      const EvidenceText text = lists.describe(lists.evidence(found, id));
      out.push_back({Finding::Kind::MustAllow, text.list,
                     fmt::format("{} must stay open, and {} would put it under {}", url, line_of(text),
                                 taxonomy.find(id)->name)});
    });
  }
  for (const auto& url : rules.must_block) {
    if (!parse(url, target)) continue;
    lists.classify(target, workspace, found);
    if ((found.categories & closed).empty())
      out.push_back({Finding::Kind::MustBlock, "",
                     fmt::format("{} must be refused, and no list would put it under a prohibited category", url)});
  }
  return out;
}

}  // namespace citygate::categories
