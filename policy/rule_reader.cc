#include <fmt/format.h>

#include <algorithm>

#include "policy/category_words.h"
#include "policy/readers.h"

namespace citygate::policy {
namespace {

using categories::Group;

constexpr std::size_t kMostRules = 4'000;
constexpr std::int64_t kMostUploadMegabytes = 1'000'000;
constexpr std::uint64_t kBytesPerMegabyte = 1'000'000;

class RuleReader {
 public:
  RuleReader(const Node& node, LayerKind kind, const PolicyFile& policy, Problems& problems)
      : table_(node, kind == LayerKind::Department ? "[[department.rule]]" : "[[rule]]", problems),
        policy_(policy),
        kind_(kind) {
    out_.line = out_.rule.line = node.line();
  }

  RuleDraft read(const categories::Taxonomy& taxonomy, LayerDraft& layer) {
    Rule& rule = out_.rule;
    rule.name = table_.name("name");
    rule.title = table_.text("title");
    if (rule.title.empty()) rule.title = rule.name;
    rule.clause = table_.text("clause");
    const auto categories = table_.words("categories", Need::Required);
    const bool action_known = read_action();
    const auto windows = table_.words("windows");
    const std::string quota = table_.text("quota");
    rule.soft_edge = table_.choice("outside", kOutside) == "warn";
    if (const auto megabytes = table_.whole("upload_megabytes", 0, kMostUploadMegabytes))
      rule.upload_limit = static_cast<std::uint64_t>(*megabytes) * kBytesPerMegabyte;
    // A department's rule is the last layer: there is nobody below to loosen it.
    if (kind_ == LayerKind::City) rule.loosenable = table_.flag("loosenable", false);
    table_.finish();
    if (action_known) check_keys();
    rule.windows = find_windows(table_, windows, policy_);
    out_.spans = spans_of(rule.windows, policy_, nullptr);
    add_quota(quota);
    for (const auto& word : categories) add_category(word, taxonomy, layer);
    return std::move(out_);
  }

 private:
  static constexpr std::string_view kOutside[] = {"refuse", "warn"};

  // Which keys go with the action.
  void check_keys() {
    const Rule& rule = out_.rule;
    if (rule.loosenable && rule.action == Action::Prohibit)
      table_.problem(table_.line_of("loosenable"),
                     "what is prohibited cannot be loosened; use action = \"block\" if departments may open it");
    for (const auto key : {"windows", "quota", "outside"})
      if (!metered(rule.action) && table_.has(key))
        table_.problem(table_.line_of(key),
                       fmt::format("'{}' goes with action personal or streaming, not {}", key, to_string(rule.action)));
    if (metered(rule.action) && table_.has("outside") && !table_.has("windows"))
      table_.problem(table_.line_of("outside"),
                     "'outside' goes with 'windows': it says what holds at other hours than these");
    if (table_.has("upload_megabytes") && (rule.action == Action::Block || rule.action == Action::Prohibit))
      table_.problem(table_.line_of("upload_megabytes"),
                     fmt::format("'upload_megabytes' goes with what is open; nothing is sent to what action {} closes",
                                 to_string(rule.action)));
  }

  bool read_action() {
    const std::string word = table_.text("action", Need::Required);
    if (word.empty()) return false;
    const auto action = parse_action(word);
    if (action) {
      out_.rule.action = *action;
    } else {
      static constexpr std::string_view kKnown[] = {"prohibit", "block",     "hold", "warn",
                                                    "personal", "streaming", "work"};
      table_.problem(table_.line_of("action"), fmt::format("unknown action '{}'{}; actions are {}", word,
                                                           suggestion(word, kKnown), fmt::join(kKnown, ", ")));
    }
    return action.has_value();
  }

  void add_quota(const std::string& name) {
    if (name.empty()) return;
    const auto found = std::ranges::find(policy_.quotas, name, [](const QuotaDraft& q) { return q.quota.name; });
    if (found != policy_.quotas.end()) {
      out_.quota = static_cast<std::size_t>(found - policy_.quotas.begin());
      return;
    }
    std::vector<std::string_view> known;
    for (const auto& each : policy_.quotas) known.push_back(each.quota.name);
    table_.problem(table_.line_of("quota"), fmt::format("unknown quota '{}'{}", name, suggestion(name, known)));
  }

  void add_category(const Word& word, const categories::Taxonomy& taxonomy, LayerDraft& layer) {
    const auto* category = find_category(table_, word, taxonomy);
    if (!category) return;
    const auto [first, fresh] = layer.rule_of.emplace(category->id, layer.rules.size());
    if (!fresh) {
      const int line = first->second < layer.rules.size() ? layer.rules[first->second].line : out_.line;
      return table_.problem(word.line,
                            fmt::format("category '{}' stands already in the rule of line {}", word.text, line));
    }
    const bool guarded = category->group == Group::Threat || category->group == Group::Circumvention;
    if (guarded && out_.rule.action != Action::Block && out_.rule.action != Action::Prohibit)
      return table_.problem(word.line,
                            fmt::format("category '{}' ({}) is refused whatever a rule says; its action can only be "
                                        "block or prohibit{}",
                                        word.text, to_string(category->group),
                                        category->group == Group::Circumvention
                                            ? ". To open one service of the city's own, name its host in [[sanctioned]]"
                                            : ""));
    out_.rule.categories.insert(category->id);
  }

  TableReader table_;
  const PolicyFile& policy_;
  LayerKind kind_;
  RuleDraft out_;
};

}  // namespace

void read_rules(const std::vector<const Node*>& tables, LayerKind kind, const categories::Taxonomy& taxonomy,
                const PolicyFile& policy, LayerDraft& out, Problems& problems) {
  for (const Node* node : tables) {
    RuleDraft draft = RuleReader(*node, kind, policy, problems).read(taxonomy, out);
    const auto same =
        std::ranges::find(out.rules, draft.rule.name, [](const RuleDraft& each) { return each.rule.name; });
    if (same != out.rules.end() && !draft.rule.name.empty())
      problems.add(policy.file, draft.line,
                   fmt::format("rule '{}' stands already in line {}", draft.rule.name, same->line));
    out.rules.push_back(std::move(draft));
  }
  if (out.rules.size() > kMostRules)
    problems.add(policy.file, out.rules[kMostRules].line, fmt::format("more than {} rules in one layer", kMostRules));
}

}  // namespace citygate::policy
