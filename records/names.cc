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
  CG_TRY(numbers, intern_all(kind, {&name, 1}));
  return numbers.front();
}

Result<std::vector<std::uint32_t>> DatabaseNames::intern_all(NameKind kind, std::span<const std::string_view> names) {
  std::lock_guard lock(mutex_);
  Table& table = tables_[static_cast<std::size_t>(kind)];
  std::vector<std::uint32_t> out;
  out.reserve(names.size());
  std::map<std::string_view, std::uint32_t> fresh;
  std::vector<std::string_view> in_order;
  Batch batch;
  for (const auto name : names) {
    if (const auto known = table.numbers.find(name); known != table.numbers.end()) {
      out.push_back(known->second);
      continue;
    }
    const auto next = static_cast<std::uint32_t>(table.names.size() + in_order.size() + 1);
    const auto [at, added] = fresh.try_emplace(name, next);
    out.push_back(at->second);
    if (!added) continue;
    if (kind == NameKind::Category && next >= kMaxCategories)
      return fail(Error::Kind::TooLarge, "no room for category '" + std::string(name) + "': 255 are taken");
    in_order.push_back(name);
    batch.put(Family::Meta, keys::name(static_cast<std::uint8_t>(kind), next), std::string(name));
  }
  if (in_order.empty()) return out;
  CG_TRY_VOID(database_.write(batch, Database::Durability::PowerLoss));
  for (const auto name : in_order) {
    table.names.emplace_back(name);
    table.numbers.emplace(std::string(name), static_cast<std::uint32_t>(table.names.size()));
  }
  return out;
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
