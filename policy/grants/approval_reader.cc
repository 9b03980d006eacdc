#include "policy/grants/approval_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/table_reader.h"

namespace citygate::policy {
namespace {

struct ChainDraft {
  ApprovalChain chain;
  bool known = false;  // the kind is one
  std::vector<Word> steps;
  bool says_order = false, says_days = false;
  int order_line = 0, days_line = 0, instead_line = 0;
};

std::vector<std::string_view> kind_words() {
  std::vector<std::string_view> out;
  for (unsigned value = 0; value <= static_cast<unsigned>(kLastGrantKind); ++value)
    out.push_back(to_string(static_cast<GrantKind>(value)));
  return out;
}

void read_kind(TableReader& table, ChainDraft& out) {
  const std::string word = table.text("kind", Need::Required);
  if (word.empty()) return;
  if (const auto kind = parse_grant_kind(word)) {
    out.chain.kind = *kind;
    out.known = true;
    return;
  }
  const auto words = kind_words();
  table.problem(table.line_of("kind"), fmt::format("unknown kind of grant '{}'{}; kinds are {}", word,
                                                   suggestion(word, words), fmt::join(words, ", ")));
}

void read_steps(TableReader& table, Need need, ChainDraft& out) {
  out.steps = table.words("steps", need);
  if (need == Need::Optional && table.has("steps") && out.steps.empty())
    table.problem(table.line_of("steps"), "'steps' is empty; without the key the city's steps hold");
  if (out.steps.size() > kMostSteps)
    table.problem(table.line_of("steps"), fmt::format("a chain has at most {} steps", kMostSteps));
  for (const auto& word : out.steps) {
    if (!is_name(word.text))
      table.problem(word.line, fmt::format("'{}' is no role: lower-case letters, digits, '-', '_' and '.', as in "
                                           "\"it-director\"",
                                           word.text));
    else if (std::ranges::find(out.chain.steps, word.text) != out.chain.steps.end())
      table.problem(word.line, fmt::format("step '{}' stands twice; each signature is another person's, so two people "
                                           "are two roles",
                                           word.text));
    else
      out.chain.steps.push_back(word.text);
  }
}

void read_instead(TableReader& table, ChainDraft& out) {
  const Node* node = table.table("instead");
  if (!node) return;
  out.instead_line = node->line();
  for (const auto& [role, value] : node->members()) {
    const auto other = value.kind() == Node::Kind::String ? value.text() : std::nullopt;
    if (!other || !is_name(*other))
      table.problem(value.line(),
                    fmt::format("who decides instead of '{}' must be a role, as in {} = \"mayor\"", role, role));
    else
      out.chain.instead.emplace_back(role, *other);
  }
}

ChainDraft read_chain(const Node& node, std::string where, Need steps, Problems& problems) {
  static constexpr std::string_view kOrders[] = {"any", "given"};
  TableReader table(node, std::move(where), problems);
  ChainDraft out;
  out.chain.line = node.line();
  read_kind(table, out);
  out.chain.title = table.text("title");
  out.chain.clause = table.text("clause");
  read_steps(table, steps, out);
  out.says_order = table.has("order");
  out.order_line = table.line_of("order");
  out.chain.ordered = table.choice("order", kOrders) == "given";
  out.says_days = table.has("longest_days");
  out.days_line = table.line_of("longest_days");
  out.chain.longest = std::chrono::days(table.whole("longest_days", 0, kMostDays).value_or(0));
  read_instead(table, out);
  table.finish();
  return out;
}

// Every role of `instead` must be one that somebody would decide in place of, and none may lead back to itself.
void check_instead(const ApprovalChain& chain, const ChainDraft& draft, const Node& node, Problems& problems) {
  std::vector<std::string_view> reached(chain.steps.begin(), chain.steps.end());
  for (std::size_t i = 0; i < reached.size(); ++i) {
    const auto other = chain.in_place_of(reached[i]);
    if (!other.empty() && std::ranges::find(reached, other) == reached.end()) reached.push_back(other);
  }
  for (const auto& [role, other] : draft.chain.instead)
    if (std::ranges::find(reached, role) == reached.end())
      problems.add(
          node.file(), draft.instead_line,
          fmt::format("'instead' names '{}', which is no step of this chain{}", role, suggestion(role, reached)));
  for (const auto& step : chain.steps) {
    std::string path = step;
    std::vector<std::string_view> seen{step};
    for (auto at = chain.in_place_of(step); !at.empty(); at = chain.in_place_of(at)) {
      path += fmt::format(" -> {}", at);
      if (std::ranges::find(seen, at) != seen.end())
        return problems.add(
            node.file(), draft.instead_line,
            fmt::format("'instead' goes in a circle: {}; name a role that ends it, like a mayor", path));
      seen.push_back(at);
    }
  }
}

class Supplement {
 public:
  Supplement(const ChainDraft& ours, const ApprovalChain& city, const Department& department, const Node& node,
             Problems& problems)
      : ours_(ours), city_(city), department_(department), node_(node), problems_(problems) {}

