// database.h - db/ as families of sorted keys, written in whole batches. RocksDB stays behind database.cc.
//
// Thread    any. The recorder is the only writer besides names.
// Kill      a batch that write() took is kept; power: only what sync() followed is sure.
// Errors    Storage, with what the database said and what would help. After a failed write nothing more is taken until
//           recover() has worked; a batch whose write failed may be written again as it is, because batches hold values
//           and never differences.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace citygate::records {

// Families stand on disk by name; see docs/record_format.md.
enum class Family : std::uint8_t { Traffic, Sealed, Rollups, Usage, Meta, Acts };
inline constexpr std::array<std::string_view, 6> kFamilyNames = {"traffic", "sealed", "rollups",
                                                                 "usage",   "meta",   "acts"};

class Batch {
 public:
  struct Change {
    Family family;
    std::string key;
    std::optional<std::string> value;  // none: the key goes
  };
  void put(Family family, std::string key, std::string value) {
    bytes_ += key.size() + value.size();
    changes_.push_back({family, std::move(key), std::move(value)});
  }
  void remove(Family family, std::string key) { changes_.push_back({family, std::move(key), std::nullopt}); }
  void clear() {
    changes_.clear();
    bytes_ = 0;
  }
  [[nodiscard]] bool empty() const { return changes_.empty(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] const std::vector<Change>& changes() const { return changes_; }

 private:
  std::vector<Change> changes_;
  std::size_t bytes_ = 0;
};

class Database {
 public:
  enum class Durability : std::uint8_t { Kill, PowerLoss };

  // Refuses, untouched, a directory of a newer format. One of an older format that is still read becomes one of today's.
  [[nodiscard]] static Result<std::unique_ptr<Database>> open(const std::filesystem::path& directory);
  virtual ~Database() = default;

  [[nodiscard]] virtual Result<std::optional<std::string>> get(Family family, std::string_view key) const = 0;
  // Keys in [from, to), ascending, until `visit` returns false. `to` empty: to the end. Views last for the call.
  using Visit = std::function<bool(std::string_view key, std::string_view value)>;
  [[nodiscard]] virtual Result<void> scan(Family family, std::string_view from, std::string_view to,
                                          const Visit& visit) const = 0;
  // The last key in [from, upto].
  struct Entry {
    std::string key, value;
  };
  [[nodiscard]] virtual Result<std::optional<Entry>> last(Family family, std::string_view from,
                                                          std::string_view upto) const = 0;

  [[nodiscard]] virtual Result<void> write(const Batch& batch, Durability durability) = 0;
  [[nodiscard]] virtual Result<void> sync() = 0;
  // Brings a database that has failed to write back to work, by its own means or by opening it again.
  [[nodiscard]] virtual Result<void> recover() = 0;

  // Lets another process open the directory: until reopen(), every call but close() fails.
  virtual void close() = 0;
  [[nodiscard]] virtual Result<void> reopen() = 0;
  // A copy of all that is written, which can be opened as it is, in a directory that must not exist yet. Goes on beside
  // reading and writing; shares files with the original where both are on one file system.
  [[nodiscard]] virtual Result<void> copy_to(const std::filesystem::path& directory) = 0;
};

}  // namespace citygate::records
