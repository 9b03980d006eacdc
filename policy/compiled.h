// compiled.h - a rulebook as decide() reads it: dense tables, one layer per department, nothing to search and nothing
// to allocate.
//
//   department ──layer_of──▶ Layer ──rule_of[category]──▶ CompiledRule ──▶ spans of the week, quota of that layer
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "policy/calendar.h"
#include "policy/policy_file.h"
#include "policy/rulebook.h"

namespace citygate::policy {

struct CompiledRule {
  RuleId id;
  Action action = Action::Work;
  bool has_quota = false;
  bool soft_edge = false;   // outside its spans: warned, not refused
  std::uint16_t quota = 0;  // index into Layer::quotas
  std::uint16_t order = 0;  // in the file: index into Impl::rules, or beyond its end for the default of a group
  std::uint32_t first_span = 0, spans = 0;  // no spans: always
  std::uint64_t upload_limit = UINT64_MAX;
};

// What must have been acknowledged. Version 0: nothing.
struct AskedText {
  TextVersion version;
  std::chrono::seconds renew{0};
  std::uint16_t text = 0;  // index into Impl::texts
};

struct DeviceTerms {
  enum class Kind : std::uint8_t { Alike, Allowed, Blocked };
  Kind kind = Kind::Alike;
  std::uint16_t table = 0;                  // index into Impl::devices
  std::uint32_t first_span = 0, spans = 0;  // Allowed: only then; no spans: always
};

// The city's rules with one department's laid over them.
struct Layer {
  std::array<std::uint16_t, kMaxCategories> rule_of{};     // into Impl::compiled
  CategorySet prohibited, blocked, held, warned, metered;  // by action; the rest of `known` is work
  CategorySet streams;   // what a streaming permit can lift: streaming by nature or by its rule, and blocked or metered
  CategorySet personal;  // what business use can lift
  CategorySet uploads;   // whose rules limit what is sent
  AskedText asked_of_person, asked_of_guest;
  DeviceTerms personal_devices;
  SafeSearch safe_search;
  std::uint16_t excessive = 0;                 // index into Impl::thresholds, plus 1; 0: none
  std::shared_ptr<std::vector<Quota>> quotas;  // in the file's order; shared by layers with the same limits
};

struct Rulebook::Impl {
  std::string city, contact, source_text, sha256;
  PolicyVersion version;
  std::optional<Zone> zone;
  Calendar calendar;

  std::vector<Rule> rules;  // the city's, then the departments', each in the file's order
  std::vector<Window> windows;
  std::map<std::pair<DepartmentId, std::uint16_t>, Window> own_windows;  // hours of departments in other shifts
  std::vector<Rulebook::Document> documents;
  std::vector<DepartmentId> supplemented;
  std::vector<Acknowledgement> texts;
  std::optional<Acknowledgement> access_agreement;
  std::optional<RecordAccess> record_access;
  std::vector<PersonalDevices> devices;
  std::vector<Excessive> thresholds;
  std::vector<SanctionedService> sanctioned;
  ApprovalTable approvals;
  std::vector<std::uint32_t> rules_by_id;  // indexes, sorted

  // decide() from here on
  // Beside `rules`; then one for each Action, the defaults of groups; then rules of the city's in other hours.
  std::vector<CompiledRule> compiled;
  std::vector<WeekSpan> spans;
  std::vector<std::uint16_t> layer_of;  // by department id; beyond its end: 0
  std::vector<Layer> layers;            // 0: the city's own
  CategorySet known, threats, circumvention, streaming;
  Destinations destinations;
  std::vector<std::pair<std::string, WallTime>> sanctioned_names;  // sorted; of one name the last end
  std::vector<std::pair<Cidr, WallTime>> sanctioned_ranges;
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
  [[nodiscard]] bool is_private(const IpAddress& address) const noexcept {  // by [destinations] `private`
    return std::ranges::any_of(destinations.private_ranges, [&](const Cidr& range) { return range.contains(address); });
  }
  [[nodiscard]] std::span<const WeekSpan> spans_of(const CompiledRule& rule) const noexcept {
    return {spans.data() + rule.first_span, rule.spans};
  }
  [[nodiscard]] std::span<const WeekSpan> spans_of(const DeviceTerms& terms) const noexcept {
    return {spans.data() + terms.first_span, terms.spans};
  }
};

// Gives ids (also to the grants of `file`) and builds the tables. Null when a grant that would lift nothing or a name
// cannot be kept.
[[nodiscard]] std::unique_ptr<Rulebook::Impl> compile(PolicyFile& file, const categories::Taxonomy& taxonomy,
                                                      const Directory& people, NameSource& names, Problems& problems);

}  // namespace citygate::policy
