// segments.h - many records in one value: those of one drain, in order of their end, at most a minute and 4,096 of
// them.
//
//   segment   version | count | count × ( length | record | checksum32 )
//
// Owner     SegmentWriter: the recorder. SegmentReader: whoever reads; its records' views point into the value.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/record.h"
#include "base/result.h"
#include "records/database.h"

namespace citygate::records {

// No segment spans more of the records' end times than this: a search for a time looks so far ahead of it.
inline constexpr std::chrono::seconds kSegmentSpan{60};
inline constexpr std::size_t kSegmentRecords = 4096;

// Writes the segments of one batch, of one family, with their index rows.
class SegmentWriter {
 public:
  SegmentWriter(Family family, Batch& batch, std::uint64_t& next_sequence)
      : family_(family), batch_(batch), next_sequence_(next_sequence) {}
  // In order of `end`. `bytes` is the encoded record.
  void add(const Record& record, std::string_view bytes);
  void finish();

 private:
  void close_segment();
  struct Range {
    RecordId lowest, highest;
    std::vector<std::string> segments;  // keys
  };
  Family family_;
  Batch& batch_;
  std::uint64_t& next_sequence_;
  std::string body_;
  std::string key_;
  std::size_t count_ = 0;
  WallTime first_{};
  std::map<std::uint64_t, Range> ranges_;  // by incarnation and worker: the ids of one ring in one batch lie together
};

class SegmentReader {
 public:
  explicit SegmentReader(std::string_view value);
  // False at the end, and when the segment is damaged: then ok() says so.
  [[nodiscard]] bool next(Record& out);
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::size_t read() const { return read_; }  // records so far

 private:
  std::string_view rest_;
  std::uint64_t left_ = 0;
  std::size_t read_ = 0;
  bool ok_ = true;
};

// The keys of segments that may hold `id`.
[[nodiscard]] Result<std::vector<std::string>> segments_of(const Database& database, Family family, RecordId id);

}  // namespace citygate::records
