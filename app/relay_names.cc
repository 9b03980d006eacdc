#include "app/relay_names.h"

namespace citygate::app {

void RelayNames::ask_elsewhere(Ask ask) {
  std::lock_guard lock(mutex_);
  ask_ = std::move(ask);
}

Result<std::uint32_t> RelayNames::intern(NameKind kind, std::string_view name) {
  if (const auto known = find(kind, name)) return *known;
  Ask ask;
  {
    std::lock_guard lock(mutex_);
    ask = ask_;
  }
  if (!ask) return own_.intern(kind, name);
  CG_TRY(number, ask(kind, name));
  std::lock_guard lock(mutex_);
  numbers_.try_emplace({kind, std::string(name)}, number);
  names_.try_emplace({kind, number}, name);
  return number;
}

Result<std::vector<std::uint32_t>> RelayNames::intern_all(NameKind kind, std::span<const std::string_view> names) {
  const auto asks = [this] {
    std::lock_guard lock(mutex_);
    return static_cast<bool>(ask_);
  };
  return asks() ? NameSource::intern_all(kind, names) : own_.intern_all(kind, names);
}

std::optional<std::uint32_t> RelayNames::find(NameKind kind, std::string_view name) const {
  if (const auto own = own_.find(kind, name)) return own;
  std::lock_guard lock(mutex_);
  const auto found = numbers_.find({kind, std::string(name)});
  if (found == numbers_.end()) return std::nullopt;
  return found->second;
}

std::string RelayNames::name(NameKind kind, std::uint32_t number) const {
  if (auto own = own_.name(kind, number); !own.empty()) return own;
  std::lock_guard lock(mutex_);
  const auto found = names_.find({kind, number});
  return found == names_.end() ? std::string() : found->second;
}

}  // namespace citygate::app
