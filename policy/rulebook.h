// rulebook.h - the policy file, checked and compiled: city layer, department supplements, windows, quotas.
//
//   policy file ──read_policy──▶ drafts ──check_supplements──▶ ──compile──▶ Rulebook ──decide(facts)──▶ verdict
//
// docs/policy.md is the reference of the file. Its tables, and where each is described in the code:
//   [city] [[window]] [[quota]] [[rule]] [destinations] [tunnels] [on_error]      docs/policy.md
//   [[department]]          the same tables below it, laid over the city's        supplements.cc: what is no looser
//   [acknowledgement]       what is to be read first                              acknowledgement.h
//   [records] [personal_devices] [excessive]                                      access_terms.h
//   [[sanctioned]]          circumvention services of the city's own              sanctioned.h
//   [[approval]]            who has to agree to a grant                           grants/approval.h
//   [[grant]]               sealed law-enforcement grants                         grants/grant_book.h
//   [safe_search]           engines that are asked for safe results               safe_search.h
//   [[document]]            the written policies that clauses are of              clause_reader.cc
//
// A category stands in at most one rule of a layer. Unknown categories, departments, windows, quotas and clauses are
// errors with line and nearest name; so is a department rule that loosens a city rule not marked loosenable, and a rule or
// grant on threat or circumvention categories that would open them.
//
// Not named  A category that no rule names is treated by its group in the taxonomy: prohibited ones are prohibited,
//            personal and streaming ones are open without limit and counted for reports, all others are work. A verdict
//            then names no rule (0).
// Windows    Several [[window]] tables of one name are one window. `to` at or before `from` is on the next day. A
//            department may give one other hours; all rules of the city then hold in these for its people.
// Ports      Without [destinations]: 80 and 443, CONNECT 443. CONNECT to a bare address is circumvention, unless the
//            address is private or sanctioned.
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
#include "policy/access_terms.h"
#include "policy/acknowledgement.h"
#include "policy/grants/approval.h"
#include "policy/grants/grant_book.h"
#include "policy/people/directory.h"
#include "policy/safe_search.h"
#include "policy/sanctioned.h"
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
  std::vector<std::uint16_t> windows;       // indexes; empty = always
  bool soft_edge = false;                   // outside of them: warned, not refused
  std::uint64_t upload_limit = UINT64_MAX;  // bytes of one request; max(): not limited
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
  bool loosenable = false;
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
  [[nodiscard]] const Window& window(std::uint16_t index, DepartmentId department) const noexcept;  // its hours there

  // What such a person of that department must have acknowledged; null: nothing. Devices: never anything.
  [[nodiscard]] const Acknowledgement* acknowledgement(DepartmentId department, Subject::Kind kind) const noexcept;
  // What those must have acknowledged who may see what others did; null: nothing.
  [[nodiscard]] const Acknowledgement* access_agreement() const noexcept;
  [[nodiscard]] const RecordAccess* record_access() const noexcept;  // null: the file does not say
  [[nodiscard]] const PersonalDevices* personal_devices(DepartmentId department) const noexcept;  // null: all are alike
  [[nodiscard]] const Excessive* excessive(DepartmentId department) const noexcept;  // null: there is no threshold
  [[nodiscard]] const std::vector<SanctionedService>& sanctioned() const noexcept;   // lapsed ones too
  // The written policies that clauses are of.
  struct Document {
    std::string tag, title;
  };
  [[nodiscard]] const std::vector<Document>& documents() const noexcept;
  // Departments that say something of their own, in the file's order.
  [[nodiscard]] const std::vector<DepartmentId>& supplemented() const noexcept;
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
