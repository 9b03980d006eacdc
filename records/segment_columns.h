// segment_columns.h - many records as one value, by columns, and back. Bytes: docs/record_format.md.
//
// What is the same in many records (the shape of an exchange, who asked, host, path) stands once in a dictionary of the
// segment; the rest are differences, each kind in a column of its own; all of it is one zstd frame.
// Owner     SegmentBuilder: the recorder; one for its life, because its tables and the compressor's are large.
//           SegmentReader: whoever reads; its records' views point into it.
// Cost      about 0.3 us a record to build at full segments, half of that to read.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/record.h"

namespace citygate::records {

inline constexpr std::size_t kSegmentRecords = 4096;

class SegmentBuilder {
 public:
  SegmentBuilder();
  ~SegmentBuilder();

  // Host and path are borrowed until finish(). At most kSegmentRecords, in order of `end`.
  void add(const Record& record);
  [[nodiscard]] std::size_t count() const { return count_; }
  // The segment of what was added since the last call; not when that is nothing.
  [[nodiscard]] std::string finish();

 private:
  // Finds an entry's place in a dictionary by its hash.
  class Places {
   public:
    // The place of an entry with this hash for which `equal(place)` holds, or `next`, which is then taken.
    template <class Equal>
    std::uint32_t find_or_add(std::uint64_t hash, std::uint32_t next, Equal&& equal);
    void clear() { slots_.fill(0); }

   private:
    static constexpr std::size_t kSlots = 2 * kSegmentRecords;
    std::array<std::uint32_t, kSlots> slots_{};  // 0: free; else 17 bits of the hash above, place + 1 below
  };
  class Column {
   public:
    void put(std::uint64_t value);
    void clear() { at_ = bytes_.get(); }
    [[nodiscard]] std::string_view bytes() const {
      return {bytes_.get(), static_cast<std::size_t>(at_ - bytes_.get())};
    }

   private:
    std::unique_ptr<char[]> bytes_ = std::make_unique_for_overwrite<char[]>(10 * kSegmentRecords);
    char* at_ = bytes_.get();
  };
  struct Shape;
  struct Subject;
  struct Packer;
  struct Ring {
    std::uint64_t number, last_id, last_exchange;
  };
  std::uint32_t ring_of(std::uint64_t number);

  std::size_t count_ = 0;
  std::int64_t first_end_ = 0, last_end_ = 0;
  std::unique_ptr<Places> shape_places_, subject_places_, host_places_, path_places_;
  std::vector<Shape> shapes_;
  std::vector<Subject> subjects_;
  std::vector<std::string_view> hosts_, paths_;
  std::vector<Ring> rings_;
  std::uint32_t last_ring_ = 0;
  Column shape_, subject_, host_, path_, ring_, id_, exchange_, end_, lasted_, line_, from_client_, to_client_;
  std::string extras_, payload_;
  std::unique_ptr<Packer> packer_;
};

class SegmentReader {
 public:
  // The value is not needed after this.
  explicit SegmentReader(std::string_view value);
  ~SegmentReader();
  SegmentReader(const SegmentReader&) = delete;
  SegmentReader& operator=(const SegmentReader&) = delete;

  // False at the end, and when the segment is damaged or of a newer version: then ok() says so.
  [[nodiscard]] bool next(Record& out);
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::size_t read() const { return read_; }  // records so far

 private:
  struct Content;
  std::unique_ptr<Content> content_;
  std::size_t left_ = 0, read_ = 0;
  bool ok_ = false;
};

}  // namespace citygate::records
