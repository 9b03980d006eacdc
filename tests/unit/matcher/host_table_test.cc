// The compiled table against a plain walk over the names, and against damage.
#include "matcher/host_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <set>

#include "matcher/host_table_builder.h"

namespace citygate::matcher {
namespace {

constexpr std::uint64_t kKey = 0x0123456789abcdefU;

HostTable table_of(HostTableBuilder& builder) {
  auto bytes = builder.build();
  EXPECT_TRUE(bytes.has_value());
  auto table = HostTable::from_bytes(std::move(*bytes), "test");
  EXPECT_TRUE(table.has_value()) << table.error().context;
  return std::move(*table);
}

std::vector<std::uint32_t> lines_of(const HostTable& table, std::string_view host,
                                    HostTable::Walk walk = HostTable::Walk::Suffixes) {
  std::array<NameHit, 32> hits;
  std::vector<std::uint32_t> out;
  const std::size_t count = table.find(host, walk, hits);
  for (std::size_t i = 0; i < count; ++i)
    for (const auto& naming : table.namings(hits[i].slot)) out.push_back(naming.line);
  return out;
}

TEST(HostTable, FindsSuffixesAtLabelBordersLongestFirst) {
  HostTableBuilder builder(kKey);
  builder.add("example.com", {.mark = 1, .origin = 0, .line = 10});
  builder.add("shop.example.com", {.mark = 2, .origin = 0, .line = 20});
  const HostTable table = table_of(builder);
  EXPECT_EQ(lines_of(table, "www.shop.example.com"), (std::vector<std::uint32_t>{20, 10}));
  EXPECT_EQ(lines_of(table, "example.com"), std::vector<std::uint32_t>{10});
  EXPECT_TRUE(lines_of(table, "badexample.com").empty());
  EXPECT_TRUE(lines_of(table, "example.com.evil.org").empty());
  EXPECT_TRUE(lines_of(table, "com").empty());
  EXPECT_TRUE(lines_of(table, "").empty());
  EXPECT_TRUE(lines_of(table, "...").empty());
}

TEST(HostTable, ExactWalkLooksAtTheWholeTextOnly) {
  HostTableBuilder builder(kKey);
  builder.add("2.3.4", {.mark = 1, .origin = 0, .line = 1});
  builder.add("1.2.3.4", {.mark = 1, .origin = 0, .line = 2});
  const HostTable table = table_of(builder);
  EXPECT_EQ(lines_of(table, "1.2.3.4", HostTable::Walk::Exact), std::vector<std::uint32_t>{2});
  EXPECT_TRUE(lines_of(table, "9.2.3.4", HostTable::Walk::Exact).empty());
}

TEST(HostTable, KeepsEveryNamingOfAName) {
  HostTableBuilder builder(kKey);
  for (std::uint32_t line : {7U, 3U, 3U}) builder.add("a.example", {.mark = 2, .origin = 5, .line = line});
  builder.add("a.example", {.mark = 9, .origin = 1, .line = 1});
  const HostTable table = table_of(builder);
  std::array<NameHit, 1> hit;
  ASSERT_EQ(table.find("a.example", HostTable::Walk::Suffixes, hit), 1U);
  const auto namings = table.namings(hit[0].slot);
  EXPECT_EQ(std::vector<Naming>(namings.begin(), namings.end()),
            (std::vector<Naming>{{2, 5, 3}, {2, 5, 7}, {9, 1, 1}}));
  const auto marks = table.marks(hit[0].set);
  EXPECT_EQ(std::vector<std::uint16_t>(marks.begin(), marks.end()), (std::vector<std::uint16_t>{2, 9}));
  EXPECT_TRUE(table.namings(0xffffffffU).empty());
}

TEST(HostTable, PathsMatchAtSegmentBordersBelowTheirName) {
  HostTableBuilder builder(kKey);
  ASSERT_TRUE(builder.add_path("example.com", "/casino", {.mark = 1, .origin = 0, .line = 1}));
  ASSERT_TRUE(builder.add_path("example.com", "/casino/Live", {.mark = 1, .origin = 0, .line = 2}));
  EXPECT_FALSE(builder.add_path("example.com", "/" + std::string(512, 'x'), {.mark = 1, .origin = 0, .line = 3}));
  const HostTable table = table_of(builder);
  std::array<NameHit, 4> hits;
  ASSERT_EQ(table.find("www.example.com", HostTable::Walk::Suffixes, hits), 1U);
  const NameHit name = hits[0];
  EXPECT_EQ(table.marks(name.set)[0], kPathsBelow);
  EXPECT_TRUE(table.namings(name.slot).empty());
  const auto lines = [&](std::string_view path) {
    std::vector<std::uint32_t> out;
    const std::size_t count = table.find_paths(name, path, hits);
    for (std::size_t i = 0; i < count; ++i) out.push_back(table.namings(hits[i].slot)[0].line);
    return out;
  };
  EXPECT_EQ(lines("/casino"), std::vector<std::uint32_t>{1});
  EXPECT_EQ(lines("/casino/"), std::vector<std::uint32_t>{1});
  EXPECT_EQ(lines("/CASINO/live/table"), (std::vector<std::uint32_t>{2, 1}));
  EXPECT_TRUE(lines("/casinos").empty());
  EXPECT_TRUE(lines("/").empty());
  EXPECT_TRUE(lines("/x/casino").empty());
  EXPECT_EQ(lines("/casino/" + std::string(5000, 'y')), std::vector<std::uint32_t>{1});
  std::string deep = "/casino";
  for (int i = 0; i < 2000; ++i) deep += "/";
  EXPECT_EQ(lines(deep), std::vector<std::uint32_t>{1});
}

// Two routes to one answer: the table, and a set of names asked suffix by suffix.
TEST(HostTable, AgreesWithALinearWalkOverManyNamesAndTheirMutations) {
  std::mt19937 random(20261121);
  const auto pick = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789-_";
  const auto label = [&] {
    std::string out;
    for (std::size_t i = 0, n = 1 + pick(9); i < n; ++i) out += kLetters[pick(kLetters.size())];
    return out;
  };
  std::map<std::string, std::uint32_t> names;
  HostTableBuilder builder(kKey);
  std::vector<std::string> all;
  while (names.size() < 60'000) {
    std::string name = label() + "." + label();
    if (!all.empty() && pick(3) == 0) name = label() + "." + all[pick(all.size())];
    if (!names.emplace(name, static_cast<std::uint32_t>(names.size() + 1)).second) continue;
    all.push_back(name);
    builder.add(name, {.mark = static_cast<std::uint16_t>(1 + pick(90)), .origin = 0, .line = names[name]});
  }
  const HostTable table = table_of(builder);
  EXPECT_EQ(table.names(), names.size());
  const auto linear = [&](std::string_view host) {
    std::vector<std::uint32_t> out;
    while (host.find('.') != std::string_view::npos) {
      if (auto it = names.find(std::string(host)); it != names.end()) out.push_back(it->second);
      host.remove_prefix(host.find('.') + 1);
    }
    return out;
  };
  std::size_t found = 0;
  for (const auto& name : all) {
    std::array<std::string, 4> asked{name, label() + "." + label() + "." + name, name, name};
    asked[2][pick(name.size())] = kLetters[pick(kLetters.size())];
    asked[3].insert(pick(name.size() + 1), 1, '.');
    for (const auto& host : asked) {
      const auto lines = lines_of(table, host);
      ASSERT_EQ(lines, linear(host)) << host;
      found += lines.size();
    }
  }
  EXPECT_GT(found, all.size() * 2);
}

TEST(HostTable, ManyLabelsAreWalkedInRounds) {
  HostTableBuilder builder(kKey);
  builder.add("b.c", {.mark = 1, .origin = 0, .line = 1});
  const HostTable table = table_of(builder);
  std::string host;
  for (int i = 0; i < 100; ++i) host += "a.";
  EXPECT_EQ(lines_of(table, host + "b.c"), std::vector<std::uint32_t>{1});
}

TEST(HostTable, AnEmptyTableFindsNothing) {
  HostTableBuilder builder(kKey);
  const HostTable table = table_of(builder);
  EXPECT_TRUE(lines_of(table, "example.com").empty());
  EXPECT_TRUE(lines_of(HostTable(), "example.com").empty());
}

std::string refusal(std::vector<std::byte> bytes) {
  auto table = HostTable::from_bytes(std::move(bytes), "hosts.table");
  return table ? std::string() : table.error().context;
}

TEST(HostTable, RefusesDamageOfAnyByteByName) {
  HostTableBuilder builder(kKey);
  for (std::uint32_t i = 1; i < 30; ++i) builder.add("n" + std::to_string(i) + ".example", {1, 0, i});
  const auto bytes = *builder.build();
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
  auto newer = bytes;
  newer[8] = std::byte{2};
  EXPECT_NE(refusal(newer).find("newer version"), std::string::npos);
}

TEST(HostTable, AFileThatIsMissingIsNotFound) {
  const auto table = HostTable::open("/nonexistent/hosts.table");
  ASSERT_FALSE(table.has_value());
  EXPECT_EQ(table.error().kind, Error::Kind::NotFound);
}

TEST(HostTable, RandomKeysDiffer) {
  std::set<std::uint64_t> keys;
  for (int i = 0; i < 16; ++i) keys.insert(random_table_key());
  EXPECT_EQ(keys.size(), 16U);
}

}  // namespace
}  // namespace citygate::matcher
