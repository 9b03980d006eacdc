// support.h - a small city for the tests of policy: its taxonomy, its people, and facts about their requests.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/name_source.h"
#include "categories/taxonomy.h"
#include "policy/decide.h"

namespace citygate::policy {

// Whatever is put in, of whatever day.
class FakeUsage final : public UsageView {
 public:
  Usage used(QuotaId quota, std::int32_t day, WallTime now) const noexcept override;
  std::map<QuotaId, Usage> today;
  mutable std::int32_t asked_day = 0;
};

// Pat is a clerk; Mia and Sam are police officers, Mia in unit vice.
extern const std::string_view kPeople;

// The beginning of a policy file, in eight lines: its city, and a window "lunch" on its working days.
inline constexpr std::string_view kSpringfield = R"([city]
name = "Springfield"
time_zone = "America/Chicago"
[[window]]
name = "lunch"
days = ["mon", "tue", "wed", "thu", "fri"]
from = "12:00"
to = "13:00"
)";

class City {
 public:
  explicit City(std::string_view people = kPeople);

  // Keeps the rules if there is nothing wrong with the text; problems() tells otherwise.
  bool load(std::string_view policy);
  [[nodiscard]] const Problems& problems() const { return problems_; }
  [[nodiscard]] const Rulebook& rules() const { return *loaded_.rules; }
  [[nodiscard]] const GrantBook& grants() const { return *loaded_.grants; }
  [[nodiscard]] const Directory& people() const { return *people_; }
  [[nodiscard]] const categories::Taxonomy& taxonomy() const { return taxonomy_; }
  [[nodiscard]] NameSource& names() { return names_; }

  [[nodiscard]] CategoryId category(std::string_view name) const;
  [[nodiscard]] CategorySet set(const std::vector<std::string_view>& names) const;
  [[nodiscard]] QuotaId quota(std::string_view name) const;
  [[nodiscard]] std::string rule_name(RuleId id) const;  // "" for none
  [[nodiscard]] Subject subject(std::string_view person) const;
  [[nodiscard]] Verdict decide(const Facts& facts) const { return policy::decide(facts, rules(), grants()); }

 private:
  MemoryNames names_;
  Problems problems_;
  categories::Taxonomy taxonomy_;
  std::shared_ptr<const Directory> people_;
  Rulebook::Loaded loaded_;
};

// A GET of http://site.example/ by Pat at `local` time, "2026-11-20T12:00:00"; a Friday.
struct Request {
  Request(const City& city, std::string_view person, const std::vector<std::string_view>& categories,
          std::string_view local = "2026-11-20T12:00:00");
  void at(const City& city, std::string_view local);
  void at(const City& city, WallTime now);

  Target target;
  FakeUsage usage;
  Facts facts;
};

[[nodiscard]] WallTime time(const City& city, std::string_view text);

}  // namespace citygate::policy
