// act.h - an administrative act: who did what, to whom, when, by which way and why.
//
// Everything that people decide about the gateway is an act: an acknowledgement, a suspension, a step of a grant, a
// published list, a look at somebody's records. Acts are appended and never changed; what is in force is a fold over
// them (policy/registrar.h). An act's fields are texts by name; docs/acts.md says which kind has which.
//
// Owner     values. ActJournal: whoever opens the state directory (records/ keeps it); MemoryActs in tests.
// Thread    an Act any; ActJournal any, appends one after the other.
// Errors    append: Storage when it cannot be kept, and then nothing of it is.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace citygate {

// Written as words; a kind that is not known any more is refused by name.
enum class ActKind : std::uint8_t {
  // people and what belongs to them
  DepartmentAdd,
  DepartmentChange,
  PersonAdd,     // a person, a device or a guest
  PersonChange,  // department, title, roles, units, supervisor, password, end of a guest's term
  AddressAssign,
  AddressRelease,
  // access
  Suspend,
  Reinstate,
  Separate,           // employment, or a guest's stay, has ended
  Acknowledge,        // the policy's text was read and agreed to
  AcknowledgeAccess,  // so was the second agreement, of those who may see what others did
  // grants
  GrantRequest,
  GrantApprove,
  GrantRefuse,
  GrantWithdraw,  // before its end, or before it is approved
  DownloadHeld,   // its bytes wait, known by their hash
  DownloadRelease,
  DisputeOpen,  // "this was work"
  DisputeDecide,
  // what serves
  PolicyLoad,
  ListPublish,
  ListRollback,
  ListOverride,
  ListOverrideEnd,
  ListRemove,
  // records
  View,  // somebody looked at what a person did
  Hold,
  HoldEnd,
};
inline constexpr ActKind kLastActKind = ActKind::HoldEnd;

[[nodiscard]] std::string_view to_string(ActKind kind);  // "grant-request"
[[nodiscard]] std::optional<ActKind> parse_act_kind(std::string_view word);

using ActFields = std::map<std::string, std::string, std::less<>>;

struct Act {
  std::uint64_t number = 0;  // counts from 1 without gaps; given by the journal
  WallTime time{};           // given by the journal, from the process's clock
  ActKind kind = ActKind::View;
  std::string author;   // a person of the directory, or "gateway" for what it does by itself
  std::string via;      // how the author was known: "control socket, user root", "portal, password"
  std::string reason;   // in the author's words
  std::string subject;  // the name of the person, department, grant or source that it is about; "" for none
  ActFields fields{};

  // "" where the field is missing.
  [[nodiscard]] std::string_view field(std::string_view name) const {
    const auto found = fields.find(name);
    return found == fields.end() ? std::string_view() : std::string_view(found->second);
  }
  friend bool operator==(const Act&, const Act&) = default;
};

class ActJournal {
 public:
  virtual ~ActJournal() = default;
  // All or none, in this order; on the disk when it returns, also after a power cut. Gives numbers and times.
  [[nodiscard]] virtual Result<std::vector<Act>> append(std::vector<Act> acts) = 0;
  // For acts that hold their own number: Refused and retryable, with nothing kept, unless the first of them gets `first`.
  [[nodiscard]] virtual Result<std::vector<Act>> append_as(std::uint64_t first, std::vector<Act> acts);
  // Acts with `from` <= number, ascending, until `visit` returns false.
  [[nodiscard]] virtual Result<void> scan(std::uint64_t from, const std::function<bool(const Act&)>& visit) const = 0;
  [[nodiscard]] virtual std::uint64_t last() const = 0;  // the highest number; 0: none yet
};

// What append_as() says when another act has come between.
[[nodiscard]] std::unexpected<Error> number_taken(std::uint64_t first);

// Texts that acts must not show: hashes of passwords. Kept beside the acts, by name.
class SecretStore {
 public:
  virtual ~SecretStore() = default;
  [[nodiscard]] virtual Result<void> put(std::string_view name, std::string_view secret) = 0;
  [[nodiscard]] virtual Result<void> remove(std::string_view name) = 0;
  [[nodiscard]] virtual Result<void> scan(
      const std::function<void(std::string_view name, std::string_view secret)>& visit) const = 0;
};

// For tests.
class MemoryActs final : public ActJournal, public SecretStore {
 public:
  explicit MemoryActs(const Clock& clock) : clock_(clock) {}
  Result<std::vector<Act>> append(std::vector<Act> acts) override;
  Result<std::vector<Act>> append_as(std::uint64_t first, std::vector<Act> acts) override;
  Result<void> scan(std::uint64_t from, const std::function<bool(const Act&)>& visit) const override;
  std::uint64_t last() const override;
  Result<void> put(std::string_view name, std::string_view secret) override;
  Result<void> remove(std::string_view name) override;
  Result<void> scan(const std::function<void(std::string_view, std::string_view)>& visit) const override;

 private:
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::vector<Act> acts_;                                    // guarded by mutex_
  std::map<std::string, std::string, std::less<>> secrets_;  // guarded by mutex_
};

}  // namespace citygate
