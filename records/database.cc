#include "records/database.h"

#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <mutex>
#include <shared_mutex>

#include "base/file.h"

namespace citygate::records {
namespace {

constexpr int kFormat = 3, kOldestFormat = 2;  // 3 has the family acts
constexpr std::string_view kFormatFile = "FORMAT";
constexpr std::string_view kFormatLine = "citygate records ";

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view view(const rocksdb::Slice& text) { return {text.data(), text.size()}; }

std::unexpected<Error> storage(const std::filesystem::path& directory, std::string_view what,
                               const rocksdb::Status& status) {
  std::string text = std::string(what) + " " + directory.string() + ": " + status.ToString();
  if (status.IsNoSpace()) text += "; free space there, or move it to a larger disk";
  if (status.IsCorruption() || status.IsNotFound() || status.IsPathNotFound() || status.IsInvalidArgument())
    text +=
        "; files there are damaged, none was changed: put a backup back, or move this directory away to begin with "
        "no records";
  if (status.IsIOError() && status.ToString().find("lock") != std::string::npos)
    text += "; another process holds this directory: stop it, or ask it through its socket";
  return fail(Error::Kind::Storage, std::move(text));
}

// Without this file RocksDB would begin a new database, and remove what is left of the old one.
Result<void> check_current(const std::filesystem::path& directory) {
  std::error_code error;
  if (std::filesystem::exists(directory / "CURRENT", error)) return {};
  for (std::filesystem::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    const auto kind = it->path().extension();
    if (kind == ".sst" || kind == ".log")
      return fail(Error::Kind::Storage, (directory / "CURRENT").string() +
                                            " is missing beside records; nothing there was changed: put a "
                                            "backup back, or move this directory away to begin with no records");
  }
  return {};
}

// The file is read before RocksDB touches anything, so that an older program leaves a newer directory as it is.
Result<void> check_format(const std::filesystem::path& directory) {
  const auto path = directory / kFormatFile;
  auto text = read_file(path, 4096);
  std::error_code ignored;
  if (!text && text.error().kind == Error::Kind::NotFound) {
    if (std::filesystem::exists(directory / "CURRENT", ignored))
      return fail(Error::Kind::Storage, path.string() + " is missing beside a database: not one of ours, or damaged");
    return replace_file(path, std::string(kFormatLine) + std::to_string(kFormat) + "\n");
  }
  if (!text) return std::unexpected(text.error());
  int format = 0;
  if (!text->starts_with(kFormatLine) ||
      std::from_chars(text->data() + kFormatLine.size(), text->data() + text->size(), format).ec != std::errc{} ||
      format < 1)
    return fail(Error::Kind::Malformed, path.string() + " does not name a format; expected '" +
                                            std::string(kFormatLine) + std::to_string(kFormat) + "'");
  if (format > kFormat)
    return fail(Error::Kind::Refused, directory.string() + " is of format " + std::to_string(format) +
                                          "; this program knows formats up to " + std::to_string(kFormat) +
                                          ": use a newer one (nothing was changed)");
  if (format < kOldestFormat)
    return fail(Error::Kind::Refused, directory.string() + " is of format " + std::to_string(format) +
                                          ", which no released program wrote; begin a new state directory");
  // Before the new family is made: an older program then says that the format is newer, instead of tripping over that.
  if (format < kFormat) return replace_file(path, std::string(kFormatLine) + std::to_string(kFormat) + "\n");
  return {};
}

rocksdb::ColumnFamilyOptions family_options(Family family) {
  rocksdb::ColumnFamilyOptions options;
  rocksdb::BlockBasedTableOptions table;
  const bool segments = family == Family::Traffic || family == Family::Sealed;
  // Segments are read in long runs, and are packed already; the other families are looked up key by key.
  table.block_size = segments ? 64 << 10 : 8 << 10;
  table.format_version = 5;
  if (!segments) table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.compression = segments ? rocksdb::kNoCompression : rocksdb::kZSTD;
  options.write_buffer_size = segments ? 32 << 20 : 8 << 20;
  return options;
}

// RocksDB's own log file is no use on a full disk: after its first failed write the next one trips over an assertion,
// which Debian's build keeps, and takes the process along. Whatever matters comes back as a Status.
class NoLog final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

class RocksDatabase final : public Database {
 public:
  explicit RocksDatabase(std::filesystem::path directory) : directory_(std::move(directory)) {}
  ~RocksDatabase() override { close_files(); }

