#include "records/segments.h"

#include <algorithm>

#include "meter/varint.h"
#include "records/keys.h"

namespace citygate::records {
namespace {

using meter::VarintReader;

}  // namespace

void SegmentWriter::add(const Record& record, Batch& batch, std::uint64_t& next_sequence) {
  if (builder_.count() == kSegmentRecords || (builder_.count() != 0 && record.end - first_ >= kSegmentSpan))
    close_segment(batch);
  if (builder_.count() == 0) {
    first_ = record.end;
    key_ = keys::segment(first_, next_sequence++);
  }
  builder_.add(record);

  if (range_ == nullptr || ring_ != record.id.value >> 40) {
    ring_ = record.id.value >> 40;
    range_ =
        &ranges_.try_emplace(ring_, Range{.lowest = record.id, .highest = record.id, .segments = {}}).first->second;
  }
  range_->lowest = std::min(range_->lowest, record.id);
  range_->highest = std::max(range_->highest, record.id);
  if (range_->segments.empty() || range_->segments.back() != key_) range_->segments.push_back(key_);
}

void SegmentWriter::close_segment(Batch& batch) {
  // Each family numbers its own rows, though the numbers are taken from one row of them: who follows the records does
  // not even learn that something sealed came.
  batch.put(family_, keys::added(keys::segment_sequence(key_)), key_);
  batch.put(family_, key_, builder_.finish());
}

void SegmentWriter::finish(Batch& batch) {
  if (builder_.count() != 0) close_segment(batch);
  for (const auto& [ring, range] : ranges_) {
    std::string value;
    meter::append_varint(value, range.highest.value - range.lowest.value);
    for (const auto& key : range.segments) value += key;
    batch.put(family_, keys::index(range.lowest), std::move(value));
  }
  ranges_.clear();
  range_ = nullptr;
}

Result<std::vector<std::string>> segments_of(const Database& database, Family family, RecordId id) {
  CG_TRY(row, database.last(family, keys::index({id.value >> 40 << 40}), keys::index(id)));
  std::vector<std::string> out;
  if (!row) return out;
  VarintReader in(row->value);
  const std::uint64_t highest = keys::number(row->key, 1, 8) + in.number();
  if (!in.ok() || in.left() % keys::kSegmentKeyBytes != 0)
    return fail(Error::Kind::Malformed, "an index row of the records is damaged");
  if (id.value > highest) return out;
  while (!in.done()) out.emplace_back(in.bytes(keys::kSegmentKeyBytes));
  return out;
}

}  // namespace citygate::records
