// tally.h - counters per person, many people to a row of the database; added to in memory, written as whole rows.
//
//   row     letter | major(8) | group(4) | person / 1024 (4)  →  version | rows: person mod 1024, counters
//
// What major and group mean is the user's; keys sort by them. A block is one row of the database in memory.
// Adding never fails: what is added waits as a difference until load() has the values that stand in the database. So a
// fold that has begun can always be finished, and what cannot be read or written now can be tried again.
// Owner     DatabaseStore, which reports from it; only the ledger adds. Thread: guarded by the store's lock on totals.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "records/database.h"

namespace citygate::records {

using Counters = std::array<std::int64_t, 8>;

// Up to 1,024 people's counters. The place of a person is found without a search.
class TallyBlock {
 public:
  static constexpr std::uint32_t kPeople = 1024;
  [[nodiscard]] Counters& at(std::uint32_t person_in_block);
  // In order of people; leaves out those whose counters are all zero.
  void for_each(const std::function<void(std::uint32_t person_in_block, const Counters&)>& visit) const;
  void add(const TallyBlock& other);
  [[nodiscard]] std::size_t rows() const { return rows_.size(); }

 private:
  std::array<std::uint16_t, kPeople> places_{};  // 0: none, else place + 1
  std::vector<Counters> rows_;
};
[[nodiscard]] std::string encode_block(const TallyBlock& block);
[[nodiscard]] Result<TallyBlock> decode_block(std::string_view value);

class Tally {
 public:
  struct Key {
    std::uint64_t major = 0;
    std::uint32_t group = 0;
    friend constexpr auto operator<=>(const Key&, const Key&) = default;
  };
  Tally(Family family, char letter) : family_(family), letter_(letter) {}

  // What will be added to a person's counters, or their new value. The reference is good until the next call.
  [[nodiscard]] Counters& add(Key key, PersonId person);
  // Reads what is missing for apply(). May be repeated.
  [[nodiscard]] Result<void> load(const Database& database);
  // Writes every changed block into the batch, as a whole. After load().
  void apply(Batch& batch);
  // The counters of one person, with all that was added.
  [[nodiscard]] Result<Counters> value(const Database& database, Key key, PersonId person);
  [[nodiscard]] bool changed() const { return !changed_.empty(); }
  // Forgets what is only a copy of the database, when there is much of it.
  void trim();
  void clear();

  // The database's rows and these as one, for keys in [from, to], in their order. The first step copies from memory,
  // under the lock; the second reads the database without it.
  using Blocks = std::vector<std::pair<std::string, TallyBlock>>;  // by the key of the database
  [[nodiscard]] Result<Blocks> held(const Database& database, Key from, Key to) const;
  using Visit = std::function<void(Key key, PersonId person, const Counters&)>;
  [[nodiscard]] Result<void> visit(const Database& database, Blocks held, Key from, Key to, const Visit& visit) const;

 private:
  struct Place {
    Key key;
    std::uint32_t chunk = 0;  // person / kPeople
    friend constexpr auto operator<=>(const Place&, const Place&) = default;
  };
  struct PlaceHash {
    std::size_t operator()(const Place& place) const noexcept;
  };
  struct Entry {
    TallyBlock block;  // differences until loaded
    bool loaded = false, listed = false;
  };
  [[nodiscard]] std::string row_key(Place place) const;
  [[nodiscard]] Result<void> load(const Database& database, Place place, Entry& entry) const;

  const Family family_;
  const char letter_;
  std::unordered_map<Place, Entry, PlaceHash> entries_;
  std::vector<std::pair<const Place, Entry>*> changed_;
};

}  // namespace citygate::records
