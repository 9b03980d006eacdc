// names.h - names and their numbers in the database, for ever: a name is on the disk before its number is given away.
//
// Owner     DatabaseStore. Thread: any; giving new numbers waits for the disk, once for all that are
// given together. Errors: see NameSource.
#pragma once

#include <map>
#include <mutex>
#include <vector>

#include "base/name_source.h"
#include "records/database.h"

namespace citygate::records {

class DatabaseNames final : public NameSource {
 public:
  explicit DatabaseNames(Database& database) : database_(database) {}
  [[nodiscard]] Result<void> load();  // anew, if it was done before

  Result<std::uint32_t> intern(NameKind kind, std::string_view name) override;
  Result<std::vector<std::uint32_t>> intern_all(NameKind kind, std::span<const std::string_view> names) override;
  std::optional<std::uint32_t> find(NameKind kind, std::string_view name) const override;
  std::string name(NameKind kind, std::uint32_t number) const override;

 private:
  struct Table {
    std::map<std::string, std::uint32_t, std::less<>> numbers;
    std::vector<std::string> names;
  };
  Database& database_;
  mutable std::mutex mutex_;
  Table tables_[kNameKinds];  // guarded by mutex_
};

}  // namespace citygate::records
