// store.h - db/ of a state directory: record segments, the sealed stream, roll-ups, usage, names, acts. RocksDB stays
// behind it.
//
// Owner     the process that holds the state directory; RocksDB allows one.
// Thread    reading: any. Writing: the recorder alone, one batch at a time; names, acts, secrets: any.
// Errors    Storage with what RocksDB said and what would help ("free space on ..."); a directory of a newer format
//           version is refused by name and left untouched.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/act.h"
#include "base/name_source.h"
#include "base/record.h"
#include "base/result.h"
#include "records/act_journal.h"

namespace citygate::records {

// A record with its own copies of what Record borrows.
class OwnedRecord {
 public:
  explicit OwnedRecord(const Record& record) : record_(record), host_(record.host), path_(record.path) { rebind(); }
  OwnedRecord(const OwnedRecord& other) : record_(other.record_), host_(other.host_), path_(other.path_) { rebind(); }
  OwnedRecord& operator=(const OwnedRecord& other) {
    record_ = other.record_;
    host_ = other.host_;
    path_ = other.path_;
    rebind();
    return *this;
  }
  [[nodiscard]] const Record& get() const { return record_; }

 private:
  void rebind() {
    record_.host = host_;
    record_.path = path_;
  }
  Record record_;
  std::string host_, path_;
};

// All conditions must hold; an empty one always does.
struct RecordQuery {
  WallTime from = WallTime::min(), to = WallTime::max();  // [from, to) by the record's end
  PersonId person{};
  DepartmentId department{};
  CategoryId category{};
  std::string host{};  // the host or a sub-domain of it
  std::optional<Outcome> outcome{};
  bool elsewhere = false;  // only those of people who turned up at two addresses
  std::size_t limit = SIZE_MAX;
};

// Totals of one person, category and local day; what reports are made of.
struct Rollup {
  DepartmentId department;
  std::int32_t day = 0;
  CategoryId category;
  PersonId person;
  std::uint64_t requests = 0;  // exchanges that ended, refused ones included
  std::uint64_t from_client_bytes = 0, to_client_bytes = 0, streaming_bytes = 0;
  std::uint64_t attempts = 0;  // refused user actions
  std::chrono::milliseconds attended_navigation{0}, attended_document{0}, attended_estimated{0};
};

// What sealed exchanges of one group add up to: bare numbers, and nothing by which one of them could be known.
struct SealedSummary {
  std::uint32_t group = 0;
  std::uint64_t exchanges = 0, refused = 0;  // refused: of those, by a verdict before the answer or in the middle of it
  std::uint64_t hours = 0;                   // clock hours in which any of them ran
  std::uint64_t officers = 0;                // different people
};
// Which group a sealed exchange belongs to, by its grant and the department of who made it; nothing: none that was asked
// for.
using SealedGroup = std::function<std::optional<std::uint32_t>(GrantId, DepartmentId)>;

class Store {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Store>> open(const std::filesystem::path& db_directory);
  virtual ~Store() = default;

  [[nodiscard]] virtual NameSource& names() = 0;
  [[nodiscard]] virtual ChainedActs& acts() = 0;
  [[nodiscard]] virtual SecretStore& secrets() = 0;
  // By which acts are dated; the system's where none is set. Borrowed.
  virtual void set_clock(const Clock& clock) = 0;

  // In order of time. `visit` returns false to stop. Never shows sealed records.
  [[nodiscard]] virtual Result<void> scan(const RecordQuery& query,
                                          const std::function<bool(const Record&)>& visit) const = 0;
  // Records added after `cursor` (0: from the beginning), in the order added; moves the cursor. For `follow`.
  [[nodiscard]] virtual Result<void> scan_added(std::uint64_t& cursor, const RecordQuery& query,
                                                const std::function<bool(const Record&)>& visit) const = 0;
  [[nodiscard]] virtual std::uint64_t end_cursor() const = 0;

  // NotFound: no such record. Refused: it is sealed.
  [[nodiscard]] virtual Result<OwnedRecord> find(RecordId id) const = 0;

  [[nodiscard]] virtual Result<void> rollups(DepartmentId department, std::int32_t from_day, std::int32_t to_day,
                                             const std::function<void(const Rollup&)>& visit) const = 0;
  // Sealed exchanges of a department on the days [from_day, to_day], as a bare number.
  [[nodiscard]] virtual Result<std::uint64_t> sealed_count(DepartmentId department, std::int32_t from_day,
                                                           std::int32_t to_day) const = 0;

  // Of those that ended in [from, to), by group, ascending. No record leaves the store. Cost: reads the sealed stream of
  // that time.
  [[nodiscard]] virtual Result<void> sealed_summary(WallTime from, WallTime to, const SealedGroup& group,
                                                    const std::function<void(const SealedSummary&)>& visit) const = 0;

  // For a backup, while everything goes on: a copy that Store::open() takes as it is, in `directory`, which must not
  // exist and whose parent must. It holds all records below the cursor returned and all that they add up to; after
  // Recorder::flush() those are all that were committed before it. Nothing else of the state directory belongs to
  // records/: spools hold only what is not in the store yet, and a restored state begins without any.
  // Takes no longer than hard links do on one file system, else the time of a copy.
  [[nodiscard]] virtual Result<std::uint64_t> copy_to(const std::filesystem::path& directory) = 0;

  // Gives the directory to another process, after Recorder::hand_over(). Until reopen() all that reads or writes says
  // Refused; names that are known already stay known. reopen() is for when that process came to nothing.
  virtual void close() = 0;
  [[nodiscard]] virtual Result<void> reopen() = 0;
};

[[nodiscard]] std::string to_string(RecordId id);  // 16 hex digits
[[nodiscard]] std::optional<RecordId> parse_record_id(std::string_view text);

}  // namespace citygate::records
