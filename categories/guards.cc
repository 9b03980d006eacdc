#include "categories/guards.h"

#include <fmt/format.h>

#include <optional>

namespace citygate::categories {
namespace {

constexpr std::uint64_t kJudgedFrom = 100;  // entries before

bool parse(std::string_view text, Target& out) {
  const std::string url = text.contains("://") ? std::string(text) : "http://" + std::string(text) + "/";
  return parse_url(url, out).has_value();
}

std::string line_of(const EvidenceText& text) {
  return fmt::format("{} ({}) {}:{}: {}", text.list, text.version, text.file, text.line, text.text);
}

struct Why {
  std::string source, text;  // "ut1 (2026-08-17) gambling/domains:12: x.example would put it under gambling"
};

// The line behind the first of `categories`; nothing when there is none.
std::optional<Why> first_line(const Lists& lists, const Taxonomy& taxonomy, const Classification& found,
                              const CategorySet& categories) {
  std::optional<Why> out;
  categories.for_each([&](CategoryId id) {
    if (out) return;
    const EvidenceText text = lists.describe(lists.evidence(found, id));
    out = Why{text.list, fmt::format("{} would put it under {}", line_of(text), taxonomy.find(id)->name)};
  });
  return out;
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

std::vector<Finding> judge_protected(const GuardRules& rules, const Taxonomy& taxonomy, const Lists& lists) {
  std::vector<Finding> out;
  Workspace workspace;
  Classification found;
  Target target;
  const CategorySet closed = closed_categories(taxonomy);
  for (const auto& host : rules.protected_hosts) {
    if (host.find('.') == std::string::npos || !parse(host, target)) continue;  // all below a last label: no one name
    lists.classify(target, workspace, found);
    if (auto why = first_line(lists, taxonomy, found, found.categories & closed))
      out.push_back({Finding::Kind::Protected, why->source, fmt::format("{} is protected, and {}", host, why->text)});
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
    if (auto why = first_line(lists, taxonomy, found, found.categories & closed))
      out.push_back({Finding::Kind::MustAllow, why->source, fmt::format("{} must stay open, and {}", url, why->text)});
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
