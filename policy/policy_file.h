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
#include "policy/access_terms.h"
#include "policy/acknowledgement.h"
#include "policy/grants/approval.h"
#include "policy/grants/grant_reader.h"
#include "policy/people/directory.h"
#include "policy/rulebook.h"
#include "policy/safe_search.h"
#include "policy/sanctioned.h"
#include "policy/week.h"

namespace citygate::policy {

using PortSet = std::bitset<65536>;

// [destinations]
struct Destinations {
  PortSet ports, connect_ports;
  std::vector<Cidr> private_ranges;
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
  bool loosenable = false;      // a department may give it hours beyond these
};

struct QuotaDraft {
  Quota quota;  // id still 0
  int line = 0;
};

struct RuleDraft {
  Rule rule;  // ids still 0; windows are indexes into PolicyFile::windows
  int line = 0;
  std::optional<std::size_t> quota;
  std::vector<WeekSpan> spans;  // normalised, of the city's windows; empty = always
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

struct DevicesDraft {
  PersonalDevices devices;
  std::vector<WeekSpan> spans;  // as of a rule
  int line = 0;
};

struct AcknowledgementDraft {
  std::string title, clause, text;  // text "": this layer asks for nothing of its own
  std::optional<std::chrono::days> renew;
  std::string guests;  // of the city's alone
  int line = 0, renew_line = 0;
};

// A written policy that clauses are of: [[document]].
struct DocumentDraft {
  std::string tag, title;
  std::vector<std::vector<std::string>> sections;  // "R(8)(d)" in its parts: "R", "8", "d"
  int line = 0;
};

struct SupplementDraft {
  const Department* department = nullptr;
  int line = 0;
  LayerDraft layer;
  std::vector<QuotaOverride> overrides;
  SafeSearch safe_search;  // beyond the city's
  int safe_search_line = 0;
  std::map<std::size_t, WindowDraft> windows;  // by index of the city's
  std::optional<AcknowledgementDraft> acknowledgement;
  std::optional<DevicesDraft> devices;
  std::optional<Excessive> excessive;
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
  std::vector<DocumentDraft> documents;
  std::optional<AcknowledgementDraft> acknowledgement, access_agreement;
  std::vector<SanctionedService> sanctioned;
  std::optional<RecordAccess> records;
  std::optional<DevicesDraft> devices;
  std::optional<Excessive> excessive;
  std::vector<GrantDraft> grants;
  ApprovalTable approvals;
};

// Reports everything wrong; what is returned is of use only when nothing was.
[[nodiscard]] PolicyFile read_policy(const Node& root, const categories::Taxonomy& taxonomy, const Directory& people,
                                     Problems& problems);

// The hours of these windows as they are for a department: its own where it gave some. Normalised. Null: the city's.
[[nodiscard]] std::vector<WeekSpan> spans_of(const std::vector<std::uint16_t>& windows, const PolicyFile& file,
                                             const SupplementDraft* supplement);

// "Mon-Fri 12:00-13:00, Sat 10:00-12:00".
[[nodiscard]] std::string describe_spans(std::vector<WeekSpan> spans);

// It has windows and quotas.
[[nodiscard]] constexpr bool metered(Action action) {
  return action == Action::Personal || action == Action::Streaming;
}

// What holds for a category that no rule of the city names.
[[nodiscard]] Action default_action(categories::Group group);

// A department may tighten anything, and loosen only what the city's rule marks as loosenable.
void check_supplements(const PolicyFile& file, const categories::Taxonomy& taxonomy, Problems& problems);

}  // namespace citygate::policy
