// tally.h - counters under keys of the database, added to in memory and written as whole values.
//
// Adding never fails: what is added waits as a difference until load() has the value that stands in the database. So a
// fold that has begun can always be finished, and what cannot be read or written now can be tried again.
// Owner     the ledger. Thread: the recorder's.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "records/database.h"

namespace citygate::records {

using Counters = std::array<std::int64_t, 8>;
[[nodiscard]] std::string encode_counters(const Counters& counters);
[[nodiscard]] Result<Counters> decode_counters(std::string_view value);

class Tally {
 public:
  explicit Tally(Family family) : family_(family) {}

  // What will be added to `key`'s counters. The reference is good until the next call.
  [[nodiscard]] Counters& add(const std::string& key);
  // Reads what is missing for apply(). May be repeated.
  [[nodiscard]] Result<void> load(const Database& database);
  // Writes every changed key's new value into the batch. After load().
  void apply(Batch& batch);
  // The counters of one key, with all that was added.
  [[nodiscard]] Result<Counters> value(const Database& database, const std::string& key);
  // Drops what is only a copy of the database, when there is much of it. Nothing may wait for apply().
  void trim();

 private:
  struct Entry {
    Counters base{}, added{};
    bool loaded = false, listed = false;
  };
  Result<void> load(const Database& database, const std::string& key, Entry& entry) const;

  Family family_;
  std::unordered_map<std::string, Entry> entries_;
  std::vector<std::pair<const std::string, Entry>*> changed_;
};

}  // namespace citygate::records
