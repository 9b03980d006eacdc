// A pattern set's file: written, read, damaged, from elsewhere.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "matcher/host_hash.h"
#include "matcher/pattern_set_format.h"
#include "tests/unit/matcher/pattern_support.h"

namespace citygate::matcher {
namespace {

using testing::ElementsAre;
using tests::ids_of;

std::vector<std::byte> sample() {
  return tests::bytes_of({{"casino", 1}, {"^https?://([^/]+\\.)?poker", 2}, {"([0-9])\\1{3}", 3}});
}

std::string refusal(std::vector<std::byte> bytes) {
  auto set = PatternSet::from_bytes(std::move(bytes), "url.patterns");
  return set ? std::string() : set.error().context;
}

// Makes the checksums right again, as a writer would have.
void seal(std::vector<std::byte>& bytes) {
  pattern_format::Header header;
  std::memcpy(&header, bytes.data(), sizeof header);
  header.body_checksum = checksum(bytes.data() + sizeof header, bytes.size() - sizeof header);
  header.header_checksum = checksum(&header, offsetof(pattern_format::Header, header_checksum));
  std::memcpy(bytes.data(), &header, sizeof header);
}

TEST(PatternFile, DamageOfAnyByteIsRefusedByName) {
  const auto bytes = sample();
  ASSERT_EQ(refusal(bytes), "");
  for (std::size_t at = 0; at < bytes.size(); at += at < 512 ? 1 : 41) {
    auto flipped = bytes;
    flipped[at] ^= std::byte{0x10};
    EXPECT_TRUE(refusal(flipped).starts_with("url.patterns: ")) << at;
  }
  for (std::size_t size = 0; size < bytes.size(); size += 97) {
    auto cut = bytes;
    cut.resize(size);
    EXPECT_NE(refusal(cut).find("cut short"), std::string::npos) << size;
  }
  auto longer = bytes;
  longer.push_back(std::byte{});
  EXPECT_NE(refusal(longer), "");
  auto newer = bytes;
  newer[8] = std::byte{2};
  EXPECT_NE(refusal(newer).find("newer version"), std::string::npos);
}

TEST(PatternFile, PartsThatLieOutsideAreRefusedThoughTheChecksumHolds) {
  const auto bytes = sample();
  for (const std::size_t field : {0U, 4U, 8U, 12U, 16U, 20U, 24U, 26U}) {
    auto wrong = bytes;
    wrong[sizeof(pattern_format::Header) + field] = std::byte{0xff};
    wrong[sizeof(pattern_format::Header) + field + (field < 24 ? 3 : 0)] = std::byte{0xff};
    seal(wrong);
    EXPECT_EQ(refusal(wrong), "url.patterns: is damaged: a pattern lies outside of its part") << field;
  }
  pattern_format::Header header;
  std::memcpy(&header, bytes.data(), sizeof header);
  header.pattern_count = ~std::uint64_t{0} / 32 + 2;
  auto wrong = bytes;
  std::memcpy(wrong.data(), &header, sizeof header);
  seal(wrong);
  EXPECT_EQ(refusal(wrong), "url.patterns: is damaged: its parts do not add up to its size");
}

// Every pattern with all the ids there are: together more than id_count() tells a caller to make room for.
TEST(PatternFile, PatternsThatShareIdsAreRefused) {
  auto wrong = sample();
  for (std::size_t i = 0; i < 3; ++i) {
    pattern_format::Pattern one;
    const auto at = sizeof(pattern_format::Header) + i * sizeof one;
    std::memcpy(&one, wrong.data() + at, sizeof one);
    one.first_id = 0;
    one.id_count = 3;
    std::memcpy(wrong.data() + at, &one, sizeof one);
  }
  seal(wrong);
  EXPECT_EQ(refusal(wrong), "url.patterns: is damaged: a pattern lies outside of its part");
}

TEST(PatternFile, ADatabaseThatIsRefusedIsCompiledAnewFromTheTexts) {
  auto bytes = sample();
  pattern_format::Header header;
  std::memcpy(&header, bytes.data(), sizeof header);
  const auto at = pattern_format::layout_of(header);
  bytes[at.database + 4] ^= std::byte{0xff};  // Hyperscan's version
  seal(bytes);
  const auto set = PatternSet::from_bytes(std::move(bytes), "url.patterns");
  ASSERT_TRUE(set.has_value()) << set.error().context;
  EXPECT_TRUE(set->recompiled());
  EXPECT_EQ(set->size(), 3U);
  PatternScratch scratch;
  EXPECT_THAT(ids_of(*set, "http://www.poker.example/", scratch), ElementsAre(2));
  EXPECT_THAT(ids_of(*set, "http://h.example/7777casino", scratch), testing::UnorderedElementsAre(1, 3));
  EXPECT_THAT(ids_of(*set, "http://h.example/poker", scratch), testing::IsEmpty());
}

TEST(PatternFile, AFileThatIsMissingIsNotFound) {
  const auto set = PatternSet::open("/nonexistent/url.patterns");
  ASSERT_FALSE(set.has_value());
  EXPECT_EQ(set.error().kind, Error::Kind::NotFound);
}

TEST(PatternFile, EqualInputGivesEqualBytes) { EXPECT_EQ(sample(), sample()); }

}  // namespace
}  // namespace citygate::matcher
