#include "base/act.h"

namespace citygate {

std::string_view to_string(ActKind kind) {
  switch (kind) {
    case ActKind::DepartmentAdd: return "department-add";
    case ActKind::DepartmentChange: return "department-change";
    case ActKind::PersonAdd: return "person-add";
    case ActKind::PersonChange: return "person-change";
    case ActKind::AddressAssign: return "address-assign";
    case ActKind::AddressRelease: return "address-release";
    case ActKind::Suspend: return "suspend";
    case ActKind::Reinstate: return "reinstate";
    case ActKind::Separate: return "separate";
    case ActKind::Acknowledge: return "acknowledge";
    case ActKind::AcknowledgeAccess: return "acknowledge-access";
    case ActKind::GrantRequest: return "grant-request";
    case ActKind::GrantApprove: return "grant-approve";
    case ActKind::GrantRefuse: return "grant-refuse";
    case ActKind::GrantWithdraw: return "grant-withdraw";
    case ActKind::DownloadHeld: return "download-held";
    case ActKind::DownloadRelease: return "download-release";
    case ActKind::DisputeOpen: return "dispute-open";
    case ActKind::DisputeDecide: return "dispute-decide";
    case ActKind::PolicyLoad: return "policy-load";
    case ActKind::ListPublish: return "list-publish";
    case ActKind::ListRollback: return "list-rollback";
    case ActKind::ListOverride: return "list-override";
    case ActKind::ListOverrideEnd: return "list-override-end";
    case ActKind::ListRemove: return "list-remove";
    case ActKind::View: return "view";
    case ActKind::Hold: return "hold";
    case ActKind::HoldEnd: return "hold-end";
  }
  return "?";
}

std::optional<ActKind> parse_act_kind(std::string_view word) {
  for (unsigned value = 0; value <= static_cast<unsigned>(kLastActKind); ++value)
    if (word == to_string(static_cast<ActKind>(value))) return static_cast<ActKind>(value);
  return std::nullopt;
}

std::unexpected<Error> number_taken(std::uint64_t first) {
  auto out = fail(Error::Kind::Refused, "act " + std::to_string(first) + " has come from somebody else meanwhile");
  out.error().retryable = true;
  return out;
}

// Enough where one appends at a time.
Result<std::vector<Act>> ActJournal::append_as(std::uint64_t first, std::vector<Act> acts) {
  if (first != last() + 1) return number_taken(first);
  return append(std::move(acts));
}

Result<std::vector<Act>> MemoryActs::append(std::vector<Act> acts) { return append_as(0, std::move(acts)); }

Result<std::vector<Act>> MemoryActs::append_as(std::uint64_t first, std::vector<Act> acts) {
  std::lock_guard lock(mutex_);
  if (first != 0 && first != acts_.size() + 1) return number_taken(first);
  for (auto& act : acts) {
    act.number = acts_.size() + 1;
    act.time = clock_.now();
    acts_.push_back(act);
  }
  return acts;
}

Result<void> MemoryActs::scan(std::uint64_t from, const std::function<bool(const Act&)>& visit) const {
  std::vector<Act> acts;
  {
    std::lock_guard lock(mutex_);
    acts = acts_;
  }
  for (const auto& act : acts)
    if (act.number >= from && !visit(act)) break;
  return {};
}

std::uint64_t MemoryActs::last() const {
  std::lock_guard lock(mutex_);
  return acts_.size();
}

Result<void> MemoryActs::put(std::string_view name, std::string_view secret) {
  std::lock_guard lock(mutex_);
  secrets_[std::string(name)] = secret;
  return {};
}

Result<void> MemoryActs::remove(std::string_view name) {
  std::lock_guard lock(mutex_);
  if (const auto found = secrets_.find(name); found != secrets_.end()) secrets_.erase(found);
  return {};
}

Result<void> MemoryActs::scan(const std::function<void(std::string_view, std::string_view)>& visit) const {
  std::lock_guard lock(mutex_);
  for (const auto& [name, secret] : secrets_) visit(name, secret);
  return {};
}

}  // namespace citygate
