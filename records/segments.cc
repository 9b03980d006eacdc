#include "records/segments.h"

#include <algorithm>
#include <cstring>

#include "meter/varint.h"
#include "records/keys.h"
#include "records/record_codec.h"

namespace citygate::records {
namespace {

constexpr std::uint64_t kVersion = 1;
using meter::VarintReader;

}  // namespace

void SegmentWriter::add(const Record& record, std::string_view bytes) {
  if (count_ != 0 && (count_ == kSegmentRecords || record.end - first_ >= kSegmentSpan)) close_segment();
  if (count_ == 0) {
    first_ = record.end;
    key_ = keys::segment(first_, next_sequence_++);
  }
  ++count_;
  meter::append_varint(body_, bytes.size());
  body_ += bytes;
  const std::uint32_t sum = checksum32(bytes);
  char raw[sizeof sum];
  std::memcpy(raw, &sum, sizeof sum);
  body_.append(raw, sizeof raw);

  auto [at, fresh] =
      ranges_.try_emplace(record.id.value >> 40, Range{.lowest = record.id, .highest = record.id, .segments = {}});
  Range& range = at->second;
  range.lowest = std::min(range.lowest, record.id);
  range.highest = std::max(range.highest, record.id);
  if (range.segments.empty() || range.segments.back() != key_) range.segments.push_back(key_);
}

void SegmentWriter::close_segment() {
  std::string value;
  value.reserve(body_.size() + 8);
  meter::append_varint(value, kVersion);
  meter::append_varint(value, count_);
  value += body_;
  // Sealed segments have no row here: who follows the records does not even learn that something came.
  if (family_ == Family::Traffic) batch_.put(family_, keys::added(keys::segment_sequence(key_)), key_);
  batch_.put(family_, key_, std::move(value));
  body_.clear();
  count_ = 0;
}

void SegmentWriter::finish() {
  if (count_ != 0) close_segment();
  for (const auto& [ring, range] : ranges_) {
    std::string value;
    meter::append_varint(value, range.highest.value - range.lowest.value);
    for (const auto& key : range.segments) value += key;
    batch_.put(family_, keys::index(range.lowest), std::move(value));
  }
  ranges_.clear();
}

SegmentReader::SegmentReader(std::string_view value) {
  VarintReader in(value);
  ok_ = in.number() == kVersion;
  left_ = in.number();
  ok_ = ok_ && in.ok();
  rest_ = value.substr(value.size() - in.left());
}

bool SegmentReader::next(Record& out) {
  if (!ok_ || left_ == 0) return false;
  VarintReader in(rest_);
  const std::string_view bytes = in.bytes(in.number());
  const std::string_view sum = in.bytes(sizeof(std::uint32_t));
  std::uint32_t expected = 0;
  ok_ = in.ok();
  if (ok_) std::memcpy(&expected, sum.data(), sizeof expected);
  ok_ = ok_ && checksum32(bytes) == expected && decode_record(bytes, out);
  rest_ = rest_.substr(rest_.size() - in.left());
  --left_;
  read_ += ok_ ? 1 : 0;
  return ok_;
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