  ApprovalChain lay_over() {
    check_steps();
    check_instead_of_city();
    ApprovalChain out = city_;
    out.line = ours_.chain.line;
    if (!ours_.chain.title.empty()) out.title = ours_.chain.title;
    if (!ours_.chain.clause.empty())
      out.clause = city_.clause.empty() ? ours_.chain.clause : city_.clause + "; " + ours_.chain.clause;
    if (!ours_.chain.steps.empty()) out.steps = ours_.chain.steps;
    if (ours_.says_order) {
      if (city_.ordered && !ours_.chain.ordered)
        loosens(ours_.order_line, "takes away the order in which the city wants the steps");
      out.ordered = ours_.chain.ordered;
    }
    if (ours_.says_days) {
      const auto days = ours_.chain.longest.count(), most = city_.longest.count();
      if (most != 0 && (days == 0 || days > most))
        loosens(ours_.days_line, days == 0 ? fmt::format("takes away the city's longest term of {} days", most)
                                           : fmt::format("lengthens the term from {} to {} days", most, days));
      out.longest = ours_.chain.longest;
    }
    out.instead.insert(out.instead.end(), ours_.chain.instead.begin(), ours_.chain.instead.end());
    return out;
  }

 private:
  void loosens(int line, std::string_view what) {
    problems_.add(node_.file(), line,
                  fmt::format("department '{}' {} ({}, line {}); a department may only tighten", department_.name, what,
                              to_string(city_.kind), city_.line));
  }

  void check_steps() {
    const auto& steps = ours_.chain.steps;
    if (steps.empty()) return;
    auto from = steps.begin();
    for (const auto& step : city_.steps) {
      const auto found = std::ranges::find(steps, step);
      if (found == steps.end())
        loosens(ours_.steps.front().line, fmt::format("takes away the city's step '{}'", step));
      else if (city_.ordered && found < from)
        loosens(ours_.steps.front().line, fmt::format("has step '{}' earlier than the city's order", step));
      else
        from = found;
    }
  }

  // Whoever decides in place of a city's role decides what the city did not give to him.
  void check_instead_of_city() {
    for (const auto& [role, other] : ours_.chain.instead) {
      const bool step = std::ranges::find(city_.steps, role) != city_.steps.end();
      const bool further = std::ranges::any_of(city_.instead, [&](const auto& each) { return each.second == role; });
      if (step || further)
        loosens(ours_.instead_line, fmt::format("lets '{}' decide in place of the city's '{}'", other, role));
    }
  }

  const ChainDraft& ours_;
  const ApprovalChain& city_;
  const Department& department_;
  const Node& node_;
  Problems& problems_;
};

// True when a chain of that kind stands in the layer already.
bool repeated(const ChainDraft& draft, std::map<GrantKind, int>& lines, const Node& node, Problems& problems) {
  if (!draft.known) return true;
  const auto [first, fresh] = lines.emplace(draft.chain.kind, node.line());
  if (!fresh)
    problems.add(node.file(), node.line(),
                 fmt::format("'{}' has a chain already in line {}", to_string(draft.chain.kind), first->second));
  return !fresh;
}

}  // namespace

void read_approvals(const std::vector<const Node*>& tables, ApprovalTable& out, Problems& problems) {
  std::map<GrantKind, int> lines;
  for (const Node* node : tables) {
    ChainDraft draft = read_chain(*node, "[[approval]]", Need::Required, problems);
    check_instead(draft.chain, draft, *node, problems);
    if (!repeated(draft, lines, *node, problems)) out.set(draft.chain.kind, DepartmentId{}, std::move(draft.chain));
  }
}

void read_approvals(const std::vector<const Node*>& tables, const Department* department, ApprovalTable& out,
                    Problems& problems) {
  std::map<GrantKind, int> lines;
  for (const Node* node : tables) {
    const ChainDraft draft = read_chain(*node, "[[department.approval]]", Need::Optional, problems);
    if (repeated(draft, lines, *node, problems) || !department) continue;
    const ApprovalChain* city = out.of(draft.chain.kind, DepartmentId{});
    if (!city) {
      problems.add(
          node->file(), node->line(),
          fmt::format("department '{}' has a chain for '{}', which the city does not let anybody have: there is "
                      "no [[approval]] of that kind",
                      department->name, to_string(draft.chain.kind)));
      continue;
    }
    ApprovalChain chain = Supplement(draft, *city, *department, *node, problems).lay_over();
    check_instead(chain, draft, *node, problems);
    out.set(draft.chain.kind, department->id, std::move(chain));
  }
}

}  // namespace citygate::policy
