// Files that are damaged, cut, swapped or of another version: refused by name, or at least survived.
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>

#include "matcher/host_table_format.h"
#include "matcher/host_table_frame.h"
#include "tests/unit/matcher/host_tables.h"

namespace citygate::matcher {
namespace {

HostFiles files_of(std::uint32_t names, std::uint64_t key = kTestKey, HashFamily family = fastest_hash_family()) {
  HostTableBuilder builder(key, family);
  for (std::uint32_t i = 1; i <= names; ++i)
    builder.add("n" + std::to_string(i) + ".example", {static_cast<std::uint16_t>(1 + i % 5), 0, i});
  return *builder.build();
}

// What open() or, failing that, verify() says; "" for nothing.
std::string refusal(std::vector<std::byte> bytes) {
  const auto table = HostTable::from_bytes(std::move(bytes), "hosts.table");
  if (!table) return table.error().context;
  const auto whole = table->verify();
  return whole ? std::string() : whole.error().context;
}
std::string refusal(std::vector<std::byte> bytes, const HostTable& table) {
  const auto lines = HostLines::from_bytes(std::move(bytes), table, "hosts.lines");
  if (!lines) return lines.error().context;
  const auto whole = lines->verify();
  return whole ? std::string() : whole.error().context;
}

// Overwrites header fields and makes the checksum fit again.
template <class Change>
std::vector<std::byte> with_header(std::vector<std::byte> bytes, Change change) {
  format::TableHeader header;
  std::memcpy(&header, bytes.data(), sizeof header);
  const auto at = format::layout_of(header);
  change(header);
  std::memcpy(bytes.data(), &header, sizeof header);
  header.frame_checksum = frame_checksum(bytes, at);
  std::memcpy(bytes.data(), &header, sizeof header);
  return bytes;
}

TEST(HostTableFile, DamageOfAnyByteIsNoticedByName) {
  const auto bytes = files_of(30).table;
  ASSERT_EQ(refusal(bytes), "");
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    auto flipped = bytes;
    flipped[at] ^= std::byte{0x10};
    EXPECT_TRUE(refusal(flipped).starts_with("hosts.table: ")) << at;
  }
  for (std::size_t size = 0; size < bytes.size(); size += 7) {
    auto cut = bytes;
    cut.resize(size);
    EXPECT_NE(refusal(cut).find("cut short"), std::string::npos) << size;
  }
  auto longer = bytes;
  longer.push_back(std::byte{});
  EXPECT_NE(refusal(longer), "");
}

TEST(HostTableFile, VerifySaysWhereTheDamageIs) {
  auto bytes = files_of(40'000).table;  // seven chunks of buckets
  bytes[format::kPageBytes + 2 * format::kChunkBytes + 5] ^= std::byte{1};
  EXPECT_EQ(refusal(bytes), "hosts.table: is damaged: bytes 135168 to 200703 do not match their checksum");
}

TEST(HostTableFile, OtherVersionsAndProcessorsAreRefusedInWords) {
  const auto bytes = files_of(3).table;
  EXPECT_NE(refusal(with_header(bytes, [](auto& header) { header.version = 3; })).find("newer version"),
            std::string::npos);
  EXPECT_NE(refusal(with_header(bytes, [](auto& header) { header.version = 1; })).find("older version"),
            std::string::npos);
  EXPECT_NE(refusal(with_header(bytes, [](auto& header) { header.hash_family = 77; })).find("publish the lists again"),
            std::string::npos);
}

TEST(HostTableFile, CountsThatCannotBeTrueAreRefused) {
  const auto bytes = files_of(3).table;
  for (const std::uint64_t lie :
       {std::uint64_t{0}, std::uint64_t{1} << 40, std::uint64_t{1} << 58, ~std::uint64_t{0}}) {
    EXPECT_NE(refusal(with_header(bytes, [&](auto& header) { header.bucket_count = lie; })), "");
    EXPECT_NE(refusal(with_header(bytes, [&](auto& header) { header.home_count = lie; })), "");
    EXPECT_NE(refusal(with_header(bytes, [&](auto& header) { header.set_count = lie; })), "");
    EXPECT_NE(refusal(with_header(bytes, [&](auto& header) { header.mark_count = lie; })), "");
  }
}

// verify() has not run yet, or the disk lost a sector since: whatever the buckets hold, look-ups end, and what they name
// exists.
TEST(HostTableFile, LookUpsInADamagedTableStayWithinItAndEnd) {
  std::mt19937_64 random(7);
  for (const auto family : families())
    for (int round = 0; round < 200; ++round) {
      auto bytes = files_of(300, kTestKey, family).table;
      format::TableHeader header;
      std::memcpy(&header, bytes.data(), sizeof header);
      const auto at = format::layout_of(header);
      const auto fill = round % 4;  // rubbish, all full of the greatest, all full of the least, one entry everywhere
      for (std::uint64_t i = at.buckets; i < at.checksums; i += 8) {
        const std::uint64_t entry = fill == 0 ? random() : fill == 1 ? ~std::uint64_t{0} : fill == 2 ? 1 : random() | 1;
        std::memcpy(bytes.data() + i, &entry, 8);
      }
      const auto table = HostTable::from_bytes(std::move(bytes), "hosts.table");
      ASSERT_TRUE(table.has_value());
      EXPECT_FALSE(table->verify().has_value());
      std::array<NameHit, 8> hits;
      for (int i = 0; i < 300; ++i) {
        const std::size_t count = table->find("a.n" + std::to_string(i) + ".example", HostTable::Walk::Suffixes, hits);
        for (std::size_t hit = 0; hit < count; ++hit) {
          EXPECT_LT(hits[hit].slot, table->slot_count());
          EXPECT_FALSE(table->marks(hits[hit].set).empty());
        }
        EXPECT_LE(table->find_paths({}, "/a/b", "c", hits), hits.size());
      }
    }
}

TEST(HostLinesFile, DamageOfAnyByteIsNoticedByName) {
  const auto files = files_of(30);
  const auto table = *HostTable::from_bytes(files.table, "hosts.table");
  ASSERT_EQ(refusal(files.lines, table), "");
  for (std::size_t at = 0; at < files.lines.size(); ++at) {
    auto flipped = files.lines;
    flipped[at] ^= std::byte{0x10};
    EXPECT_TRUE(refusal(flipped, table).starts_with("hosts.lines: ")) << at;
    // And a look-up meanwhile ends.
    if (const auto lines = HostLines::from_bytes(flipped, table, "hosts.lines"))
      for (std::uint32_t slot = 0; slot < table.slot_count(); slot += 3) {
        std::array<Naming, 4> out;
        const auto count = lines->namings(slot, out);
        EXPECT_LE(count.value_or(0), 30U);
      }
  }
  for (std::size_t size = 0; size < files.lines.size(); size += 7) {
    auto cut = files.lines;
    cut.resize(size);
    EXPECT_NE(refusal(cut, table).find("cut short"), std::string::npos) << size;
  }
}

TEST(HostLinesFile, OfAnotherTableAreRefused) {
  const auto one = files_of(30), other = files_of(30, kTestKey + 1), more = files_of(31);
  const auto table = *HostTable::from_bytes(one.table, "hosts.table");
  for (const auto* lines : {&other.lines, &more.lines})
    EXPECT_NE(refusal(*lines, table).find("belongs to another table"), std::string::npos);
}

TEST(HostLinesFile, ANewerVersionIsRefusedByName) {
  auto files = files_of(3);
  const auto table = *HostTable::from_bytes(files.table, "hosts.table");
  files.lines[8] = std::byte{3};
  EXPECT_NE(refusal(files.lines, table).find("newer version"), std::string::npos);
}

TEST(HostFiles, AreReadFromADisk) {
  std::string pattern = (std::filesystem::temp_directory_path() / "host_files_test.XXXXXX").string();
  ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
  const std::filesystem::path directory = pattern;
  const auto files = files_of(5000);
  const auto write = [](const std::filesystem::path& to, const std::vector<std::byte>& bytes) {
    std::ofstream(to, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  };
  write(directory / "hosts.table", files.table);
  write(directory / "hosts.lines", files.lines);
  Pair pair;
  pair.table = *HostTable::open(directory / "hosts.table");
  pair.lines = *HostLines::open(directory / "hosts.lines", pair.table);
  EXPECT_TRUE(pair.table.verify().has_value());
  EXPECT_TRUE(pair.lines.verify().has_value());
  for (std::uint32_t i = 1; i <= 5000; i += 37)
    EXPECT_EQ(lines_of(pair, "n" + std::to_string(i) + ".example"), std::vector<std::uint32_t>{i});
  // Cut behind our back: an error, not a guess.
  std::filesystem::resize_file(directory / "hosts.lines", 200);
  std::array<NameHit, 1> hit;
  ASSERT_EQ(pair.table.find("n4999.example", HostTable::Walk::Suffixes, hit), 1U);
  EXPECT_FALSE(pair.lines.namings(hit[0].slot).has_value());
  EXPECT_EQ(HostTable::open(directory / "none").error().kind, Error::Kind::NotFound);
  EXPECT_EQ(HostLines::open(directory / "none", pair.table).error().kind, Error::Kind::NotFound);
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace citygate::matcher
