// rulebook.h - the policy file, checked and compiled: city layer, department supplements, windows, quotas.
//
//   [city]                                   [[window]]
//   name = "Springfield"                     name = "lunch"
//   time_zone = "America/Chicago"            days = ["mon", "tue", "wed", "thu", "fri"]
//   contact = "IT help desk, 555-0100"       from = "12:00"        # to may be past midnight: the night belongs to
//   uncategorised = "work"  # or "block"     to = "13:00"          # the day it starts on
//
//   [[quota]]                                [[rule]]
//   name = "personal-time"                   name = "no-gambling"
//   title = "Personal use"                   title = "Gambling sites are prohibited"
//   minutes_per_day = 30                     clause = "S1(h)"
//   megabytes_per_day = 200  # 10^6 bytes    categories = ["gambling"]
//                                            action = "prohibit"   # prohibit block warn personal streaming work
//   [[department]]                           windows = ["lunch"]   # personal, streaming: only then; none = always
//   name = "police"                          quota = "personal-time"
//   [[department.rule]] ...                  loosenable = false    # may a department loosen it?
//   [department.quota.personal-time]
//   minutes_per_day = 20
//
//   [destinations]
//   ports = ["80", "443", "8000-8999"]       # for plain requests
//   connect_ports = ["443"]                  # for CONNECT
//   private = ["10.1.0.0/16"]                # private ranges that may be reached
//   sanctioned = ["vpn.city.example"]        # circumvention services of the city's own
//
//   [tunnels]                                # beyond what is the city's own: [hosts], private, sanctioned
//   not_tls = "refuse"                       # first bytes that are no TLS, or a client that says nothing; or "allow"
//   no_server_name = "refuse"                # TLS that names nobody
//
//   [safe_search]                            # engines that are reached by the name under which they offer safe results
//   engines = ["google", "bing", "duckduckgo", "youtube-moderate"]   # all words: safe_search.h
//   [department.safe_search]                 # these as well
//   engines = ["youtube-strict"]
//
//   [on_error]
//   prohibited = "block"                     # what an internal error means; the default closes everything
//   other = "block"
//
// A category stands in at most one rule of a layer. Unknown categories, departments, windows and quotas are errors with
// line and nearest name; so is a department rule that loosens a city rule not marked loosenable, and a rule or grant on
// threat or circumvention categories that would open them.
//
// Not named  A category that no rule names is treated by its group in the taxonomy: prohibited ones are prohibited,
// personal
//            and streaming ones are open without limit and counted for reports, all others are work. A verdict then
//            names no rule (0).
// Windows    Several [[window]] tables of one name are one window. `to` at or before `from` is on the next day.
// Ports      Without [destinations]: 80 and 443, CONNECT 443. CONNECT to a bare address is circumvention, unless the
//            address is in `private` or `sanctioned`.
// Errors     on_error.prohibited can only be "block": nothing but a sealed grant opens what is prohibited.
// Immutable once read; shared as a Snapshot. Cost of lookups: O(1), no allocation.
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/document.h"
#include "base/ids.h"
#include "base/local_time.h"
#include "base/name_source.h"
#include "categories/taxonomy.h"
#include "policy/grants/approval.h"
#include "policy/grants/grant_book.h"
#include "policy/people/directory.h"
#include "policy/safe_search.h"
#include "policy/verdict.h"

namespace citygate::policy {

// Categories of the group circumvention that speak about the way and not about who is at its end. They are looked for in
// the taxonomy by these names; what they stand for is refused without them, too.
inline constexpr std::string_view kBareIp = "bare-ip", kNotTls = "not-tls", kNoServerName = "no-server-name";
inline constexpr std::array kSignCategories{kBareIp, kNotTls, kNoServerName};

// A rule as people know it.
struct Rule {
  RuleId id;  // interned by "name" (city) or "department/name"
  std::string name, title, clause;
  DepartmentId department;  // 0: the city's
  Action action = Action::Work;
  CategorySet categories;
  QuotaId quota;
  std::vector<std::uint16_t> windows;  // indexes; empty = always
  bool loosenable = false;
  int line = 0;  // of the policy file
};

struct Quota {
  QuotaId id;
  std::string name, title;
  std::chrono::milliseconds minutes_per_day{0};  // 0: not limited
  std::uint64_t bytes_per_day = 0;
};

// A window as people know it.
struct Window {
  std::string name, text;  // "lunch", "Mon-Fri 12:00-13:00"
};

class Rulebook {
 public:
  struct Loaded {
    std::shared_ptr<const Rulebook> rules;
    std::shared_ptr<const GrantBook> grants;
  };
  // Everything wrong goes to `problems`; both are null if anything was.
  [[nodiscard]] static Loaded read(const std::filesystem::path& file, const categories::Taxonomy& taxonomy,
                                   const Directory& people, NameSource& names, Problems& problems);
  [[nodiscard]] static Loaded parse(std::string_view text, std::string file, const categories::Taxonomy& taxonomy,
                                    const Directory& people, NameSource& names, Problems& problems);
  ~Rulebook();

  [[nodiscard]] const std::string& city() const noexcept;
  [[nodiscard]] const std::string& contact() const noexcept;
  [[nodiscard]] const Zone& zone() const noexcept;
  [[nodiscard]] const Rule* rule(RuleId id) const noexcept;
  [[nodiscard]] const std::vector<Rule>& rules() const noexcept;
  // What the file says about a category for one department: its rule, or null and the default of the category's group.
  struct Effective {
    Action action = Action::Work;
    const Rule* rule = nullptr;
  };
  [[nodiscard]] Effective effective(CategoryId category, DepartmentId department) const noexcept;
  [[nodiscard]] SafeSearch safe_search(DepartmentId department) const noexcept;
  // Who has to agree to a grant for people of that department; null: nobody can have one of this kind.
  [[nodiscard]] const ApprovalChain* approval(GrantKind kind, DepartmentId department) const noexcept;
  [[nodiscard]] const std::vector<Window>& windows() const noexcept;  // Rule::windows are indexes into it
  [[nodiscard]] const Quota* quota(QuotaId id, DepartmentId department) const noexcept;  // with the department's limits
  [[nodiscard]] std::vector<Quota> quotas(DepartmentId department) const;
  [[nodiscard]] const std::string& source_text() const noexcept;  // kept under policies/<sha256>.toml
  [[nodiscard]] const std::string& sha256() const noexcept;       // hex, of source_text
  [[nodiscard]] PolicyVersion version() const noexcept;

  struct Impl;
  [[nodiscard]] const Impl& impl() const noexcept { return *impl_; }  // for decide() alone

 private:
  Rulebook();
  std::unique_ptr<Impl> impl_;
};

}  // namespace citygate::policy
