// directory.h - people, devices, guests, departments and units; who an address or a name is, and was.
//
//   people file ─▶ PeopleValues ─┐
//   acts ─▶ PeopleFold ──────────┴─▶ Directory::build ─▶ Snapshot        (people_values.h says how sources are put together)
//
//   [[department]]                       [[person]]
//   name = "police"                      name = "mia.lopez"         # what is typed at the password prompt
//   title = "Police Department"          title = "Officer Mia Lopez"
//   head = "dana.wu"                     department = "police"      # or dated: the first holds before its `from` as well
//   [[device]]                           departments = [{name = "clerk"}, {name = "police", from = 2026-03-01}]
//   name = "library-kiosk"               units = ["vice"]
//   department = "library"               roles = ["records-officer"]
//   addresses = ["10.2.0.0/24"]          supervisor = "dana.wu"
//   [[guest]]                            addresses = ["10.1.2.3",   # or ranges; `until` is the first day without it
//   name = "auditor.kay"                   {address = "10.1.2.9", from = 2026-03-01, until = 2026-04-01}]
//   department = "clerk"                 password = "$argon2id$..." # citygate hash-password
//   sponsor = "pat.reed"
//   purpose = "yearly audit"             # guests: start and end as days, from local midnight on, or as times;
//   end = 2026-12-31                     # `end` is the first moment at which the stay is over, and is required
//
// Of an address, the narrowest range that holds it at that time wins; two owners of one range at a time are an error. So
// are a head, supervisor or sponsor that nobody is, and a circle among supervisors.
// Owner     Snapshots. Immutable once built.
// Thread    any, concurrently.
// Cost      by_address: a probe per prefix length in use, no allocation. by_name: one hash. by_id, department(id): an index.
//           holders: a search among the roles in use. bench/RESULTS.md has the figures.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/clock.h"
#include "base/document.h"
#include "base/ids.h"
#include "base/local_time.h"
#include "base/name_source.h"
#include "policy/people/people_values.h"

namespace citygate::policy {

// From then on, until the next one's `from`.
struct DepartmentStay {
  DepartmentId department;
  WallTime from = WallTime::min();
  FactSource source;
};

// In [from, until).
struct AddressTerm {
  Cidr range;
  WallTime from = WallTime::min(), until = WallTime::max();
  FactSource source;

  [[nodiscard]] bool holds(WallTime now) const noexcept { return from <= now && now < until; }
};

struct Person {
  PersonId id;
  PersonKind kind = PersonKind::Person;
  std::string name, title;
  std::vector<DepartmentStay> departments;  // one at least; ascending by `from`
  std::vector<std::string> units, roles;
  PersonId supervisor;  // 0: nobody
  std::vector<AddressTerm> addresses;
  std::string password_hash;  // argon2id, encoded; "" = cannot sign in
  // Guests: who answers for the stay, what for, and when.
  PersonId sponsor;
  std::string purpose;
  WallTime start = WallTime::min(), end = WallTime::max();
  bool ended_at_once = false;  // by an act: whatever the clock says later
  FactSources sources;

  [[nodiscard]] bool is_device() const noexcept { return kind == PersonKind::Device; }
  [[nodiscard]] bool is_guest() const noexcept { return kind == PersonKind::Guest; }
  // Before that a guest is nobody: neither by address nor by password. What ends a stay is Standing::ends.
  [[nodiscard]] bool begun(WallTime now) const noexcept { return start <= now; }
  // Everybody is in exactly one department at a time; the first holds before its `from` as well.
  [[nodiscard]] DepartmentId department_at(WallTime now) const noexcept;
  // When department_at() changes next after `now`; max(): never, as far as is known.
  [[nodiscard]] WallTime department_until(WallTime now) const noexcept;
  [[nodiscard]] bool has_role(std::string_view role) const noexcept;
};

struct Department {
  DepartmentId id;
  std::string name, title;
  PersonId head;  // 0: nobody
  FactSource source, head_source;
};

class Directory {
 public:
  // `zone` is the city's: dates of the file are days by its clock. Without it, a date in the file is an error.
  // Null when there were problems; all of them are told, and no name has been interned.
  [[nodiscard]] static std::shared_ptr<const Directory> read(const std::filesystem::path& file, NameSource& names,
                                                             Problems& problems, const Zone* zone = nullptr);
  [[nodiscard]] static std::shared_ptr<const Directory> parse(std::string_view text, std::string file,
                                                              NameSource& names, Problems& problems,
                                                              const Zone* zone = nullptr);
  // From plain values, whatever sources they came from.
  [[nodiscard]] static std::shared_ptr<const Directory> build(PeopleValues values, NameSource& names,
                                                              Problems& problems);
  ~Directory();

  // Whose address it is at that time.
  [[nodiscard]] const Person* by_address(const IpAddress& address, WallTime now) const noexcept;
  [[nodiscard]] const Person* by_name(std::string_view name) const noexcept;
  [[nodiscard]] const Person* by_id(PersonId id) const noexcept;
  [[nodiscard]] const Department* department(DepartmentId id) const noexcept;
  [[nodiscard]] const Department* department(std::string_view name) const noexcept;
  // The department that a person is in at that time; null where the person is unknown.
  [[nodiscard]] const Department* department_of(PersonId person, WallTime now) const noexcept;

  // Who has a role, by name; empty for one that nobody has. "supervisor" and "department-head" are no roles of this
  // kind: supervisor_of() and head_of() find them.
  [[nodiscard]] std::span<const Person* const> holders(std::string_view role) const noexcept;
  [[nodiscard]] std::vector<std::string_view> roles() const;                  // that somebody has, sorted; for messages
  [[nodiscard]] const Person* supervisor_of(PersonId person) const noexcept;  // null: has none
  [[nodiscard]] const Person* head_of(DepartmentId department) const noexcept;  // null: has none

  [[nodiscard]] const std::vector<Person>& people() const noexcept;
  [[nodiscard]] const std::vector<Department>& departments() const noexcept;
  // Who has exactly this range at some time, in the order of time.
  [[nodiscard]] std::vector<const Person*> owners_of(const Cidr& range) const;
  // As plain values again: what build() was given, but for order and titles that only repeat a name.
  [[nodiscard]] PeopleValues values() const;
  [[nodiscard]] PersonValue value_of(const Person& person) const;
  [[nodiscard]] DepartmentValue value_of(const Department& department) const;
  [[nodiscard]] std::uint64_t last_act() const noexcept;  // that is in it; 0: of files alone
  // "people.toml:12", "act 41".
  [[nodiscard]] std::string describe(FactSource source) const;
  [[nodiscard]] bool anyone_signs_in() const noexcept;  // somebody has a password: 407 makes sense
  [[nodiscard]] PeopleVersion version() const noexcept;

 private:
  struct Impl;
  explicit Directory(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace citygate::policy
