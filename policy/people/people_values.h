// people_values.h - people and departments as plain values: what a source of people says, before names become ids.
//
// A source (the people file, acts, an import; later LDAP, or the claims of an OIDC provider) needs to know nothing of
// the directory: it fills a PeopleValues, with names where the directory has ids. How several are put together:
//
//   1. the people file                       what a city keeps by hand, or its only source
//   2. directory services, in their order    (none yet) a person in a later one replaces the whole entry of an earlier
//   3. acts, in the order of their numbers   each changes what it names and nothing else, and wins over 1 and 2
//
// PeopleFold does 3; what comes out is checked as one by Directory::build, which knows nothing of where a value came from
// but FactSource.
// Thread    values.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/clock.h"
#include "base/ids.h"

namespace citygate::policy {

// A device stands for nobody in particular, so it acknowledges nothing; a guest's stay has an end and a sponsor.
enum class PersonKind : std::uint8_t { Person, Device, Guest };
[[nodiscard]] std::string_view to_string(PersonKind kind);  // "person", "device", "guest"

// Where a fact comes from: a line of a source, or an act.
struct FactSource {
  static constexpr std::uint16_t kActs = 0xFFFF;
  std::uint64_t place : 48 = 0;   // line, or number of the act; 0: not known
  std::uint64_t source : 16 = 0;  // index into PeopleValues::sources, or kActs

  [[nodiscard]] static FactSource act(std::uint64_t number) { return {number & ((1ULL << 48) - 1), kActs}; }
  [[nodiscard]] bool is_act() const { return source == kActs; }
};

// What is kept of a person's facts one by one; departments and addresses carry their own source.
enum class Fact : std::uint8_t { Entry, Title, Department, Units, Roles, Supervisor, Password, Sponsor, Purpose, Term };
inline constexpr std::size_t kFacts = static_cast<std::size_t>(Fact::Term) + 1;

struct FactSources {
  std::array<FactSource, kFacts> of{};
  [[nodiscard]] FactSource operator[](Fact fact) const { return of[static_cast<std::size_t>(fact)]; }
  void set(Fact fact, FactSource source) { of[static_cast<std::size_t>(fact)] = source; }
  void set_all(FactSource source) { of.fill(source); }
};

struct StayValue {
  std::string department;
  WallTime from = WallTime::min();
  FactSource source{};
};

struct AddressValue {
  Cidr range;
  WallTime from = WallTime::min(), until = WallTime::max();
  FactSource source{};
};

struct PersonValue {
  std::string name, title;  // title: "" stands for the name
  PersonKind kind = PersonKind::Person;
  std::vector<StayValue> departments;
  std::vector<std::string> units, roles;
  std::string supervisor;
  std::vector<AddressValue> addresses;
  std::string password_hash;
  std::string sponsor, purpose;  // of guests
  WallTime start = WallTime::min(), end = WallTime::max();
  bool ended_at_once = false;  // by an act: whatever the clock says later
  FactSources sources{};
};

struct DepartmentValue {
  std::string name{}, title{}, head{};
  FactSource source{}, head_source{};
};

struct PeopleValues {
  std::vector<std::string> sources;  // "people.toml"; what FactSource::source counts
  std::vector<DepartmentValue> departments;
  std::vector<PersonValue> people;  // in the order of listings
  std::uint64_t last_act = 0;       // the last one that is in it; 0: none is
  PeopleVersion version;
};

}  // namespace citygate::policy
