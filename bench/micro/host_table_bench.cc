// host_table_bench.cc - what a look-up of a host with all its suffixes costs, at 1 M and 10 M listed names.
//
//   BM_FindUniform/N     every listed name equally often, one label put in front of half of them: mostly cache misses
//   BM_FindMiss/N        names that are not listed
//   BM_FindLately/N      the same 256 names over and over: "a host seen lately"
//   BM_Build/N           from names to the table's bytes
//
// Names are made from a fixed seed; three labels on average, as in real lists.
#include <benchmark/benchmark.h>

#include <array>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "matcher/host_table.h"
#include "matcher/host_table_builder.h"

namespace citygate::matcher {
namespace {

std::string name_of(std::uint64_t number) {
  std::uint64_t mixed = number * 0x9e3779b97f4a7c15U;
  std::string out;
  for (int i = 0; i < 9; ++i, mixed /= 26) out += static_cast<char>('a' + mixed % 26);
  if (number % 3 == 0) out += ".sub" + std::to_string(number % 1000);
  return out + (number % 5 == 0 ? ".co.example" : ".example");
}

HostTable build(std::size_t names) {
  HostTableBuilder builder(42);
  for (std::size_t i = 0; i < names; ++i)
    builder.add(name_of(i), {static_cast<std::uint16_t>(1 + i % 80), static_cast<std::uint16_t>(i % 200),
                             static_cast<std::uint32_t>(i + 1)});
  auto bytes = builder.build();
  return std::move(*HostTable::from_bytes(std::move(*bytes), "bench"));
}

const HostTable& table(std::size_t names) {
  static std::size_t built = 0;
  static std::unique_ptr<HostTable> kept;
  if (built != names) {
    kept.reset();
    kept = std::make_unique<HostTable>(build(names));
    built = names;
  }
  return *kept;
}

void run(benchmark::State& state, const std::vector<std::string>& hosts) {
  const HostTable& listed = table(static_cast<std::size_t>(state.range(0)));
  std::array<NameHit, 16> hits;
  std::size_t at = 0, found = 0;
  for (auto _ : state) {
    found += listed.find(hosts[at], HostTable::Walk::Suffixes, hits);
    if (++at == hosts.size()) at = 0;
  }
  benchmark::DoNotOptimize(found);
  state.counters["found"] = benchmark::Counter(static_cast<double>(found), benchmark::Counter::kAvgIterations);
  state.counters["bytes_per_name"] = static_cast<double>(listed.mapped_bytes()) / static_cast<double>(listed.names());
}

void BM_FindUniform(benchmark::State& state) {
  std::mt19937_64 random(1);
  std::vector<std::string> hosts(1 << 18);
  for (auto& host : hosts) {
    host = name_of(random() % static_cast<std::uint64_t>(state.range(0)));
    if (random() % 2 == 0) host.insert(0, "www.");
  }
  run(state, hosts);
}

void BM_FindMiss(benchmark::State& state) {
  std::mt19937_64 random(2);
  std::vector<std::string> hosts(1 << 18);
  for (auto& host : hosts) host = "www." + name_of(random() % 1'000'000) + "x.net";
  run(state, hosts);
}

void BM_FindLately(benchmark::State& state) {
  std::mt19937_64 random(3);
  std::vector<std::string> hosts(256);
  for (auto& host : hosts) host = "www." + name_of(random() % static_cast<std::uint64_t>(state.range(0)));
  run(state, hosts);
}

void BM_Build(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(build(static_cast<std::size_t>(state.range(0))).names());
}

BENCHMARK(BM_FindUniform)->Arg(1'000'000)->Arg(10'000'000);
BENCHMARK(BM_FindMiss)->Arg(1'000'000)->Arg(10'000'000);
BENCHMARK(BM_FindLately)->Arg(1'000'000)->Arg(10'000'000);
BENCHMARK(BM_Build)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace citygate::matcher

BENCHMARK_MAIN();
