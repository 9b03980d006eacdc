// host_tables.h - tables and their lines in memory, for tests.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "matcher/host_lines.h"
#include "matcher/host_table.h"
#include "matcher/host_table_builder.h"

namespace citygate::matcher {

inline constexpr std::uint64_t kTestKey = 0x0123456789abcdefU;

struct Pair {
  HostTable table;
  HostLines lines;
};

inline Pair pair_of(HostFiles files) {
  Pair out;
  auto table = HostTable::from_bytes(std::move(files.table), "hosts.table");
  EXPECT_TRUE(table.has_value()) << table.error().context;
  out.table = std::move(*table);
  EXPECT_TRUE(out.table.verify().has_value());
  auto lines = HostLines::from_bytes(std::move(files.lines), out.table, "hosts.lines");
  EXPECT_TRUE(lines.has_value()) << lines.error().context;
  out.lines = std::move(*lines);
  EXPECT_TRUE(out.lines.verify().has_value());
  return out;
}

inline Pair pair_of(HostTableBuilder& builder) {
  auto files = builder.build();
  EXPECT_TRUE(files.has_value());
  return pair_of(std::move(*files));
}

// Line numbers of all namings of what is found, longest name first.
inline std::vector<std::uint32_t> lines_of(const Pair& pair, std::string_view host,
                                           HostTable::Walk walk = HostTable::Walk::Suffixes) {
  std::array<NameHit, 32> hits;
  std::vector<std::uint32_t> out;
  const std::size_t count = pair.table.find(host, walk, hits);
  for (std::size_t i = 0; i < count; ++i) {
    const auto namings = pair.lines.namings(hits[i].slot);
    EXPECT_TRUE(namings.has_value());
    for (const auto& naming : *namings) out.push_back(naming.line);
  }
  return out;
}

inline std::string family_name(const testing::TestParamInfo<HashFamily>& family) {
  return family.param == HashFamily::Aes ? "Aes" : "Xxh3";
}

// The families that this processor runs.
inline std::vector<HashFamily> families() {
  std::vector<HashFamily> out{HashFamily::Xxh3};
  if (runs_here(HashFamily::Aes)) out.push_back(HashFamily::Aes);
  return out;
}

}  // namespace citygate::matcher
