// host_table_bench.cc - what a look-up of a host with all its suffixes costs in a mapped table, and what making one does.
//
//   BM_Find/FAMILY/ASKED/N   ns per host; FAMILY aes or xxh3 (matcher/host_hash.h), ASKED as in host_names.h
//   BM_FindPaths             a URL of five borders below a name that has paths
//   BM_Open/N, BM_Verify/N   mapping a file and checking its frame; checking all of it
//   BM_Build/N               from names to the bytes of both files
#include <benchmark/benchmark.h>

#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bench/micro/host_names.h"
#include "matcher/host_table.h"
#include "matcher/host_table_builder.h"

namespace citygate::matcher {
namespace {

using bench::Asked;
using bench::Hosts;

HostFiles build(std::uint64_t names, HashFamily family) {
  HostTableBuilder builder(random_table_key(), family);
  for (std::uint64_t i = 0; i < names; ++i)
    builder.add(bench::name_of(i), {static_cast<std::uint16_t>(1 + i % 80), static_cast<std::uint16_t>(i % 200),
                                    static_cast<std::uint32_t>(i + 1)});
  return std::move(*builder.build());
}

// One table at a time, in a file of its own.
class TableFile {
 public:
  TableFile(std::uint64_t names, HashFamily family)
      : path_(std::filesystem::temp_directory_path() / ("host_table_bench." + std::to_string(::getpid()))) {
    const HostFiles files = build(names, family);
    std::ofstream(path_, std::ios::binary)
        .write(reinterpret_cast<const char*>(files.table.data()), static_cast<std::streamsize>(files.table.size()));
  }
  TableFile(const TableFile&) = delete;
  TableFile& operator=(const TableFile&) = delete;
  ~TableFile() { std::filesystem::remove(path_); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  static const TableFile& of(std::uint64_t names, HashFamily family) {
    static std::pair<std::uint64_t, HashFamily> made;
    static std::unique_ptr<TableFile> kept;
    if (made != std::pair(names, family)) {
      kept.reset();
      kept = std::make_unique<TableFile>(names, family);
      made = {names, family};
    }
    return *kept;
  }

 private:
  std::filesystem::path path_;
};

void BM_Find(benchmark::State& state, HashFamily family, Asked asked) {
  const auto names = static_cast<std::uint64_t>(state.range(0));
  if (!runs_here(family)) return state.SkipWithError("this processor lacks the instructions");
  const auto table = *HostTable::open(TableFile::of(names, family).path());
  if (!table.verify()) return state.SkipWithError("damaged");  // and every page is mapped now
  const Hosts hosts(asked, names);
  std::array<NameHit, 16> hits;
  std::size_t at = 0, found = 0;
  for (auto _ : state) {
    found += table.find(hosts[at], HostTable::Walk::Suffixes, hits);
    if (++at == hosts.size()) at = 0;
  }
  benchmark::DoNotOptimize(found);
  state.counters["found"] = benchmark::Counter(static_cast<double>(found), benchmark::Counter::kAvgIterations);
  state.counters["bytes_per_name"] = static_cast<double>(table.mapped_bytes()) / static_cast<double>(table.names());
}

void BM_FindPaths(benchmark::State& state) {
  HostTableBuilder builder(random_table_key());
  for (std::uint32_t i = 0; i < 100'000; ++i)
    if (!builder.add_path(bench::name_of(i), "/section/page-" + std::to_string(i), {1, 0, i}))
      return state.SkipWithError("a path does not fit");
  const auto table = *HostTable::from_bytes(std::move(builder.build()->table), "bench");
  std::array<NameHit, 8> hits;
  NameHit name;
  if (table.find(bench::name_of(7), HostTable::Walk::Suffixes, {&name, 1}) != 1)
    return state.SkipWithError("not found");
  std::size_t found = 0;
  for (auto _ : state) found += table.find_paths(name, "/Section/page-7/story/one", "id=17&from=front", hits);
  state.counters["found"] = benchmark::Counter(static_cast<double>(found), benchmark::Counter::kAvgIterations);
}

void BM_Open(benchmark::State& state) {
  const auto& file = TableFile::of(static_cast<std::uint64_t>(state.range(0)), fastest_hash_family());
  for (auto _ : state) benchmark::DoNotOptimize(HostTable::open(file.path())->names());
}

void BM_Verify(benchmark::State& state) {
  const auto& file = TableFile::of(static_cast<std::uint64_t>(state.range(0)), fastest_hash_family());
  const auto table = *HostTable::open(file.path());
  for (auto _ : state) benchmark::DoNotOptimize(table.verify().has_value());
}

void BM_Build(benchmark::State& state) {
  const auto names = static_cast<std::uint64_t>(state.range(0));
  const auto family = fastest_hash_family();
  std::string text;
  std::vector<std::uint32_t> ends;
  for (std::uint64_t i = 0; i < names; ++i) {
    text += bench::name_of(i);
    ends.push_back(static_cast<std::uint32_t>(text.size()));
  }
  for (auto _ : state) {
    HostTableBuilder builder(random_table_key(), family);
    for (std::uint32_t i = 0, begin = 0; i < names; begin = ends[i++])
      builder.add(std::string_view(text).substr(begin, ends[i] - begin),
                  {static_cast<std::uint16_t>(1 + i % 80), 0, i});
    benchmark::DoNotOptimize(builder.build()->table.size());
  }
}

void add_find(const char* name, HashFamily family, std::int64_t names) {
  const std::map<std::string, Asked> kinds{
      {"uniform", Asked::Uniform}, {"zipf", Asked::Zipf}, {"missing", Asked::Missing}, {"lately", Asked::Lately}};
  for (const auto& [word, asked] : kinds)
    benchmark::RegisterBenchmark(("BM_Find/" + std::string(name) + "/" + word).c_str(), BM_Find, family, asked)
        ->Arg(names);
}

}  // namespace

void register_all() {
  for (const std::int64_t names : {1'000'000, 10'000'000}) {
    add_find("xxh3", HashFamily::Xxh3, names);
    add_find("aes", HashFamily::Aes, names);
    benchmark::RegisterBenchmark("BM_Open", BM_Open)->Arg(names)->Unit(benchmark::kMicrosecond);
    benchmark::RegisterBenchmark("BM_Verify", BM_Verify)->Arg(names)->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark("BM_Build", BM_Build)->Arg(names)->Unit(benchmark::kMillisecond);
  }
  benchmark::RegisterBenchmark("BM_FindPaths", BM_FindPaths);
}

}  // namespace citygate::matcher

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  citygate::matcher::register_all();
  benchmark::RunSpecifiedBenchmarks();
}
