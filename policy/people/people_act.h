// people_act.h - the fields of acts about people, read and written (people_fold.h says which act has which).
//
// Errors    Malformed, with the field and what would be right.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/act.h"
#include "base/result.h"
#include "policy/people/people_values.h"

namespace citygate::policy {

// What an act says of a person; nothing where it does not speak of it.
struct PersonFields {
  std::optional<PersonKind> kind;
  std::optional<std::string> title, supervisor, sponsor, purpose;
  std::optional<std::vector<StayValue>> departments;
  std::optional<std::vector<std::string>> units, roles;
  std::optional<std::vector<AddressValue>> addresses;
  std::optional<std::string> secret;  // "" where the password is taken away
  std::optional<WallTime> start, end;
};

// Each value has `source` for its own. Fields that the kind of act does not have are Malformed.
[[nodiscard]] Result<PersonFields> read_person_fields(const Act& act, FactSource source);
// What address-assign and address-release name. Without `from` and `until` they are min() and max().
[[nodiscard]] Result<AddressValue> read_address_fields(const Act& act, FactSource source);
[[nodiscard]] Result<void> check_department_fields(const Act& act);

// The values of `person` that `facts` names, as fields; Term and Department and the like where they have something to say.
void write_fact(Act& act, const PersonValue& person, Fact fact);
[[nodiscard]] std::string departments_text(std::span<const StayValue> departments);
[[nodiscard]] std::string addresses_text(std::span<const AddressValue> addresses);
[[nodiscard]] std::string units_text(std::span<const std::string> units);
[[nodiscard]] std::string roles_text(std::span<const std::string> roles);
// Parts between commas, without spaces around them; none of them empty.
[[nodiscard]] std::vector<std::string> split_list(std::string_view text, char separator);
[[nodiscard]] std::optional<PersonKind> parse_person_kind(std::string_view word);
// A network as people write it: without "/32" where it is one address.
[[nodiscard]] std::string range_text(const Cidr& range);

}  // namespace citygate::policy