  Result<void> open_files() {
    CG_TRY_VOID(check_current(directory_));
    rocksdb::DBOptions options;
    options.create_if_missing = true;
    options.create_missing_column_families = true;
    options.max_background_jobs = 2;
    options.max_open_files = 256;
    options.info_log = std::make_shared<NoLog>();
    options.stats_dump_period_sec = 0;  // nobody reads what these would gather every ten minutes
    options.stats_persist_period_sec = 0;
    options.max_total_wal_size = 64 << 20;
    std::vector<rocksdb::ColumnFamilyDescriptor> families{{rocksdb::kDefaultColumnFamilyName, {}}};
    for (std::size_t i = 0; i < kFamilyNames.size(); ++i)
      families.emplace_back(std::string(kFamilyNames[i]), family_options(static_cast<Family>(i)));
    add_strange_families(options, families);
    rocksdb::DB* db = nullptr;
    handles_.clear();
    const auto status = rocksdb::DB::Open(options, directory_.string(), families, &handles_, &db);
    if (!status.ok()) return storage(directory_, "open", status);
    db_.reset(db);
    return {};
  }

  Result<std::optional<std::string>> get(Family family, std::string_view key) const override {
    std::shared_lock lock(mutex_);
    if (!db_) return closed();
    std::string value;
    const auto status = db_->Get({}, handle(family), slice(key), &value);
    if (status.IsNotFound()) return std::nullopt;
    if (!status.ok()) return storage(directory_, "read from", status);
    return value;
  }

  Result<void> scan(Family family, std::string_view from, std::string_view to, const Visit& visit) const override {
    std::shared_lock lock(mutex_);
    if (!db_) return closed();
    rocksdb::ReadOptions options;
    const rocksdb::Slice bound = slice(to);
    if (!to.empty()) options.iterate_upper_bound = &bound;
    options.readahead_size = 0;
    std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(options, handle(family)));
    for (it->Seek(slice(from)); it->Valid(); it->Next())
      if (!visit(view(it->key()), view(it->value()))) return {};
    if (!it->status().ok()) return storage(directory_, "read from", it->status());
    return {};
  }

  Result<std::optional<Entry>> last(Family family, std::string_view from, std::string_view upto) const override {
    std::shared_lock lock(mutex_);
    if (!db_) return closed();
    std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator({}, handle(family)));
    it->SeekForPrev(slice(upto));
    if (!it->status().ok()) return storage(directory_, "read from", it->status());
    if (!it->Valid() || view(it->key()) < from) return std::nullopt;
    return Entry{.key = it->key().ToString(), .value = it->value().ToString()};
  }

  Result<void> write(const Batch& batch, Durability durability) override {
    std::shared_lock lock(mutex_);
    if (!db_) return closed();
    rocksdb::WriteBatch out(batch.bytes() + 64 * batch.changes().size());
    for (const auto& change : batch.changes()) {
      const auto status = change.value ? out.Put(handle(change.family), slice(change.key), slice(*change.value))
                                       : out.Delete(handle(change.family), slice(change.key));
      if (!status.ok()) return storage(directory_, "write to", status);
    }
    rocksdb::WriteOptions options;
    options.sync = durability == Durability::PowerLoss;
    const auto status = db_->Write(options, &out);
    if (!status.ok()) return storage(directory_, "write to", status);
    resumed_ = false;
    return {};
  }

  Result<void> sync() override {
    std::shared_lock lock(mutex_);
    if (!db_) return closed();
    const auto status = db_->FlushWAL(true);
    if (!status.ok()) return storage(directory_, "sync", status);
    return {};
  }

