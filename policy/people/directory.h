// directory.h - people, devices, departments and units; who an address or a name is.
//
// Read from one TOML file (conf/people.toml). Immutable once read; shared as a Snapshot.
//
//   [[department]]                       [[person]]
//   name = "police"                      name = "mia.lopez"         # what is typed at the password prompt
//   title = "Police Department"          title = "Officer Mia Lopez"
//                                        department = "police"
//   [[device]]                           units = ["vice"]
//   name = "library-kiosk"               addresses = ["10.1.2.3"]   # or ranges
//   department = "library"               password = "$argon2id$..." # citygate hash-password
//   addresses = ["10.2.0.0/24"]
//
// The narrowest range that holds an address wins; two owners of the same range are an error.
// Thread    any, concurrently. Cost: by_address O(prefix lengths in use), no allocation.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/document.h"
#include "base/ids.h"
#include "base/name_source.h"

namespace citygate::policy {

struct Person {
  PersonId id;
  DepartmentId department;
  std::string name, title;
  bool device = false;  // stands for no one in particular
  std::vector<std::string> units;
  std::vector<Cidr> addresses;
  std::string password_hash;  // argon2id, encoded; "" = cannot sign in
};

struct Department {
  DepartmentId id;
  std::string name, title;
};

class Directory {
 public:
  [[nodiscard]] static std::shared_ptr<const Directory> read(const std::filesystem::path& file, NameSource& names,
                                                             Problems& problems);  // null when there were problems
  [[nodiscard]] static std::shared_ptr<const Directory> parse(std::string_view text, std::string file,
                                                              NameSource& names, Problems& problems);
  ~Directory();

  [[nodiscard]] const Person* by_address(const IpAddress& address) const noexcept;
  [[nodiscard]] const Person* by_name(std::string_view name) const noexcept;
  [[nodiscard]] const Person* by_id(PersonId id) const noexcept;
  [[nodiscard]] const Department* department(DepartmentId id) const noexcept;
  [[nodiscard]] const Department* department(std::string_view name) const noexcept;
  [[nodiscard]] const std::vector<Person>& people() const noexcept;
  [[nodiscard]] const std::vector<Department>& departments() const noexcept;
  [[nodiscard]] bool anyone_signs_in() const noexcept;  // somebody has a password: 407 makes sense
  [[nodiscard]] PeopleVersion version() const noexcept;

 private:
  Directory();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace citygate::policy
