// policy_file.h - the policy file as read, before it is compiled: plain values, each with its line.
//
//   text ──read_policy()──▶ PolicyFile ──check_supplements()──▶ ──compile()──▶ Rulebook::Impl
//
// Names inside the file (windows, quotas) are resolved to indexes here; ids are interned when all of it is known to be
// well, so a file with mistakes leaves no trace in the state directory.
#pragma once

#include <bitset>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/document.h"
#include "base/local_time.h"
#include "categories/taxonomy.h"
#include "policy/grants/approval.h"
#include "policy/grants/grant_reader.h"
#include "policy/people/directory.h"
#include "policy/rulebook.h"
#include "policy/safe_search.h"
#include "policy/week.h"

namespace citygate::policy {

using PortSet = std::bitset<65536>;

// [destinations]
struct Destinations {
  PortSet ports, connect_ports;
  std::vector<Cidr> private_ranges, sanctioned_ranges;
  std::vector<std::string> sanctioned_names;  // canonical, sorted
};

// [tunnels]: what a tunnel may be that does not say by its first bytes whom it is for.
struct Tunnels {
  bool refuse_not_tls = true;
  bool refuse_no_server_name = true;
};

struct WindowDraft {
  std::string name;
  int line = 0;
  std::vector<WeekSpan> spans;  // of all [[window]] tables of this name
};

struct QuotaDraft {
  Quota quota;  // id still 0
  int line = 0;
};

struct RuleDraft {
  Rule rule;  // ids still 0; windows are indexes into PolicyFile::windows
  int line = 0;
  std::optional<std::size_t> quota;
  std::vector<WeekSpan> spans;  // normalised; empty = always
};

struct QuotaOverride {
  std::size_t quota = 0;
  int line = 0;
  std::optional<std::chrono::milliseconds> minutes_per_day;
  std::optional<std::uint64_t> bytes_per_day;
};

// Rules of one layer and which of them names a category.
struct LayerDraft {
  std::vector<RuleDraft> rules;
  std::map<CategoryId, std::size_t> rule_of;
};

struct SupplementDraft {
  const Department* department = nullptr;
  int line = 0;
  LayerDraft layer;
  std::vector<QuotaOverride> overrides;
  SafeSearch safe_search;  // beyond the city's
  int safe_search_line = 0;
};

struct PolicyFile {
  std::string file;
  std::string city, contact;
  std::optional<Zone> zone;
  bool refuse_uncategorised = false;
  bool allow_on_error = false;  // for what is known not to be prohibited
  std::vector<WindowDraft> windows;
  std::vector<QuotaDraft> quotas;
  LayerDraft layer;  // the city's
  std::vector<SupplementDraft> supplements;
  Destinations destinations;
  Tunnels tunnels;
  SafeSearch safe_search;
  std::vector<GrantDraft> grants;
  ApprovalTable approvals;
};

// Reports everything wrong; what is returned is of use only when nothing was.
[[nodiscard]] PolicyFile read_policy(const Node& root, const categories::Taxonomy& taxonomy, const Directory& people,
                                     Problems& problems);

// What holds for a category that no rule of the city names.
[[nodiscard]] Action default_action(categories::Group group);

// A department may tighten anything, and loosen only what the city's rule marks as loosenable.
void check_supplements(const PolicyFile& file, const categories::Taxonomy& taxonomy, Problems& problems);

}  // namespace citygate::policy
