// relay_names.h - the names of a process whose database another one has taken over.
//
// At first those of the store. After ask_elsewhere() a name that is not known yet is asked of the process that has the
// database now, since only one may give numbers; what it answers is remembered here.
// Owner     Services. Thread: any. Errors: see NameSource, and what the other process says.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "base/name_source.h"

namespace citygate::app {

class RelayNames final : public NameSource {
 public:
  using Ask = std::function<Result<std::uint32_t>(NameKind kind, std::string_view name)>;

  // Borrowed.
  explicit RelayNames(NameSource& own) : own_(own) {}

  // Called by intern(), in its thread; empty: the store is asked again.
  void ask_elsewhere(Ask ask);

  Result<std::uint32_t> intern(NameKind kind, std::string_view name) override;
  // Together where the database is at hand, else asked one by one.
  Result<std::vector<std::uint32_t>> intern_all(NameKind kind, std::span<const std::string_view> names) override;
  std::optional<std::uint32_t> find(NameKind kind, std::string_view name) const override;
  std::string name(NameKind kind, std::uint32_t number) const override;

 private:
  NameSource& own_;
  mutable std::mutex mutex_;
  // guarded by mutex_
  Ask ask_;
  std::map<std::pair<NameKind, std::string>, std::uint32_t, std::less<>> numbers_;
  std::map<std::pair<NameKind, std::uint32_t>, std::string> names_;
};

}  // namespace citygate::app
