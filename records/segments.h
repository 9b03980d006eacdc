// segments.h - where records stand in the database: segments of at most a minute and 4,096 records, in order of their
// end, and the rows that lead to them. The bytes of one: segment_columns.h.
//
// Owner     SegmentWriter: the recorder.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/record.h"
#include "base/result.h"
#include "records/database.h"
#include "records/segment_columns.h"

namespace citygate::records {

// No segment spans more of the records' end times than this: a search for a time looks so far ahead of it.
inline constexpr std::chrono::seconds kSegmentSpan{60};

// Writes the segments of one batch, of one family, with their index rows.
class SegmentWriter {
 public:
  explicit SegmentWriter(Family family) : family_(family) {}
  // In order of `end`; borrowed until finish().
  void add(const Record& record, Batch& batch, std::uint64_t& next_sequence);
  void finish(Batch& batch);

 private:
  void close_segment(Batch& batch);
  struct Range {
    RecordId lowest, highest;
    std::vector<std::string> segments;  // keys
  };
  Family family_;
  SegmentBuilder builder_;
  std::string key_;
  WallTime first_{};
  std::map<std::uint64_t, Range> ranges_;  // by incarnation and worker: the ids of one ring in one batch lie together
  std::uint64_t ring_ = 0;
  Range* range_ = nullptr;  // of ring_
};

// The keys of segments that may hold `id`.
[[nodiscard]] Result<std::vector<std::string>> segments_of(const Database& database, Family family, RecordId id);

}  // namespace citygate::records
