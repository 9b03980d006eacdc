#include "records/tally.h"

#include "meter/varint.h"

namespace citygate::records {
namespace {

constexpr std::uint64_t kVersion = 1;
constexpr std::size_t kKeep = 200'000;  // keys; about 50 MB

}  // namespace

// Trailing zeros are left out: most keys use few of the counters.
std::string encode_counters(const Counters& counters) {
  std::string out;
  meter::append_varint(out, kVersion);
  std::size_t used = counters.size();
  while (used > 0 && counters[used - 1] == 0) --used;
  for (std::size_t i = 0; i < used; ++i) meter::append_signed(out, counters[i]);
  return out;
}

Result<Counters> decode_counters(std::string_view value) {
  Counters out{};
  meter::VarintReader in(value);
  bool ok = in.number() == kVersion;
  for (std::size_t i = 0; ok && !in.done(); ++i) {
    ok = i < out.size();
    if (ok) out[i] = in.signed_number();
  }
  if (!ok || !in.ok()) return fail(Error::Kind::Malformed, "a row of totals is damaged, or of a newer version");
  return out;
}

Counters& Tally::add(const std::string& key) {
  auto& entry = *entries_.try_emplace(key).first;
  if (!entry.second.listed) {
    entry.second.listed = true;
    changed_.push_back(&entry);
  }
  return entry.second.added;
}

Result<void> Tally::load(const Database& database, const std::string& key, Entry& entry) const {
  if (entry.loaded) return {};
  CG_TRY(held, database.get(family_, key));
  if (held) {
    CG_TRY(counters, decode_counters(*held));
    entry.base = counters;
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
    Entry& entry = each->second;
    CG_CHECK(entry.loaded);
    for (std::size_t i = 0; i < entry.base.size(); ++i) entry.base[i] += entry.added[i];
    entry.added = {};
    entry.listed = false;
    batch.put(family_, each->first, encode_counters(entry.base));
  }
  changed_.clear();
}

Result<Counters> Tally::value(const Database& database, const std::string& key) {
  Entry& entry = entries_.try_emplace(key).first->second;
  CG_TRY_VOID(load(database, key, entry));
  Counters out = entry.base;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] += entry.added[i];
  return out;
}

void Tally::trim() {
  if (changed_.empty() && entries_.size() > kKeep) entries_.clear();
}

}  // namespace citygate::records