  // A full disk is what RocksDB itself calls soft: Resume() ends it. What it calls fatal (a file limit, an I/O error in
  // the log) it never takes back, but its files are whole up to the last good batch: opening them again reads those. So
  // is done as well when a resumed one failed again.
  Result<void> recover() override {
    std::unique_lock lock(mutex_);
    if (given_up_) return closed();
    if (db_ && !resumed_ && db_->Resume().ok()) {
      resumed_ = true;
      return {};
    }
    resumed_ = false;
    close_files();
    return open_files();
  }

  void close() override {
    std::unique_lock lock(mutex_);
    close_files();
    given_up_ = true;
  }
  Result<void> reopen() override {
    std::unique_lock lock(mutex_);
    if (!given_up_) return {};
    CG_TRY_VOID(open_files());
    given_up_ = false;
    return {};
  }

  Result<void> copy_to(const std::filesystem::path& target) override {
    std::shared_lock lock(mutex_);
    if (!db_) return closed();
    std::error_code error;
    if (std::filesystem::exists(target, error))
      return fail(Error::Kind::Refused, target.string() + " exists already; name a directory that does not");
    rocksdb::Checkpoint* made = nullptr;
    auto status = rocksdb::Checkpoint::Create(db_.get(), &made);
    const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
    // It writes beside and renames, so `target` is whole or not there; then the log is copied, not flushed.
    if (status.ok()) status = checkpoint->CreateCheckpoint(target.string(), UINT64_MAX);
    if (!status.ok()) return storage(directory_, "copy " + target.string() + " from", status);
    return replace_file(target / kFormatFile, std::string(kFormatLine) + std::to_string(kFormat) + "\n");
  }

 private:
  // RocksDB opens all families or none. A newer program that was to take over, and did not, may have added some: this
  // one, which goes on, leaves them as they are.
  void add_strange_families(const rocksdb::DBOptions& options,
                            std::vector<rocksdb::ColumnFamilyDescriptor>& families) const {
    std::vector<std::string> there;
    if (!rocksdb::DB::ListColumnFamilies(options, directory_.string(), &there).ok()) return;  // a new one has none
    for (const auto& name : there)
      if (std::ranges::find(families, name, &rocksdb::ColumnFamilyDescriptor::name) == families.end())
        families.emplace_back(name, rocksdb::ColumnFamilyOptions());
  }
  std::unexpected<Error> closed() const {
    if (given_up_)
      return fail(Error::Kind::Refused, "the database in " + directory_.string() + " was handed to another process");
    return fail(Error::Kind::Storage, "the database in " + directory_.string() +
                                          " could not be opened again after it had failed; free space there");
  }
  rocksdb::ColumnFamilyHandle* handle(Family family) const { return handles_[static_cast<std::size_t>(family) + 1]; }
  void close_files() {
    if (!db_) return;
    for (auto* each : handles_) db_->DestroyColumnFamilyHandle(each);
    handles_.clear();
    // Its own status says only what earlier writes have said already.
    static_cast<void>(db_->Close());
    db_.reset();
  }

  const std::filesystem::path directory_;
  mutable std::shared_mutex mutex_;    // held alone only while the files are closed or opened again
  bool given_up_ = false;              // by close(); guarded by mutex_
  std::atomic<bool> resumed_ = false;  // and no write has worked since
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;  // the default family, Family's, then strange ones
};

}  // namespace

Result<std::unique_ptr<Database>> Database::open(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return fail(Error::Kind::Storage, "create " + directory.string() + ": " + error.message());
  CG_TRY_VOID(check_format(directory));
  auto database = std::make_unique<RocksDatabase>(directory);
  CG_TRY_VOID(database->open_files());
  // The same number inside: a directory that was put together from two is noticed.
  CG_TRY(held, database->get(Family::Meta, "format"));
  const bool older = held && *held == std::to_string(kOldestFormat);
  if (!held || older) {
    Batch batch;
    batch.put(Family::Meta, "format", std::to_string(kFormat));
    CG_TRY_VOID(database->write(batch, Durability::PowerLoss));
  } else if (*held != std::to_string(kFormat)) {
    return fail(Error::Kind::Refused, directory.string() + " holds records of format " + *held + ", but its " +
                                          std::string(kFormatFile) + " file says " + std::to_string(kFormat));
  }
  return std::unique_ptr<Database>(std::move(database));
}

}  // namespace citygate::records
