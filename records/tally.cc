#include "records/tally.h"

#include <algorithm>
#include <utility>

#include "meter/varint.h"
#include "records/key_bytes.h"

namespace citygate::records {
namespace {

constexpr std::uint64_t kVersion = 2;
constexpr std::size_t kKeep = 500'000;  // rows; 64 bytes each
constexpr std::size_t kKeyBytes = 17;

}  // namespace

Counters& TallyBlock::at(std::uint32_t person_in_block) {
  std::uint16_t& place = places_[person_in_block];
  if (place == 0) {
    rows_.emplace_back();
    place = static_cast<std::uint16_t>(rows_.size());
  }
  return rows_[place - 1u];
}

void TallyBlock::for_each(const std::function<void(std::uint32_t, const Counters&)>& visit) const {
  for (std::uint32_t person = 0; person < kPeople; ++person)
    if (places_[person] != 0 && rows_[places_[person] - 1u] != Counters{}) visit(person, rows_[places_[person] - 1u]);
}

void TallyBlock::add(const TallyBlock& other) {
  other.for_each([&](std::uint32_t person, const Counters& counters) {
    Counters& mine = at(person);
    for (std::size_t i = 0; i < mine.size(); ++i) mine[i] += counters[i];
  });
}

// Most people use few of the counters: a byte says which.
std::string encode_block(const TallyBlock& block) {
  std::string out;
  out.reserve(16 + 12 * block.rows());
  meter::append_varint(out, kVersion);
  std::uint32_t next = 0;
  block.for_each([&](std::uint32_t person, const Counters& counters) {
    char row[2 * meter::kMaxVarint + sizeof(Counters) / sizeof counters[0] * meter::kMaxVarint];
    char* at = meter::put_varint(row, person - next);
    next = person + 1;
    char* const used = at++;
    *used = 0;
    for (std::size_t i = 0; i < counters.size(); ++i) {
      if (counters[i] == 0) continue;
      *used = static_cast<char>(*used | 1 << i);
      at = meter::put_varint(at, meter::fold_sign(counters[i]));
    }
    out.append(row, at);
  });
  return out;
}

Result<TallyBlock> decode_block(std::string_view value) {
  TallyBlock out;
  meter::VarintReader in(value);
  bool ok = in.number() == kVersion;
  for (std::uint64_t person = 0; ok && !in.done(); ++person) {
    person += in.small<std::uint16_t>();
    const auto used = in.bytes(1);
    ok = person < TallyBlock::kPeople && in.ok();
    if (!ok) break;
    Counters& counters = out.at(static_cast<std::uint32_t>(person));
    for (std::size_t i = 0; i < counters.size(); ++i)
      if (static_cast<unsigned char>(used[0]) >> i & 1) counters[i] = in.signed_number();
  }
  if (!ok || !in.ok()) return fail(Error::Kind::Malformed, "a row of totals is damaged, or of a newer version");
  return out;
}

std::size_t Tally::PlaceHash::operator()(const Place& place) const noexcept {
  const std::uint64_t minor = std::uint64_t{place.key.group} << 32 | place.chunk;
  std::uint64_t mixed = (place.key.major * 0x9e3779b97f4a7c15u) ^ (minor * 0xc2b2ae3d27d4eb4fu);
  mixed ^= mixed >> 32;
  return static_cast<std::size_t>(mixed * 0x9e3779b97f4a7c15u);
}

std::string Tally::row_key(Place place) const {
  std::string key(1, letter_);
  keys::append(key, place.key.major, 8);
  keys::append(key, place.key.group, 4);
  keys::append(key, place.chunk, 4);
  return key;
}

Counters& Tally::add(Key key, PersonId person) {
  auto& entry = *entries_.try_emplace({.key = key, .chunk = person.value / TallyBlock::kPeople}).first;
  if (!entry.second.listed) {
    entry.second.listed = true;
    changed_.push_back(&entry);
  }
  return entry.second.block.at(person.value % TallyBlock::kPeople);
}

Result<void> Tally::load(const Database& database, Place place, Entry& entry) const {
  if (entry.loaded) return {};
  CG_TRY(held, database.get(family_, row_key(place)));
  if (held) {
    CG_TRY(block, decode_block(*held));
    entry.block.add(block);
  }
  entry.loaded = true;
  return {};
}

Result<void> Tally::load(const Database& database) {
  for (auto* each : changed_) CG_TRY_VOID(load(database, each->first, each->second));
  return {};
}

void Tally::apply(Batch& batch) {
  for (auto* each : changed_) {
    CG_CHECK(each->second.loaded);
    each->second.listed = false;
    batch.put(family_, row_key(each->first), encode_block(each->second.block));
  }
  changed_.clear();
}

Result<Counters> Tally::value(const Database& database, Key key, PersonId person) {
  const Place place{.key = key, .chunk = person.value / TallyBlock::kPeople};
  Entry& entry = entries_.try_emplace(place).first->second;
  CG_TRY_VOID(load(database, place, entry));
  return entry.block.at(person.value % TallyBlock::kPeople);
}

void Tally::trim() {
  if (!changed_.empty()) return;
  std::size_t rows = 0;
  for (const auto& [place, entry] : entries_) rows += entry.block.rows();
  if (rows > kKeep) entries_.clear();
}

void Tally::clear() {
  entries_.clear();
  changed_.clear();
}

Result<Tally::Blocks> Tally::held(const Database& database, Key from, Key to) const {
  Blocks out;
  for (const auto& [place, entry] : entries_) {
    if (place.key < from || to < place.key) continue;
    Entry whole = entry;
    CG_TRY_VOID(load(database, place, whole));
    out.emplace_back(row_key(place), std::move(whole.block));
  }
  std::ranges::sort(out, {}, &Blocks::value_type::first);
  return out;
}

Result<void> Tally::visit(const Database& database, Blocks held, Key from, Key to, const Visit& visit) const {
  const auto tell = [&](std::string_view key, const TallyBlock& block) {
    const Key where{.major = keys::number(key, 1, 8), .group = static_cast<std::uint32_t>(keys::number(key, 9, 4))};
    const auto first = static_cast<std::uint32_t>(keys::number(key, 13, 4)) * TallyBlock::kPeople;
    block.for_each([&](std::uint32_t person, const Counters& counters) { visit(where, {first + person}, counters); });
  };
  auto next = held.begin();
  const auto tell_before = [&](std::string_view key) {
    for (; next != held.end() && next->first < key; ++next) tell(next->first, next->second);
  };
  Result<void> read;
  CG_TRY_VOID(database.scan(family_, row_key({.key = from, .chunk = 0}),
                            keys::after(row_key({.key = to, .chunk = UINT32_MAX})),
                            [&](std::string_view key, std::string_view value) {
                              if (key.size() != kKeyBytes) return true;
                              tell_before(key);
                              if (next != held.end() && next->first == key) return true;  // memory has the newer
                              auto block = decode_block(value);
                              if (!block) {
                                read = std::unexpected(block.error());
                                return false;
                              }
                              tell(key, *block);
                              return true;
                            }));
  CG_TRY_VOID(std::move(read));
  tell_before(std::string_view("\xff\xff", 2));
  return {};
}

}  // namespace citygate::records
