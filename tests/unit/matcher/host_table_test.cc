// What a host table answers: names, paths, marks; and against a plain walk over the names.
#include "matcher/host_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "tests/support/counting_new.h"
#include "tests/unit/matcher/host_tables.h"

namespace citygate::matcher {
namespace {

class HostTableTest : public testing::TestWithParam<HashFamily> {
 protected:
  HostTableBuilder builder_{kTestKey, GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Families, HostTableTest, testing::ValuesIn(families()), family_name);

TEST_P(HostTableTest, FindsSuffixesAtLabelBordersLongestFirst) {
  builder_.add("example.com", {.mark = 1, .origin = 0, .line = 10});
  builder_.add("shop.example.com", {.mark = 2, .origin = 0, .line = 20});
  const Pair pair = pair_of(builder_);
  EXPECT_EQ(lines_of(pair, "www.shop.example.com"), (std::vector<std::uint32_t>{20, 10}));
  EXPECT_EQ(lines_of(pair, "example.com"), std::vector<std::uint32_t>{10});
  EXPECT_TRUE(lines_of(pair, "badexample.com").empty());
  EXPECT_TRUE(lines_of(pair, "example.com.evil.org").empty());
  EXPECT_TRUE(lines_of(pair, "com").empty());
  EXPECT_TRUE(lines_of(pair, "").empty());
  EXPECT_TRUE(lines_of(pair, "...").empty());
}

TEST_P(HostTableTest, ExactWalkLooksAtTheWholeTextOnly) {
  builder_.add("2.3.4", {.mark = 1, .origin = 0, .line = 1});
  builder_.add("1.2.3.4", {.mark = 1, .origin = 0, .line = 2});
  const Pair pair = pair_of(builder_);
  EXPECT_EQ(lines_of(pair, "1.2.3.4", HostTable::Walk::Exact), std::vector<std::uint32_t>{2});
  EXPECT_TRUE(lines_of(pair, "9.2.3.4", HostTable::Walk::Exact).empty());
}

TEST_P(HostTableTest, KeepsEveryNamingOfAName) {
  for (std::uint32_t line : {7U, 3U, 3U}) builder_.add("a.example", {.mark = 2, .origin = 5, .line = line});
  builder_.add("a.example", {.mark = 9, .origin = 1, .line = 1});
  const auto [table, lines] = pair_of(builder_);
  std::array<NameHit, 1> hit;
  ASSERT_EQ(table.find("a.example", HostTable::Walk::Suffixes, hit), 1U);
  EXPECT_EQ(*lines.namings(hit[0].slot), (std::vector<Naming>{{2, 5, 3}, {2, 5, 7}, {9, 1, 1}}));
  std::array<Naming, 2> first;
  EXPECT_EQ(*lines.namings(hit[0].slot, first), 3U);
  EXPECT_EQ(first[1], (Naming{2, 5, 7}));
  const auto marks = table.marks(hit[0].set);
  EXPECT_EQ(std::vector<std::uint16_t>(marks.begin(), marks.end()), (std::vector<std::uint16_t>{2, 9}));
  EXPECT_TRUE(lines.namings(0xffffffffU)->empty());
  EXPECT_TRUE(table.marks(0).empty());
  EXPECT_TRUE(table.marks(2).empty());
}

TEST_P(HostTableTest, MarksAreSharedBetweenNamesOfOneSet) {
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const std::string name = "n" + std::to_string(i) + ".example";
    builder_.add(name, {static_cast<std::uint16_t>(1 + i % 3), 0, i});
    if (i % 2 == 0) builder_.add(name, {7, 0, i});
  }
  const HostTable table = pair_of(builder_).table;
  EXPECT_EQ(table.set_count(), 1 + 6U);
  std::map<std::vector<std::uint16_t>, int> names;
  table.for_each_set_used([&](std::uint16_t set) {
    const auto marks = table.marks(set);
    ++names[{marks.begin(), marks.end()}];
  });
  EXPECT_EQ(names.size(), 6U);
  EXPECT_EQ((names[{2, 7}]), 166);
  EXPECT_EQ((names[{3}]), 166);
}

class HostPathTest : public HostTableTest {
 protected:
  void add(std::string_view path, std::uint32_t line) {
    EXPECT_TRUE(builder_.add_path("example.com", path, {.mark = 1, .origin = 0, .line = line})) << path;
  }
  void build() {
    pair_ = pair_of(builder_);
    std::array<NameHit, 1> hits;
    ASSERT_EQ(pair_.table.find("www.example.com", HostTable::Walk::Suffixes, hits), 1U);
    name_ = hits[0];
  }
  [[nodiscard]] std::vector<std::uint32_t> lines(std::string_view path, std::string_view query = {}) const {
    std::array<NameHit, 8> hits;
    std::vector<std::uint32_t> out;
    const std::size_t count = pair_.table.find_paths(name_, path, query, hits);
    for (std::size_t i = 0; i < count; ++i) out.push_back(pair_.lines.namings(hits[i].slot)->at(0).line);
    return out;
  }
  Pair pair_;
  NameHit name_;
};
INSTANTIATE_TEST_SUITE_P(Families, HostPathTest, testing::ValuesIn(families()), family_name);

TEST_P(HostPathTest, MatchAtSegmentBordersBelowTheirName) {
  add("/casino", 1);
  add("/casino/Live/", 2);
  EXPECT_FALSE(builder_.add_path("example.com", "/" + std::string(512, 'x'), {1, 0, 3}));
  EXPECT_FALSE(builder_.add_path("example.com", "//", {1, 0, 3}));
  build();
  const auto marks = pair_.table.marks(name_.set);
  EXPECT_EQ(std::vector<std::uint16_t>(marks.begin(), marks.end()), std::vector<std::uint16_t>{kPathsBelow});
  EXPECT_TRUE(pair_.lines.namings(name_.slot)->empty());
  EXPECT_EQ(lines("/casino"), std::vector<std::uint32_t>{1});
  EXPECT_EQ(lines("/casino/"), std::vector<std::uint32_t>{1});
  EXPECT_EQ(lines("/CASINO/live/table"), (std::vector<std::uint32_t>{2, 1}));
  EXPECT_EQ(lines("/casino", "live"), std::vector<std::uint32_t>{1});
  EXPECT_TRUE(lines("/casinos").empty());
  EXPECT_TRUE(lines("/").empty());
  EXPECT_TRUE(lines("").empty());
  EXPECT_TRUE(lines("/x/casino").empty());
  EXPECT_TRUE(lines("/x", "/casino").empty());
  EXPECT_EQ(lines("/casino/" + std::string(5000, 'y')), std::vector<std::uint32_t>{1});
  EXPECT_EQ(lines("/casino", std::string(5000, '&')), std::vector<std::uint32_t>{1});
  EXPECT_EQ(lines("/casino" + std::string(2000, '/')), std::vector<std::uint32_t>{1});
}

TEST_P(HostPathTest, MayHangOnAQuery) {
  add("/watch?v=One", 1);
  add("/watch?v=One&list=2", 2);
  add("/?page=3", 3);
  build();
  EXPECT_EQ(lines("/watch", "v=ONE"), std::vector<std::uint32_t>{1});
  EXPECT_EQ(lines("/watch", "v=one&t=5"), std::vector<std::uint32_t>{1});
  EXPECT_EQ(lines("/watch", "v=one&list=2&x"), (std::vector<std::uint32_t>{2, 1}));
  EXPECT_EQ(lines("/watch", "v=one/x"), std::vector<std::uint32_t>{1});
  EXPECT_TRUE(lines("/watch", "v=oneness").empty());
  EXPECT_TRUE(lines("/watch", "t=5&v=one").empty());
  EXPECT_TRUE(lines("/watch").empty());
  EXPECT_EQ(lines("/", "page=3"), std::vector<std::uint32_t>{3});
}

TEST_P(HostPathTest, LongestAndDeepestThatFitAreFound) {
  const std::string longest = "/" + std::string(511, 'z');
  std::string deepest;
  for (int i = 0; i < 32; ++i) deepest += "/d";
  add(longest, 1);
  add(deepest, 2);
  EXPECT_FALSE(builder_.add_path("example.com", deepest + "/d", {1, 0, 3}));
  build();
  EXPECT_EQ(lines(longest), std::vector<std::uint32_t>{1});
  EXPECT_EQ(lines(longest + "/more"), std::vector<std::uint32_t>{1});
  EXPECT_EQ(lines(longest, "q"), std::vector<std::uint32_t>{1});
  EXPECT_TRUE(lines(longest + "z").empty());
  EXPECT_EQ(lines(deepest), std::vector<std::uint32_t>{2});
  EXPECT_EQ(lines(deepest + "/d/d"), std::vector<std::uint32_t>{2});
}

class Names {
 public:
  std::string label() {
    constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string out;
    const std::size_t length = pick(20) == 0 ? 1 + pick(40) : 1 + pick(9);
    for (std::size_t i = 0; i < length; ++i) out += kLetters[pick(kLetters.size())];
    return out;
  }
  std::string below(const std::string& name) {
    std::string out = label() + "." + name;
    while (pick(4) == 0 && out.size() < 150) out = label() + "." + out;
    return out;
  }
  std::size_t pick(std::size_t n) { return random_() % n; }

