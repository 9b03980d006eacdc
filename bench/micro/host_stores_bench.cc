// host_stores_bench.cc - the host table beside general stores, with the same names and the same questions.
//
//   BM_Find/STORE/ASKED/N   ns for a host with all its suffixes; STORE:
//       rocksdb         Get of each suffix: bloom filter, everything in its block cache
//       std_strings     std::unordered_map of strings
//       absl_strings    absl::flat_hash_map of strings
//       absl_hashes     absl::flat_hash_map of 64-bit hashes (XXH3)
//       table           ours, in a mapped file
//   with build_s, seconds to build it from names, and bytes_per_name, of memory (RocksDB: of its files)
//
// What is found is 16 bits, in each of them. ASKED as in host_names.h.
#include <absl/container/flat_hash_map.h>
#include <benchmark/benchmark.h>
#include <malloc.h>
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "bench/micro/host_names.h"
#include "matcher/host_hash.h"
#include "matcher/host_table.h"
#include "matcher/host_table_builder.h"

namespace citygate {
namespace {

using bench::Asked;
using bench::for_each_suffix;
using bench::Hosts;
using bench::name_of;

std::filesystem::path scratch() {
  return std::filesystem::temp_directory_path() / ("host_stores_bench." + std::to_string(::getpid()));
}

struct Store {
  virtual ~Store() = default;
  virtual void build(std::uint64_t names) = 0;
  // How many of the host's suffixes are listed.
  virtual std::size_t find(std::string_view host) = 0;
  // Of files or mappings; 0 where the heap tells.
  [[nodiscard]] virtual std::uint64_t bytes() const { return 0; }
};

std::uint16_t value_of(std::uint64_t number) { return static_cast<std::uint16_t>(1 + number % 80); }

class RocksStore final : public Store {
 public:
  ~RocksStore() override {
    value_.Reset();  // it pins a block of the cache
    db_.reset();
    std::filesystem::remove_all(scratch());
  }
  void build(std::uint64_t names) override {
    rocksdb::BlockBasedTableOptions table;
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    table.block_cache = rocksdb::NewLRUCache(std::size_t{1} << 30);
    rocksdb::Options options;
    options.create_if_missing = true;
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    rocksdb::DB* db = nullptr;
    if (!rocksdb::DB::Open(options, scratch(), &db).ok()) std::abort();
    db_.reset(db);
    rocksdb::WriteOptions write;
    write.disableWAL = true;
    for (std::uint64_t i = 0; i < names;) {
      rocksdb::WriteBatch batch;
      for (std::uint64_t end = std::min(names, i + 10'000); i < end; ++i) {
        const std::uint16_t value = value_of(i);
        if (!batch.Put(name_of(i), {reinterpret_cast<const char*>(&value), sizeof value}).ok()) std::abort();
      }
      if (!db_->Write(write, &batch).ok()) std::abort();
    }
    if (!db_->CompactRange({}, nullptr, nullptr).ok()) std::abort();
  }
  std::size_t find(std::string_view host) override {
    return for_each_suffix(host, [this](std::string_view name) {
      value_.Reset();
      return db_->Get({}, db_->DefaultColumnFamily(), {name.data(), name.size()}, &value_).ok();
    });
  }
  [[nodiscard]] std::uint64_t bytes() const override {
    std::uint64_t out = 0;
    return db_->GetIntProperty(rocksdb::DB::Properties::kTotalSstFilesSize, &out) ? out : 0;
  }

 private:
  std::unique_ptr<rocksdb::DB> db_;
  rocksdb::PinnableSlice value_;
};

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return matcher::hash_text(text, 0); }
};
struct TextEqual {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const { return a == b; }
};

template <class Map>
class TextStore final : public Store {
 public:
  void build(std::uint64_t names) override {
    map_.reserve(names);
    for (std::uint64_t i = 0; i < names; ++i) map_.emplace(name_of(i), value_of(i));
  }
  std::size_t find(std::string_view host) override {
    return for_each_suffix(host, [this](std::string_view name) { return map_.find(name) != map_.end(); });
  }

