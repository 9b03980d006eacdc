// The hashes of names: every byte counts, the length too, and names are spread evenly.
#include "matcher/host_hash.h"

#include <gtest/gtest.h>

#include <bit>
#include <set>
#include <string>

#include "matcher/host_hash_aes.h"
#include "matcher/host_table_format.h"
#include "tests/unit/matcher/host_tables.h"

namespace citygate::matcher {
namespace {

class HostHashTest : public testing::TestWithParam<HashFamily> {
 protected:
  NameKeys keys_{kTestKey, GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Families, HostHashTest, testing::ValuesIn(families()), family_name);

TEST_P(HostHashTest, ABitOfTheNameOrTheKeyChangesHalfOfTheHash) {
  double changed = 0, pairs = 0;
  for (std::size_t size = 1; size <= 80; ++size) {
    std::string name(size, 'x');
    const auto hash = hash_name(name, keys_);
    EXPECT_NE(hash_name(name, NameKeys(kTestKey ^ 1, GetParam())), hash);
    for (std::size_t bit = 0; bit < size * 8; ++bit) {
      name[bit / 8] = static_cast<char>(name[bit / 8] ^ 1 << bit % 8);
      const int differ = std::popcount(hash_name(name, keys_) ^ hash);
      EXPECT_GT(differ, 8) << size << ' ' << bit;
      changed += differ;
      pairs += 1;
      name[bit / 8] = static_cast<char>(name[bit / 8] ^ 1 << bit % 8);
    }
  }
  EXPECT_NEAR(changed / pairs, 32, 0.3);
}

TEST_P(HostHashTest, NamesThatDifferInLengthAloneDiffer) {
  std::set<std::uint64_t> hashes;
  for (const char c : {'a', '.', '\0'})
    for (std::size_t size = 1; size <= 255; ++size) hashes.insert(hash_name(std::string(size, c), keys_));
  hashes.insert(hash_name("", keys_));
  EXPECT_EQ(hashes.size(), 3 * 255 + 1U);
}

// Numbered names are as alike as real ones get. Homes are filled like by chance: the variance of how many names a home
// gets is its mean.
TEST_P(HostHashTest, AlikeNamesAreSpreadLikeByChance) {
  constexpr std::size_t kNames = 200'000, kHomes = 31'250;
  std::vector<int> homes(kHomes);
  std::set<std::uint64_t> hashes;
  for (std::size_t i = 0; i < kNames; ++i) {
    const auto hash = hash_name("host" + std::to_string(i) + ".example.com", keys_);
    hashes.insert(hash);
    ++homes[format::place_of(hash, kHomes).home];
  }
  EXPECT_EQ(hashes.size(), kNames);
  constexpr double kMean = static_cast<double>(kNames) / kHomes;
  double variance = 0;
  for (const int n : homes) variance += (n - kMean) * (n - kMean) / kHomes;
  EXPECT_NEAR(variance, kMean, 0.25);  // five times its standard deviation
}

TEST(HostPlace, AscendsWithTheHashAndTagsTellTheOrder) {
  constexpr std::uint64_t kHomes = 1000;
  format::Place last{};
  for (std::uint64_t hash = 0; hash < ~std::uint64_t{0} - (std::uint64_t{1} << 48); hash += std::uint64_t{1} << 47) {
    const auto place = format::place_of(hash, kHomes);
    ASSERT_LT(place.home, kHomes);
    ASSERT_GE(place.home, last.home);
    if (hash != 0) {
      ASSERT_TRUE(format::before(last.tag | 0xffff, place.tag));
      ASSERT_FALSE(format::before(place.tag | 1, last.tag));
    }
    last = place;
  }
}

#ifdef CITYGATE_HOST_HASH_AES
CITYGATE_TARGET_AES void expect_suffixes_hash_as_names(const std::string& name, const NameKeys& keys) {
  const AesSuffixes suffixes(name, keys);
  for (std::size_t i = 0; i <= name.size(); ++i)
    EXPECT_EQ(suffixes.at(i), AesSuffixes(std::string_view(name).substr(i), keys).at(0)) << name.size() << ' ' << i;
  std::uint64_t dots = 0;
  for (std::size_t i = 0; i < name.size() && i < 64; ++i) dots |= std::uint64_t{name[i] == '.'} << i;
  EXPECT_EQ(suffixes.dots(), dots) << name.size();
}

TEST(AesSuffixes, ASuffixHashesAsTheNameThatItIs) {
  if (!runs_here(HashFamily::Aes)) GTEST_SKIP() << "this processor lacks AES or AVX2";
  const NameKeys keys(kTestKey, HashFamily::Aes);
  std::string name;
  for (int i = 0; i < 255; ++i) {
    expect_suffixes_hash_as_names(name, keys);
    name += i % 5 == 3 ? '.' : static_cast<char>('a' + i % 26);
  }
}
#endif

}  // namespace
}  // namespace citygate::matcher
