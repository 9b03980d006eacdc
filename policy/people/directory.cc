#include "policy/people/directory.h"

#include <algorithm>

#include "policy/people/people_file.h"

namespace citygate::policy {
namespace {

using Bytes = std::array<std::uint8_t, 16>;

Bytes masked(const IpAddress& address, int bits) {
  Bytes out = address.bytes();
  for (int i = 0; i < 16; ++i) {
    const int keep = std::clamp(bits - i * 8, 0, 8);
    out[static_cast<std::size_t>(i)] &= static_cast<std::uint8_t>(0xFF00 >> keep);
  }
  return out;
}

// All ranges of one prefix length, sorted by their first address.
struct PrefixLevel {
  int bits = 0;
  std::vector<std::pair<Bytes, std::uint32_t>> owners;  // index into people
};

}  // namespace

struct Directory::Impl {
  std::vector<Person> people;
  std::vector<Department> departments;
  std::vector<std::uint32_t> people_by_name, people_by_id, departments_by_id;  // indexes, sorted
  std::vector<PrefixLevel> levels;                                             // the longest prefixes first
  PeopleVersion version;
  bool anyone_signs_in = false;

  void index();
};

void Directory::Impl::index() {
  for (std::uint32_t i = 0; i < people.size(); ++i) {
    people_by_name.push_back(i);
    people_by_id.push_back(i);
    anyone_signs_in |= !people[i].password_hash.empty();
    for (const auto& range : people[i].addresses) {
      auto level = std::ranges::find(levels, range.prefix_bits(), &PrefixLevel::bits);
      if (level == levels.end()) level = levels.insert(levels.end(), PrefixLevel{range.prefix_bits(), {}});
      level->owners.emplace_back(range.base().bytes(), i);
    }
  }
  for (std::uint32_t i = 0; i < departments.size(); ++i) departments_by_id.push_back(i);
  std::ranges::sort(people_by_name, {}, [this](std::uint32_t i) -> const std::string& { return people[i].name; });
  std::ranges::sort(people_by_id, {}, [this](std::uint32_t i) { return people[i].id; });
  std::ranges::sort(departments_by_id, {}, [this](std::uint32_t i) { return departments[i].id; });
  std::ranges::sort(levels, std::ranges::greater(), &PrefixLevel::bits);
  for (auto& level : levels) std::ranges::sort(level.owners);
}

Directory::Directory() : impl_(std::make_unique<Impl>()) {}
Directory::~Directory() = default;

std::shared_ptr<const Directory> Directory::parse(std::string_view text, std::string file, NameSource& names,
                                                  Problems& problems) {
  auto read = parse_people(text, std::move(file), names, problems);
  if (!read) return nullptr;
  std::shared_ptr<Directory> out(new Directory);
  out->impl_->people = std::move(read->people);
  out->impl_->departments = std::move(read->departments);
  out->impl_->version = read->version;
  out->impl_->index();
  return out;
}

const Person* Directory::by_address(const IpAddress& address) const noexcept {
  for (const auto& level : impl_->levels) {
    const Bytes base = masked(address, level.bits);
    const auto found = std::ranges::lower_bound(level.owners, base, {}, &std::pair<Bytes, std::uint32_t>::first);
    if (found != level.owners.end() && found->first == base) return &impl_->people[found->second];
  }
  return nullptr;
}

const Person* Directory::by_name(std::string_view name) const noexcept {
  const auto key = [this](std::uint32_t i) { return std::string_view(impl_->people[i].name); };
  const auto found = std::ranges::lower_bound(impl_->people_by_name, name, {}, key);
  return found != impl_->people_by_name.end() && key(*found) == name ? &impl_->people[*found] : nullptr;
}

const Person* Directory::by_id(PersonId id) const noexcept {
  const auto key = [this](std::uint32_t i) { return impl_->people[i].id; };
  const auto found = std::ranges::lower_bound(impl_->people_by_id, id, {}, key);
  return found != impl_->people_by_id.end() && key(*found) == id ? &impl_->people[*found] : nullptr;
}

const Department* Directory::department(DepartmentId id) const noexcept {
  const auto key = [this](std::uint32_t i) { return impl_->departments[i].id; };
  const auto found = std::ranges::lower_bound(impl_->departments_by_id, id, {}, key);
  return found != impl_->departments_by_id.end() && key(*found) == id ? &impl_->departments[*found] : nullptr;
}

const Department* Directory::department(std::string_view name) const noexcept {
  const auto found = std::ranges::find(impl_->departments, name, &Department::name);
  return found != impl_->departments.end() ? &*found : nullptr;
}

const std::vector<Person>& Directory::people() const noexcept { return impl_->people; }
const std::vector<Department>& Directory::departments() const noexcept { return impl_->departments; }
bool Directory::anyone_signs_in() const noexcept { return impl_->anyone_signs_in; }
PeopleVersion Directory::version() const noexcept { return impl_->version; }

}  // namespace citygate::policy
