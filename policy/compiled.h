// compiled.h - a rulebook as decide() reads it: dense tables, one layer per department, nothing to search and nothing
// to allocate.
//
//   department ──layer_of──▶ Layer ──rule_of[category]──▶ CompiledRule ──▶ spans of the week, quota of that layer
#pragma once

#include <array>
#include <vector>

#include "policy/calendar.h"
#include "policy/policy_file.h"
#include "policy/rulebook.h"

namespace citygate::policy {

struct CompiledRule {
  RuleId id;
  Action action = Action::Work;
  bool has_quota = false;
  std::uint16_t quota = 0;                  // index into Layer::quotas
  std::uint32_t first_span = 0, spans = 0;  // no spans: always
};

// The city's rules with one department's laid over them.
struct Layer {
  std::array<std::uint16_t, kMaxCategories> rule_of{};     // into Impl::compiled, in order of the file
  CategorySet prohibited, blocked, held, warned, metered;  // by action; the rest of `known` is work
  SafeSearch safe_search;
  std::vector<Quota> quotas;  // with the department's limits, in the file's order
};

struct Rulebook::Impl {
  std::string city, contact, source_text, sha256;
  PolicyVersion version;
  std::optional<Zone> zone;
  Calendar calendar;

  std::vector<Rule> rules;  // the city's, then the departments', each in the file's order
  std::vector<Window> windows;
  ApprovalTable approvals;
  std::vector<std::uint32_t> rules_by_id;  // indexes, sorted

  // decide() from here on
  std::vector<CompiledRule> compiled;  // beside `rules`, then one for each Action: the defaults of groups
  std::vector<WeekSpan> spans;
  std::vector<std::uint16_t> layer_of;  // by department id; beyond its end: 0
  std::vector<Layer> layers;            // 0: the city's own
  CategorySet known, threats, circumvention;
  Destinations destinations;
  Tunnels tunnels;
  // Categories that speak about the way and not about who is at its end: nothing is hidden by it where the city named
  // the destination itself. Empty sets where the taxonomy lacks them; what they stand for is refused all the same.
  CategorySet bare_ip, not_tls, no_server_name;
  CategorySet of_way;  // all of these, and tunnel-port
  bool refuse_uncategorised = false;
  bool allow_on_error = false;

  [[nodiscard]] const Layer& layer(DepartmentId id) const noexcept {
    return layers[id.value < layer_of.size() ? layer_of[id.value] : 0];
  }
  [[nodiscard]] std::span<const WeekSpan> spans_of(const CompiledRule& rule) const noexcept {
    return {spans.data() + rule.first_span, rule.spans};
  }
};

// Gives ids (also to the grants of `file`) and builds the tables. Null when a grant that would lift nothing or a name
// cannot be kept.
[[nodiscard]] std::unique_ptr<Rulebook::Impl> compile(PolicyFile& file, const categories::Taxonomy& taxonomy,
                                                      const Directory& people, NameSource& names, Problems& problems);

}  // namespace citygate::policy