 private:
  std::mt19937 random_{20261121};
};

// Two routes to one answer: the table, and a map of names asked suffix by suffix.
TEST_P(HostTableTest, AgreesWithALinearWalkOverManyNamesAndTheirMutations) {
  Names random;
  std::map<std::string, std::uint32_t, std::less<>> names;
  std::vector<std::string> all;
  while (names.size() < 60'000) {
    const bool fresh = all.empty() || random.pick(3) != 0;
    const std::string name = random.below(fresh ? random.label() : all[random.pick(all.size())]);
    if (name.size() > 253 || !names.emplace(name, static_cast<std::uint32_t>(names.size() + 1)).second) continue;
    all.push_back(name);
    builder_.add(name, {.mark = static_cast<std::uint16_t>(1 + random.pick(90)), .origin = 0, .line = names[name]});
  }
  const Pair pair = pair_of(builder_);
  EXPECT_EQ(pair.table.names(), names.size());
  const auto linear = [&](std::string_view host) {
    std::vector<std::uint32_t> out;
    for (auto dot = host.find('.'); dot != std::string_view::npos; dot = host.find('.')) {
      if (auto it = names.find(host); it != names.end()) out.push_back(it->second);
      host.remove_prefix(dot + 1);
    }
    return out;
  };
  std::size_t found = 0;
  for (const auto& name : all) {
    std::array<std::string, 4> asked{name, random.label() + "." + random.label() + "." + name, name, name};
    asked[2][random.pick(name.size())] = 'q';
    asked[3].insert(random.pick(name.size() + 1), 1, '.');
    for (const auto& host : asked) {
      if (host.size() > 255) continue;
      const auto lines = lines_of(pair, host);
      ASSERT_EQ(lines, linear(host)) << host;
      found += lines.size();
    }
  }
  EXPECT_GT(found, all.size() * 2);
}

// At every size up to a few buckets, so that full buckets, spills and the table's end are all met.
TEST_P(HostTableTest, SmallTablesOfEverySizeFindAllTheirNamesAndNoOthers) {
  for (std::uint32_t size = 1; size <= 200; ++size) {
    HostTableBuilder builder(kTestKey + size, GetParam());
    for (std::uint32_t i = 1; i <= size; ++i) builder.add("n" + std::to_string(i) + ".x", {1, 0, i});
    const Pair pair = pair_of(builder);
    for (std::uint32_t i = 1; i <= size; ++i)
      ASSERT_EQ(lines_of(pair, "n" + std::to_string(i) + ".x"), std::vector<std::uint32_t>{i});
    for (std::uint32_t i = size + 1; i <= 2 * size; ++i)
      ASSERT_TRUE(lines_of(pair, "n" + std::to_string(i) + ".x").empty());
  }
}

TEST_P(HostTableTest, ManyLabelsAreWalkedInRounds) {
  builder_.add("b.c", {.mark = 1, .origin = 0, .line = 1});
  builder_.add("a.a.b.c", {.mark = 1, .origin = 0, .line = 2});
  const Pair pair = pair_of(builder_);
  for (const int labels : {2, 9, 16, 30, 31, 32, 60, 100, 125, 126, 127, 500, 5000}) {
    std::string host;
    for (int i = 0; i < labels; ++i) host += "a.";
    EXPECT_EQ(lines_of(pair, host + "b.c"), (std::vector<std::uint32_t>{2, 1})) << labels;
  }
  std::array<NameHit, 1> one;
  EXPECT_EQ(pair.table.find("a.a.b.c", HostTable::Walk::Suffixes, one), 1U);
  EXPECT_EQ(pair.lines.namings(one[0].slot)->at(0).line, 2U);
  EXPECT_TRUE(lines_of(pair, std::string(300, 'a')).empty());
  EXPECT_TRUE(lines_of(pair, std::string(300, 'a'), HostTable::Walk::Exact).empty());
}

TEST_P(HostTableTest, AMillionLinesOfOneNameAreNoDearerThanTheFirst) {
  for (std::uint32_t i = 0; i < 1'000'000; ++i) builder_.add("same.example", {1, 0, 1'000'000 - i});
  builder_.add("same.example", {.mark = 2, .origin = 1, .line = 7});
  const Pair pair = pair_of(builder_);
  const auto lines = lines_of(pair, "same.example");
  ASSERT_EQ(lines.size(), kLinesPerMark + 1);
  EXPECT_EQ(lines.front(), 1U);
  EXPECT_EQ(lines[kLinesPerMark - 1], kLinesPerMark);
  EXPECT_EQ(lines.back(), 7U);  // of the other mark
  EXPECT_EQ(pair.table.names(), 1U);
  EXPECT_TRUE(pair.lines.verify().has_value());
}

TEST_P(HostTableTest, AnEmptyTableFindsNothing) {
  const Pair pair = pair_of(builder_);
  EXPECT_TRUE(lines_of(pair, "example.com").empty());
  const Pair none;
  EXPECT_TRUE(lines_of(none, "example.com").empty());
  EXPECT_TRUE(none.table.verify().has_value());
  EXPECT_TRUE(none.lines.verify().has_value());
  EXPECT_TRUE(none.lines.namings(0)->empty());
}

TEST_P(HostTableTest, LookUpsAllocateNothing) {
  for (std::uint32_t i = 0; i < 1000; ++i) builder_.add("n" + std::to_string(i) + ".example", {1, 0, i});
  ASSERT_TRUE(builder_.add_path("n1.example", "/a?b=c", {1, 0, 1}));
  const Pair pair = pair_of(builder_);
  std::array<NameHit, 8> hits, paths;
  std::array<Naming, 4> namings;
  const std::size_t before = tests::allocations.load();
  EXPECT_EQ(pair.table.find("a.rather.long.name.that.fits.no.small.string.n1.example", HostTable::Walk::Suffixes, hits),
            1U);
  EXPECT_EQ(pair.table.find_paths(hits[0], "/a", "b=c&d", paths), 1U);
  EXPECT_EQ(*pair.lines.namings(hits[0].slot, namings), 1U);
  EXPECT_EQ(tests::allocations.load(), before);
}

TEST_P(HostTableTest, MoreCombinationsOfMarksThanASetCanNumberAreTooLarge) {
  for (std::uint32_t i = 1; i <= 0xffff; ++i)
    builder_.add("n" + std::to_string(i) + ".x", {static_cast<std::uint16_t>(i), 0, i});
  ASSERT_TRUE(HostTableBuilder(builder_).build().has_value());
  builder_.add("n1.x", {2, 0, 1});
  builder_.add("one.more", {1, 0, 1});
  const auto files = builder_.build();
  ASSERT_FALSE(files.has_value());
  EXPECT_EQ(files.error().kind, Error::Kind::TooLarge);
  EXPECT_FALSE(files.error().retryable);
  EXPECT_EQ(pair_of(builder_).table.names(), 0U);
}

TEST(HostTableKeys, RandomKeysDiffer) {
  std::set<std::uint64_t> keys;
  for (int i = 0; i < 16; ++i) keys.insert(random_table_key());
  EXPECT_EQ(keys.size(), 16U);
}

}  // namespace
}  // namespace citygate::matcher