 private:
  Map map_;
};
using StdStore = TextStore<std::unordered_map<std::string, std::uint16_t, TextHash, TextEqual>>;
using AbslStore = TextStore<absl::flat_hash_map<std::string, std::uint16_t, TextHash, TextEqual>>;

class HashStore final : public Store {
 public:
  void build(std::uint64_t names) override {
    map_.reserve(names);
    for (std::uint64_t i = 0; i < names; ++i) map_.emplace(matcher::hash_text(name_of(i), 1), value_of(i));
  }
  std::size_t find(std::string_view host) override {
    return for_each_suffix(host, [this](std::string_view name) { return map_.contains(matcher::hash_text(name, 1)); });
  }

 private:
  absl::flat_hash_map<std::uint64_t, std::uint16_t> map_;
};

class TableStore final : public Store {
 public:
  ~TableStore() override { std::filesystem::remove(scratch()); }
  void build(std::uint64_t names) override {
    matcher::HostTableBuilder builder(matcher::random_table_key());
    for (std::uint64_t i = 0; i < names; ++i)
      builder.add(name_of(i), {value_of(i), 0, static_cast<std::uint32_t>(i + 1)});
    const auto files = *builder.build();
    std::ofstream(scratch(), std::ios::binary)
        .write(reinterpret_cast<const char*>(files.table.data()), static_cast<std::streamsize>(files.table.size()));
    table_ = *matcher::HostTable::open(scratch());
    if (!table_.verify()) std::abort();
  }
  std::size_t find(std::string_view host) override {
    return table_.find(host, matcher::HostTable::Walk::Suffixes, hits_);
  }
  [[nodiscard]] std::uint64_t bytes() const override { return table_.mapped_bytes(); }

 private:
  matcher::HostTable table_;
  std::array<matcher::NameHit, 16> hits_;
};

std::uint64_t heap_bytes() {
  const auto info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

struct Built {
  std::string name;
  std::uint64_t names = 0;
  std::unique_ptr<Store> store;
  double seconds = 0, bytes_per_name = 0;
};

// One store at a time, of whatever kind.
Built kept;

template <class S>
Built& built(const std::string& name, std::uint64_t names) {
  if (kept.name == name && kept.names == names) return kept;
  kept = {};
  kept.name = name;
  kept.names = names;
  const std::uint64_t before = heap_bytes();
  const auto start = std::chrono::steady_clock::now();
  kept.store = std::make_unique<S>();
  kept.store->build(names);
  kept.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const std::uint64_t bytes = kept.store->bytes() != 0 ? kept.store->bytes() : heap_bytes() - before;
  kept.bytes_per_name = static_cast<double>(bytes) / static_cast<double>(names);
  return kept;
}

void run(benchmark::State& state, const Built& of, Asked asked) {
  const Hosts hosts(asked, of.names);
  std::size_t at = 0, found = 0;
  for (auto _ : state) {
    found += of.store->find(hosts[at]);
    if (++at == hosts.size()) at = 0;
  }
  benchmark::DoNotOptimize(found);
  state.counters["found"] = benchmark::Counter(static_cast<double>(found), benchmark::Counter::kAvgIterations);
  state.counters["bytes_per_name"] = of.bytes_per_name;
  state.counters["build_s"] = of.seconds;
}

template <class S>
void add(const std::string& name, std::uint64_t names) {
  for (const auto& [word, asked] :
       {std::pair{"uniform", Asked::Uniform}, std::pair{"zipf", Asked::Zipf}, std::pair{"missing", Asked::Missing}}) {
    const Asked kind = asked;
    benchmark::RegisterBenchmark(("BM_Find/" + name + "/" + word + "/" + std::to_string(names)).c_str(),
                                 [=](benchmark::State& state) { run(state, built<S>(name, names), kind); });
  }
}

}  // namespace

// RocksDB's own statics are gone when ours are destroyed.
void drop_store() { kept = {}; }

void register_all() {
  for (const std::uint64_t names : {1'000'000, 10'000'000}) {
    add<TableStore>("table", names);
    add<HashStore>("absl_hashes", names);
    add<AbslStore>("absl_strings", names);
    add<StdStore>("std_strings", names);
    add<RocksStore>("rocksdb", names);
  }
}

}  // namespace citygate

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  citygate::register_all();
  benchmark::RunSpecifiedBenchmarks();
  citygate::drop_store();
}
