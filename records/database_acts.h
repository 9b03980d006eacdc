// database_acts.h - acts, and the texts that acts must not show, in the family "acts" of the database.
//
// append: one batch of lines, their hashes and the new head, synced before it returns. After a write that failed, the
// database is brought back to work and the batch written once more; then it is an error, and what a disk may have kept of
// it all the same is overwritten or removed by the next append.
// Owner     DatabaseStore. Thread, errors: see act_journal.h. Cost: two syncs of the disk for each append.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "records/act_journal.h"
#include "records/acts_mark.h"
#include "records/database.h"

namespace citygate::records {

class DatabaseActs final : public ChainedActs {
 public:
  explicit DatabaseActs(Database& database) : database_(database) {}
  void set_clock(const Clock& clock) { clock_ = &clock; }
  void set_mark(ActsMark mark) { mark_ = std::move(mark); }  // before load()
  // Anew, if it was done before. A damaged end is no error here, so that the store can still be opened to look at it.
  [[nodiscard]] Result<void> load();

  Result<std::vector<Act>> append(std::vector<Act> acts) override { return append_as(0, std::move(acts)); }
  Result<std::vector<Act>> append_as(std::uint64_t first, std::vector<Act> acts) override;  // 0: any number
  Result<void> scan(std::uint64_t from, const std::function<bool(const Act&)>& visit) const override;
  Result<void> scan_links(std::uint64_t from, const std::function<bool(const ActLink&)>& visit) const override;
  std::uint64_t last() const override { return last_.load(std::memory_order_acquire); }
  Result<ActHead> head() const override;

 private:
  // A few acts at a time: a visitor may be slow, and what it calls may read or append. `bytes` is doubled, so that who
  // wants one act does not read a thousand.
  [[nodiscard]] Result<std::vector<Database::Entry>> chunk(std::uint64_t from, std::size_t& bytes) const;
  [[nodiscard]] Result<void> write(Batch batch, std::uint64_t upto);
  [[nodiscard]] Result<void> sound() const;  // inside mutex_
  [[nodiscard]] Result<ActHash> hash_before(std::uint64_t number) const;
  [[nodiscard]] std::string damage_behind_mark() const;  // inside mutex_

  Database& database_;
  const SystemClock system_clock_;
  std::atomic<const Clock*> clock_ = &system_clock_;
  std::atomic<std::uint64_t> last_ = 0;
  mutable std::mutex mutex_;  // held while an append waits for the disk
  // guarded by mutex_
  std::optional<ActsMark> mark_;
  std::string damage_;  // "": none is known
  ActHead head_;
  WallTime last_time_ = WallTime::min();
  std::uint64_t failed_upto_ = 0;  // of an append that failed: the highest number in it
};

class DatabaseSecrets final : public SecretStore {
 public:
  explicit DatabaseSecrets(Database& database) : database_(database) {}
  Result<void> put(std::string_view name, std::string_view secret) override;
  Result<void> remove(std::string_view name) override;
  Result<void> scan(const std::function<void(std::string_view, std::string_view)>& visit) const override;

 private:
  Database& database_;
};

}  // namespace citygate::records
