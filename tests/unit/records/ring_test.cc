#include "records/ring.h"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "records/record_codec.h"
#include "records/ring_format.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/records/sample_records.h"

namespace citygate::records {
namespace {

constexpr std::size_t kSmallRing = 12 << 10;

Result<RecoveredRing> recover(const std::filesystem::path& path, std::uint64_t mark = 0) {
  return recover_ring(path, [&](std::uint16_t, std::uint8_t) -> Result<std::uint64_t> { return mark; });
}

std::vector<std::string> described(const RecoveredRing& ring) {
  std::vector<std::string> out;
  for (const auto& spooled : ring.records) {
    Record record;
    EXPECT_TRUE(decode_record(spooled.bytes, record));
    record.uncertain = record.uncertain || spooled.uncertain;
    out.push_back(test::describe(record));
  }
  return out;
}

TEST(Ring, gives_back_records_over_many_turns) {
  test::TempDir directory;
  auto ring = Ring::create(directory / "a.ring", kSmallRing, 9, 3);
  ASSERT_TRUE(ring);
  test::RandomRecords random(4);
  std::uint64_t position = 0;
  std::vector<std::string> in, out;
  RecordId last;
  for (int i = 0; i < 3000; ++i) {
    Record record = random.next();
    const auto fate = random.number(10);
    if (!(*ring)->reserve(record)) {
      position = *(*ring)->read(position, [&](const SpooledRecord& spooled) {
        Record read;
        EXPECT_TRUE(decode_record(spooled.bytes, read));
        out.push_back(test::describe(read));
        return true;
      });
      (*ring)->release(position);
      EXPECT_TRUE((*ring)->took_room());
      ASSERT_TRUE((*ring)->reserve(record));
    }
    EXPECT_GT(record.id, last);
    EXPECT_EQ(record.id.value >> 40, 9u << 8 | 3u);
    last = record.id;
    if (fate == 0) {
      (*ring)->cancel();
      continue;
    }
    in.push_back(test::describe(record));
    (*ring)->commit();
  }
  // The rest as a successor would find it.
  const auto rest = recover(directory / "a.ring", position);
  ASSERT_TRUE(rest);
  EXPECT_EQ(rest->incarnation, 9);
  EXPECT_EQ(rest->worker, 3);
  for (auto& each : described(*rest)) out.push_back(std::move(each));
  EXPECT_EQ(out, in);
}

TEST(Ring, one_thread_writes_while_another_reads) {
  test::TempDir directory;
  auto ring = Ring::create(directory / "a.ring", kSmallRing, 1, 0);
  ASSERT_TRUE(ring);
  constexpr std::uint64_t kRecords = 20'000;
  std::thread producer([&] {
    Record record = test::page(1);
    for (std::uint64_t i = 1; i <= kRecords; ++i) {
      record.exchange = i;
      while (!(*ring)->append(record)) std::this_thread::yield();
    }
  });
  std::uint64_t position = 0, seen = 0;
  while (seen < kRecords) {
    position = *(*ring)->read(position, [&](const SpooledRecord& spooled) {
      Record record;
      EXPECT_TRUE(decode_record(spooled.bytes, record));
      EXPECT_EQ(record.exchange, ++seen);
      return true;
    });
    (*ring)->release(position);
    std::this_thread::yield();
  }
  producer.join();
}

// A bell that was not heard would let this wait for minutes.
TEST(Ring, a_record_wakes_a_consumer_that_dozes) {
  test::TempDir directory;
  Doorbell bell;
  auto ring = Ring::create(directory / "a.ring", kSmallRing, 1, 0);
  ASSERT_TRUE(ring);
  (*ring)->wakes(bell);
  constexpr std::uint64_t kRecords = 2000;
  std::thread producer([&] {
    Record record = test::page(1);
    for (std::uint64_t i = 0; i < kRecords; ++i)
      while (!(*ring)->append(record)) std::this_thread::yield();
  });
  std::uint64_t position = 0, seen = 0;
  while (seen < kRecords) {
    const std::uint32_t heard = bell.listen();
    if (bell.doze() && (*ring)->committed() == position) bell.wait(heard, std::chrono::minutes(5));
    bell.rise();
    position = *(*ring)->read(position, [&](const SpooledRecord&) { return ++seen != 0; });
    (*ring)->release(position);
  }
  producer.join();
}

class DamagedRing : public testing::Test {
 protected:
  // Some records, one of them cancelled, the last one open.
  void SetUp() override {
    auto ring = Ring::create(path_, kSmallRing, 1, 0);
    ASSERT_TRUE(ring);
    test::RandomRecords random(7);
    for (int i = 0; i < 9; ++i) {
      const std::string host = "host" + std::to_string(i) + ".example";
      Record record = test::page(i, host, "/path");
      ASSERT_TRUE((*ring)->reserve(record));
      if (i == 3) {
        (*ring)->cancel();
        continue;
      }
      record.uncertain = i == 8;
      if (i != 8) (*ring)->commit();
      records_.push_back(test::describe(record));
    }
    bytes_ = *read_file(path_);
  }
  void write(const std::string& bytes) {
    std::ofstream(path_, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }

  test::TempDir directory_;
  std::filesystem::path path_ = directory_ / "a.ring";
  std::vector<std::string> records_;
  std::string bytes_;
};

TEST_F(DamagedRing, whole_it_gives_all) {
  const auto ring = recover(path_);
  ASSERT_TRUE(ring);
  EXPECT_EQ(described(*ring), records_);
  EXPECT_EQ(ring->lost_bytes, 0u);
}

TEST_F(DamagedRing, each_byte_damaged_gives_the_other_records_and_never_a_wrong_one) {
  const std::size_t end = kRingHeadBytes + 1200;
  for (std::size_t i = 0; i < end; ++i) {
    if (i == 64) i = kRingHeadBytes;  // the rest of the head is empty
    std::string damaged = bytes_;
    damaged[i] = static_cast<char>(static_cast<unsigned char>(damaged[i]) ^ (i % 2 == 0 ? 0x01u : 0xffu));
    write(damaged);
    const auto ring = recover(path_);
    if (!ring) {
      EXPECT_LT(i, sizeof(RingHead)) << "only a damaged head makes the whole ring unreadable";
      continue;
    }
    const auto left = described(*ring);
    ASSERT_GE(left.size() + 1, records_.size()) << "byte " << i;
    // What is left are the records that were there, in their order.
    auto expected = records_.begin();
    for (const auto& record : left) {
      expected = std::find(expected, records_.end(), record);
      ASSERT_NE(expected, records_.end()) << "byte " << i << ": " << record;
    }
  }
}

TEST_F(DamagedRing, a_cut_file_gives_what_is_left_or_says_so) {
  for (std::size_t size = 0; size < kRingHeadBytes + 2000; size += 97) {
    write(bytes_.substr(0, size));
    const auto ring = recover(path_);
    if (ring) {
      EXPECT_TRUE(ring->records.empty());
    }
  }
}

TEST_F(DamagedRing, random_rubbish_is_no_record) {
  test::RandomRecords random(11);
  for (int round = 0; round < 50; ++round) {
    std::string damaged = bytes_;
    for (std::size_t i = kRingHeadBytes; i < damaged.size(); ++i) damaged[i] = static_cast<char>(random.number(256));
    write(damaged);
    const auto ring = recover(path_);
    ASSERT_TRUE(ring);
    EXPECT_TRUE(ring->records.empty());
  }
}

TEST(Ring, a_path_that_looks_like_a_frame_is_no_record) {
  test::TempDir directory;
  auto ring = Ring::create(directory / "a.ring", kSmallRing, 1, 0);
  ASSERT_TRUE(ring);
  // A client that guesses positions cannot guess the secret under the checksum.
  Record inner = test::page(1, "forged.example", "/");
  char payload[kMaxRecordBytes];
  const std::string encoded(payload, encode_record(inner, payload));
  std::string path;
  for (std::uint64_t position = 0; position < 1024; position += 8) {
    const FrameHead head{.position = position,
                         .payload_bytes = static_cast<std::uint32_t>(encoded.size()),
                         .state = kFrameDone,
                         .checksum = checksum64(encoded, frame_seed(0, position))};
    path.assign(reinterpret_cast<const char*>(&head), sizeof head);
    path += encoded;
    for (int shift = 0; shift < 8; ++shift) {
      const std::string shifted = std::string(static_cast<std::size_t>(shift), '/') + path;
      Record record = test::page(1, "a.example", shifted);
      ASSERT_TRUE((*ring)->reserve(record));
      (*ring)->cancel();
    }
  }
  const auto left = recover(directory / "a.ring");
  ASSERT_TRUE(left);
  EXPECT_TRUE(left->records.empty());
}

}  // namespace
}  // namespace citygate::records
