// people_fold.h - what acts have made of people and departments, laid upon the people file.
//
//   kind              subject     fields
//   department-add    department  title, head
//   department-change department  title, head
//   person-add        person      kind (person, device, guest), title, departments, units, roles, supervisor, addresses,
//                                 password, secret, sponsor, purpose, start, end
//   person-change     person      the same but for kind and addresses; `department` and `from` ask for a move
//   address-assign    person      address, from, until
//   address-release   person      address, until
//
// A field that is there replaces what was; there and empty, it takes it away. Times are UTC, as format_utc() writes them.
//   departments   "clerk police@2026-03-01T06:00:00.000000Z": the whole list, in the order of time
//   addresses     "10.1.2.3/32 10.1.2.9/32@2026-03-01T06:00:00.000000Z..2026-04-01T05:00:00.000000Z": either end may be missing
//   units         "vice, patrol"; roles "city-manager records-officer"
//   password      "set", with `secret`: the name that the hash has in the SecretStore; "none" takes it away
// Whoever asks may leave out what prepare() fills in: `departments` (from `department` and `from`), and when an address is
// assigned or released (now).
//
// What a person-add says stands whole in place of an entry of that name in the file; all else changes what it names, and
// nothing happens where the file does not know that name any more. Nor does a file that somebody has left keep the gateway
// from starting: who is not in it any more is nobody's supervisor, head or sponsor, a department that only acts name stands
// on, and each is a warning that names the act and what would mend it.
// Nobody changes the own entry, but for the password, nor the own addresses; nobody makes himself the head of a department
// or the supervisor of somebody who is there already. Of somebody who was separated nothing is changed but that addresses
// are released; reinstate first.
// Owner     the registrar. Thread: one at a time; directories given out are any thread's. Copyable.
// Errors    prepare: Malformed, NotFound, Refused, in words with the nearest name. apply: Malformed where the act has a
//           field that this version does not know, or a value that it cannot read. upon: Malformed: the file says what an
//           act contradicts (a circle of supervisors, an address of two people); the text names the acts.
// Cost      prepare and apply: microseconds. upon: all people once; bench/RESULTS.md has the figures.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/act.h"
#include "policy/act_context.h"
#include "policy/people/people_act.h"
#include "policy/people/people_values.h"

namespace citygate::policy {

class PeopleFold {
 public:
  [[nodiscard]] Result<void> prepare(Act& act, const ActContext& context) const;
  [[nodiscard]] Result<void> apply(const Act& act, NameSource& names);
  // The file's people, and guests whose accounts were granted, as the acts have them; `file` itself where there is neither.
  // Hashes of passwords are `secrets`'. `now` is for `warnings` alone: of a stay that is over nothing is said.
  [[nodiscard]] Result<std::shared_ptr<const Directory>> upon(const std::shared_ptr<const Directory>& file,
                                                              const std::vector<PersonValue>& granted,
                                                              const SecretStore& secrets, NameSource& names,
                                                              WallTime now, Problems& warnings) const;

 private:
  struct AddressChange {  // a release ends the term that holds at `until`, or else takes the next one away
    enum class What : std::uint8_t { Assign, Release } what = What::Assign;
    AddressValue term;
  };
  struct PersonEdits {
    PersonValue value{};                     // what is set in it; password_hash is the name of the secret
    std::uint32_t set = 0;                   // a bit for each Fact but Entry and Term
    bool start = false, end = false;         // are set
    bool added = false;                      // the value is all there is, and the addresses are in it
    std::vector<AddressChange> addresses{};  // upon the file's
  };
  struct DepartmentEdits {
    DepartmentValue value{};
    bool added = false, title = false, head = false;
  };
  friend class PeopleActCheck;
  using Places = std::unordered_map<std::string, std::size_t>;  // indexes into PeopleValues::people, by name

  [[nodiscard]] Result<void> apply_department(const Act& act);
  void apply_person(const Act& act, PersonFields fields);
  void change_address(const std::string& person, AddressChange change);
  void give_up_address(const std::string& person, const AddressValue& to);
  static void change(std::vector<AddressValue>& addresses, const AddressChange& change);
  static std::uint32_t bit(Fact fact) { return 1U << static_cast<unsigned>(fact); }
  template <class Edits>
  static bool added(const Edits& edits, const std::string& name) {
    const auto found = edits.find(name);
    return found != edits.end() && found->second.added;
  }
  static void replace_departments(std::vector<StayValue>& into, std::vector<StayValue> by);
  Places add_granted(const std::vector<PersonValue>& granted, const Directory& file, PeopleValues& values) const;
  void lay_people(const std::vector<PersonValue>& granted, const Directory& file,
                  const std::unordered_map<std::string, std::string>& hash_of, PeopleValues& values) const;
  void lay_departments(const Directory& file, PeopleValues& values) const;
  void keep_departments(const Directory& file, WallTime now, PeopleValues& values, Problems& warnings) const;
  [[nodiscard]] bool names_person(const Directory& file, const std::string& name) const;
  void drop_officials(const Directory& file, WallTime now, PeopleValues& values, Problems& warnings) const;
  // Of the addresses, only what acts after `since` have changed.
  static void lay(const PersonEdits& edits, std::uint64_t since, PersonValue& upon);
  static void lay_term(const PersonEdits& edits, PersonValue& upon);
  static void lay(const DepartmentEdits& edits, DepartmentValue& upon);
  [[nodiscard]] Result<std::unordered_map<std::string, std::string>> hashes(const SecretStore& secrets) const;

  std::unordered_map<std::string, PersonEdits> people_;
  std::unordered_map<std::string, DepartmentEdits> departments_;
  std::unordered_multimap<std::string, std::string> changed_ranges_;  // range, person: who may own it by acts
  std::uint64_t last_ = 0;                                            // act; 0: none yet
};

// "password/mia.lopez/0123456789abcdef": under which the SecretStore keeps a hash.
[[nodiscard]] std::string secret_name(std::string_view person, std::string_view hash);

}  // namespace citygate::policy
