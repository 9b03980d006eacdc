#include "records/names.h"

#include <algorithm>

#include "base/category_set.h"
#include "records/keys.h"

namespace citygate::records {

Result<void> DatabaseNames::load() {
  Table fresh[kNameKinds];
  bool ordered = true;
  CG_TRY_VOID(database_.scan(Family::Meta, "n", "o", [&](std::string_view key, std::string_view value) {
    const auto kind = keys::number(key, 1, 1);
    if (key.size() != 6 || kind >= kNameKinds) return ordered = false;
    Table& table = fresh[kind];
    ordered = keys::number(key, 2, 4) == table.names.size() + 1;
    table.names.emplace_back(value);
    table.numbers.emplace(std::string(value), static_cast<std::uint32_t>(table.names.size()));
    return ordered;
  }));
  if (!ordered) return fail(Error::Kind::Malformed, "the table of names is damaged: a number is missing");
  std::lock_guard lock(mutex_);
  std::ranges::move(fresh, tables_);
  return {};
}

Result<std::uint32_t> DatabaseNames::intern(NameKind kind, std::string_view name) {
  std::lock_guard lock(mutex_);
  Table& table = tables_[static_cast<std::size_t>(kind)];
  if (auto it = table.numbers.find(name); it != table.numbers.end()) return it->second;
  if (kind == NameKind::Category && table.names.size() + 1 >= kMaxCategories)
    return fail(Error::Kind::TooLarge, "no room for category '" + std::string(name) + "': 255 are taken");
  const auto number = static_cast<std::uint32_t>(table.names.size() + 1);
  Batch batch;
  batch.put(Family::Meta, keys::name(static_cast<std::uint8_t>(kind), number), std::string(name));
  CG_TRY_VOID(database_.write(batch, Database::Durability::PowerLoss));
  table.names.emplace_back(name);
  table.numbers.emplace(std::string(name), number);
  return number;
}

std::optional<std::uint32_t> DatabaseNames::find(NameKind kind, std::string_view name) const {
  std::lock_guard lock(mutex_);
  const Table& table = tables_[static_cast<std::size_t>(kind)];
  if (auto it = table.numbers.find(name); it != table.numbers.end()) return it->second;
  return std::nullopt;
}

std::string DatabaseNames::name(NameKind kind, std::uint32_t number) const {
  std::lock_guard lock(mutex_);
  const Table& table = tables_[static_cast<std::size_t>(kind)];
  return number == 0 || number > table.names.size() ? std::string() : table.names[number - 1];
}

}  // namespace citygate::records
