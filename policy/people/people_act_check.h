// people_act_check.h - whether an act about people may be kept: PeopleFold::prepare, one kind after the other.
//
// It sees people as they will be when the act is folded: the directory in force, with what acts before it in the same
// batch have changed since.
// Owner     one call of prepare(). Cost: microseconds; walks up from a new supervisor to the top.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "policy/people/people_fold.h"

namespace citygate::policy {

class PeopleActCheck {
 public:
  PeopleActCheck(const PeopleFold& fold, Act& act, const ActContext& context)
      : fold_(fold), act_(act), context_(context) {}

  [[nodiscard]] Result<void> department();
  [[nodiscard]] Result<void> add();
  [[nodiscard]] Result<void> change();
  [[nodiscard]] Result<void> address();

 private:
  [[nodiscard]] std::optional<PersonValue> find(std::string_view name) const;
  [[nodiscard]] Result<PersonValue> need(std::string_view name) const;
  [[nodiscard]] bool knows_department(std::string_view name) const;
  [[nodiscard]] bool separated(std::string_view name) const;
  [[nodiscard]] Result<void> need_department(std::string_view name) const;
  [[nodiscard]] Result<void> need_official(std::string_view name, std::string_view what) const;
  [[nodiscard]] Result<void> not_oneself(std::string_view name, std::string_view what) const;
  [[nodiscard]] Result<void> supervisor(const std::string& name) const;
  [[nodiscard]] Result<void> fields(const PersonFields& fields, const PersonValue& after) const;
  [[nodiscard]] Result<void> stay(const PersonValue& after) const;
  [[nodiscard]] Result<void> move(const PersonValue& before);
  [[nodiscard]] Result<void> times();
  [[nodiscard]] Result<void> free(const AddressValue& term, std::string_view owner) const;
  [[nodiscard]] Result<void> release(const PersonValue& owner, const AddressValue& term) const;
  [[nodiscard]] FactSource source() const { return FactSource::act(context_.next_number); }

  const PeopleFold& fold_;
  Act& act_;
  const ActContext& context_;
};

}  // namespace citygate::policy
