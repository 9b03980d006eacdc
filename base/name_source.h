// name_source.h - names and their numbers, kept for ever.
//
// Owner     whoever opens the state directory (records/ keeps them in the database); MemoryNames in tests and `check`.
// Thread    any; called when configuration, lists, policy or people are loaded and when something is shown, never per request.
// Errors    intern: Storage when the name cannot be kept, TooLarge when a kind is full (255 categories).
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"

namespace citygate {

enum class NameKind : std::uint8_t { Person, Department, Category, Quota, Source, Rule, Grant };
inline constexpr std::size_t kNameKinds = 7;

class NameSource {
 public:
  virtual ~NameSource() = default;
  // The number of `name`, given now if it had none. Numbers count from 1 per kind.
  [[nodiscard]] virtual Result<std::uint32_t> intern(NameKind kind, std::string_view name) = 0;
  // The same for many, in their order: all that are new are kept together, or none is. For what comes by the thousand.
  [[nodiscard]] virtual Result<std::vector<std::uint32_t>> intern_all(NameKind kind,
                                                                      std::span<const std::string_view> names);
  [[nodiscard]] virtual std::optional<std::uint32_t> find(NameKind kind, std::string_view name) const = 0;
  // "" for 0 and for numbers never given.
  [[nodiscard]] virtual std::string name(NameKind kind, std::uint32_t number) const = 0;
};

class MemoryNames final : public NameSource {
 public:
  Result<std::uint32_t> intern(NameKind kind, std::string_view name) override;
  std::optional<std::uint32_t> find(NameKind kind, std::string_view name) const override;
  std::string name(NameKind kind, std::uint32_t number) const override;

 private:
  struct Table {
    std::map<std::string, std::uint32_t, std::less<>> numbers;
    std::vector<std::string> names;
  };
  mutable std::mutex mutex_;
  Table tables_[kNameKinds];  // guarded by mutex_
};

}  // namespace citygate
