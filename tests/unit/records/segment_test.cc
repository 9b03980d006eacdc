#include "records/segment_columns.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "records/record_codec.h"
#include "records/tally.h"
#include "tests/unit/records/sample_records.h"

namespace citygate::records {
namespace {

// Records as a ring gives them: their names live here.
class Sample {
 public:
  Sample(std::uint64_t seed, std::size_t count) {
    test::RandomRecords random(seed);
    bytes_.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      Record record = random.next();
      // Some of everything comes again, as it does in traffic.
      if (i != 0 && random.some()) {
        const auto id = record.id;
        const auto end = record.end;
        record = records_[random.number(static_cast<std::uint32_t>(i))];
        record.id = id;
        record.end = end;
      }
      char at[kMaxRecordBytes];
      bytes_.emplace_back(at, encode_record(record, at));
      EXPECT_TRUE(decode_record(bytes_.back(), records_.emplace_back()));
    }
  }
  [[nodiscard]] const std::vector<Record>& records() const { return records_; }

 private:
  std::vector<std::string> bytes_;
  std::vector<Record> records_;
};

TEST(Segment, random_records_come_back_as_they_were) {
  SegmentBuilder builder;
  for (const std::size_t count : {1u, 2u, 77u, 4096u}) {
    const Sample sample(count, count);
    for (const Record& record : sample.records()) builder.add(record);
    const std::string value = builder.finish();
    SegmentReader reader(value);
    Record out;
    for (const Record& record : sample.records()) {
      ASSERT_TRUE(reader.next(out));
      ASSERT_EQ(test::describe(out), test::describe(record));
    }
    EXPECT_FALSE(reader.next(out));
    EXPECT_TRUE(reader.ok());
    EXPECT_EQ(reader.read(), count);
  }
}

TEST(Segment, plain_records_are_short) {
  SegmentBuilder builder;
  std::vector<std::string> hosts;
  for (int i = 0; i < 400; ++i) hosts.push_back("site-" + std::to_string(i * i) + ".example");
  for (std::size_t i = 0; i < 4000; ++i) {
    Record record = test::page(static_cast<double>(i) / 100, hosts[i * 7 % hosts.size()]);
    record.id = {1 + i};
    builder.add(record);
  }
  EXPECT_LE(builder.finish().size(), 4000u * 10);
}

TEST(Segment, what_is_damaged_cut_or_newer_is_refused) {
  SegmentBuilder builder;
  const Sample sample(3, 20);
  for (const Record& record : sample.records()) builder.add(record);
  const std::string value = builder.finish();
  const auto refused = [](std::string_view bytes) {
    SegmentReader reader(bytes);
    Record out;
    return !reader.next(out) && !reader.ok();
  };
  for (std::size_t size = 0; size < value.size(); ++size) ASSERT_TRUE(refused(std::string_view(value).substr(0, size)));
  for (std::size_t i = 0; i < value.size(); ++i) {
    std::string damaged = value;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    ASSERT_TRUE(refused(damaged)) << "byte " << i;
    // With a checksum that is right: whatever it says, it is read within its bounds.
    damaged.resize(damaged.size() - 4);
    const std::uint32_t sum = checksum32(damaged);
    damaged.append(reinterpret_cast<const char*>(&sum), sizeof sum);
    SegmentReader reader(damaged);
    for (Record out; reader.next(out);) ASSERT_LE(out.host.size() + out.path.size(), kMaxHost + kMaxPath);
  }
}

TEST(TallyBlock, comes_back_as_it_was_and_refuses_what_is_damaged) {
  test::RandomRecords random(9);
  TallyBlock block;
  for (int i = 0; i < 300; ++i)
    block.at(random.number(TallyBlock::kPeople))[random.number(8)] =
        static_cast<std::int64_t>(random.number(1u << 31)) - 1000;
  const std::string bytes = encode_block(block);
  const auto again = decode_block(bytes);
  ASSERT_TRUE(again);
  EXPECT_EQ(encode_block(*again), bytes);
  std::size_t rows = 0;
  again->for_each([&](std::uint32_t person, const Counters& counters) {
    EXPECT_EQ(counters, block.at(person));
    ++rows;
  });
  EXPECT_EQ(rows, block.rows());
  EXPECT_FALSE(decode_block(""));
  EXPECT_FALSE(decode_block("\x03"));
  EXPECT_FALSE(decode_block(bytes.substr(0, bytes.size() - 1)));
  EXPECT_FALSE(decode_block(bytes + "\xff\xff\x03\x01\x02"));
}

}  // namespace
}  // namespace citygate::records
