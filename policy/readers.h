// readers.h - the readers of a policy file's tables, one file for each group of tables (<group>_reader.cc).
//
// Each takes its nodes, null or empty where the file lacks them, and reports everything wrong with its line. What they
// return is of use only when nothing was. The forms stand in the headers of what they fill, and in docs/policy.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/policy_file.h"
#include "policy/table_reader.h"

namespace citygate::policy {

// city_reader.cc: [city], [on_error], [tunnels]
void read_city(const Node* node, PolicyFile& out, Problems& problems);
void read_on_error(const Node* node, PolicyFile& out, Problems& problems);
void read_tunnels(const Node* node, PolicyFile& out, Problems& problems);

// window_reader.cc: [[window]], [[department.window]]
void read_window(const Node& node, PolicyFile& out, Problems& problems);
// The hours that a department gives to a window of the city's.
void read_window(const Node& node, const PolicyFile& policy, SupplementDraft& out, Problems& problems);
// Indexes of the windows that are named there; unknown ones are problems.
[[nodiscard]] std::vector<std::uint16_t> find_windows(TableReader& table, const std::vector<Word>& words,
                                                      const PolicyFile& policy);

// quota_reader.cc: [[quota]], [department.quota.NAME]
void read_quota(const Node& node, PolicyFile& out, Problems& problems);
void read_overrides(const Node* node, const PolicyFile& policy, SupplementDraft& out, Problems& problems);

// rule_reader.cc: [[rule]], [[department.rule]]. `department` is null for the city's layer, or where its name is not
// known. Windows and quotas of `policy` must have been read.
enum class LayerKind : std::uint8_t { City, Department };
void read_rules(const std::vector<const Node*>& tables, LayerKind kind, const categories::Taxonomy& taxonomy,
                const PolicyFile& policy, LayerDraft& out, Problems& problems);

// destinations_reader.cc: [destinations]. Without it plain requests go to ports 80 and 443, CONNECT to 443, and no
// private address is reached.
[[nodiscard]] Destinations read_destinations(const Node* node, Problems& problems);

// sanctioned_reader.cc: [[sanctioned]]
[[nodiscard]] std::vector<SanctionedService> read_sanctioned(const std::vector<const Node*>& tables, const Zone& zone,
                                                             Problems& problems);

// safe_search_reader.cc: [safe_search], [department.safe_search]
[[nodiscard]] SafeSearch read_safe_search(const Node* node, std::string where, Problems& problems);

// acknowledgement_reader.cc: [acknowledgement], [department.acknowledgement]
void read_acknowledgement(const Node* node, PolicyFile& out, Problems& problems);
void read_acknowledgement(const Node* node, const PolicyFile& policy, SupplementDraft& out, Problems& problems);

// access_reader.cc: [records], [personal_devices], [excessive]
[[nodiscard]] std::optional<RecordAccess> read_record_access(const Node* node, Problems& problems);
[[nodiscard]] std::optional<DevicesDraft> read_personal_devices(const Node* node, LayerKind kind,
                                                                const PolicyFile& policy, Problems& problems);
[[nodiscard]] std::optional<Excessive> read_excessive(const Node* node, std::string where, Problems& problems);

// department_reader.cc: [[department]]
void read_supplement(const Node& node, const categories::Taxonomy& taxonomy, const Directory& people,
                     PolicyFile& policy, Problems& problems);

// clause_reader.cc: [[document]]; then every `clause` of the file must stand in one of them.
void read_documents(const std::vector<const Node*>& tables, PolicyFile& out, Problems& problems);
void check_clauses(const Node& root, const PolicyFile& policy, Problems& problems);

}  // namespace citygate::policy
