#include "base/name_source.h"

#include "base/category_set.h"

namespace citygate {

Result<std::vector<std::uint32_t>> NameSource::intern_all(NameKind kind, std::span<const std::string_view> names) {
  std::vector<std::uint32_t> out;
  out.reserve(names.size());
  for (const auto name : names) {
    CG_TRY(number, intern(kind, name));
    out.push_back(number);
  }
  return out;
}

Result<std::uint32_t> MemoryNames::intern(NameKind kind, std::string_view name) {
  std::lock_guard lock(mutex_);
  Table& table = tables_[static_cast<std::size_t>(kind)];
  if (auto it = table.numbers.find(name); it != table.numbers.end()) return it->second;
  if (kind == NameKind::Category && table.names.size() + 1 >= kMaxCategories)
    return fail(Error::Kind::TooLarge, "no room for category '" + std::string(name) + "': 255 are taken");
  table.names.emplace_back(name);
  const auto number = static_cast<std::uint32_t>(table.names.size());
  table.numbers.emplace(name, number);
  return number;
}

std::optional<std::uint32_t> MemoryNames::find(NameKind kind, std::string_view name) const {
  std::lock_guard lock(mutex_);
  const Table& table = tables_[static_cast<std::size_t>(kind)];
  if (auto it = table.numbers.find(name); it != table.numbers.end()) return it->second;
  return std::nullopt;
}

std::string MemoryNames::name(NameKind kind, std::uint32_t number) const {
  std::lock_guard lock(mutex_);
  const Table& table = tables_[static_cast<std::size_t>(kind)];
  return number == 0 || number > table.names.size() ? std::string() : table.names[number - 1];
}

}  // namespace citygate
