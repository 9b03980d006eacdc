#include "records/record_codec.h"

#include <gtest/gtest.h>

#include <memory>

#include "tests/unit/records/sample_records.h"

namespace citygate::records {
namespace {

std::string encode(const Record& record) {
  std::string out(record_bytes_bound(record), '\0');
  out.resize(static_cast<std::size_t>(encode_record(record, out.data()) - out.data()));
  return out;
}

TEST(RecordCodec, random_records_come_back_as_they_were) {
  test::RandomRecords random(1);
  Record out;  // one for all: nothing may be left of the record before
  for (int i = 0; i < 20'000; ++i) {
    const Record in = random.next();
    const std::string bytes = encode(in);
    ASSERT_LE(bytes.size(), record_bytes_bound(in));
    ASSERT_TRUE(decode_record(bytes, out));
    ASSERT_EQ(test::describe(out), test::describe(in));
  }
}

TEST(RecordCodec, a_plain_record_is_short) { EXPECT_LE(encode(test::page(1)).size(), 100u); }

TEST(RecordCodec, too_long_names_are_cut) {
  const std::string host(400, 'h'), path(5000, 'p');
  Record out;
  const std::string bytes = encode(test::page(1, host, path));
  ASSERT_TRUE(decode_record(bytes, out));
  EXPECT_EQ(out.host, host.substr(0, kMaxHost));
  EXPECT_EQ(out.path, path.substr(0, kMaxPath));
}

TEST(RecordCodec, what_is_cut_longer_or_newer_is_refused) {
  test::RandomRecords random(2);
  Record out;
  for (int i = 0; i < 200; ++i) {
    const std::string bytes = encode(random.next());
    for (std::size_t size = 0; size < bytes.size(); ++size) ASSERT_FALSE(decode_record(bytes.substr(0, size), out));
    ASSERT_FALSE(decode_record(bytes + '\0', out));
    std::string newer = bytes;
    ++newer[0];
    ASSERT_FALSE(decode_record(newer, out));
  }
}

TEST(RecordCodec, damaged_bytes_are_refused_or_read_within_their_bounds) {
  test::RandomRecords random(3);
  Record out;
  for (int i = 0; i < 300; ++i) {
    const std::string bytes = encode(random.next());
    for (int flip = 0; flip < 200; ++flip) {
      // On the heap at its exact size, so that a sanitizer sees a step beyond it.
      auto damaged = std::make_unique<char[]>(bytes.size());
      std::copy(bytes.begin(), bytes.end(), damaged.get());
      damaged[random.number(static_cast<std::uint32_t>(bytes.size()))] ^= static_cast<char>(1 + random.number(255));
      if (decode_record({damaged.get(), bytes.size()}, out)) {
        ASSERT_LE(out.host.size(), kMaxHost);
        ASSERT_LE(out.path.size(), kMaxPath);
        ASSERT_LE(out.reason, kLastReason);
        // What was read can be written again.
        ASSERT_LE(encode(out).size(), record_bytes_bound(out));
      }
    }
  }
}

}  // namespace
}  // namespace citygate::records
