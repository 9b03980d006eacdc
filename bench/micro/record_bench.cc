// What a record costs: on the worker (reserve + commit), on the recorder (fold, batch, write), and when it is read.
//
// Realistic mix: 2,000 people, 20,000 hosts with a heavy head, one exchange in twelve attended, from a fixed seed.
#include <benchmark/benchmark.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "records/record_codec.h"
#include "records/recorder.h"
#include "records/ring.h"

namespace {

using namespace citygate;
using namespace citygate::records;

class Traffic {
 public:
  explicit Traffic(std::size_t count) {
    std::mt19937 random(42);
    for (int i = 0; i < 20'000; ++i)
      hosts_.push_back("www.site-" + std::to_string(i) + (i % 3 == 0 ? ".example.org" : ".example"));
    for (int i = 0; i < 5'000; ++i)
      paths_.push_back("/section/" + std::to_string(random() % 50) + "/article-" + std::to_string(i) + ".html");
    WallTime now{std::chrono::seconds(1'795'269'600)};
    for (std::size_t i = 0; i < count; ++i) {
      Record r;
      now += std::chrono::microseconds(random() % 500);
      r.exchange = i;
      r.begin = now - std::chrono::milliseconds(random() % 300);
      r.end = now;
      r.person = {1 + static_cast<std::uint32_t>(random() % 2000)};
      r.department = {1 + r.person.value % 5};
      r.identity = IdentityMethod::Address;
      r.client = IpAddress::v4(0x0a000000 + r.person.value);
      r.method = Method::Get;
      r.port = 80;
      const auto pick = random() % 20'000;
      r.host = hosts_[pick * (random() % 100) / 100];
      r.path = paths_[random() % paths_.size()];
      r.decisive = {static_cast<std::uint16_t>(1 + pick % 30)};
      r.categories.insert(r.decisive);
      r.evidence = {
          .category = r.decisive, .source = {1 + r.decisive.value % 8u}, .line = static_cast<std::uint32_t>(pick)};
      r.status = 200;
      r.to_client_bytes = random() % 100'000;
      if (random() % 12 == 0) {
        r.attention = Attention::Document;
        r.quota = {1};
        r.active_from = r.active_until = r.begin;
      }
      r.policy = {0x1234567812345678};
      r.lists = {0x2345678923456789};
      r.people = {0x3456789034567890};
      records_.push_back(r);
    }
  }
  std::vector<Record>& records() { return records_; }

 private:
  std::vector<std::string> hosts_, paths_;
  std::vector<Record> records_;
};

struct Directory {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("citygate-bench-" + std::to_string(::getpid()));
  Directory() { std::filesystem::create_directories(path); }
  ~Directory() { std::filesystem::remove_all(path); }
};

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void encode(benchmark::State& state) {
  Traffic traffic(4096);
  char bytes[kMaxRecordBytes];
  std::size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(encode_record(traffic.records()[i++ % 4096], bytes));
}
BENCHMARK(encode);

void decode(benchmark::State& state) {
  Traffic traffic(4096);
  std::vector<std::string> encoded;
  for (const Record& record : traffic.records()) {
    char bytes[kMaxRecordBytes];
    encoded.emplace_back(bytes, encode_record(record, bytes));
  }
  Record out;
  std::size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(decode_record(encoded[i++ % 4096], out));
}
BENCHMARK(decode);

void reserve_and_commit(benchmark::State& state) {
  Directory directory;
  Traffic traffic(4096);
  auto ring = *Ring::create(directory.path / "a.ring", 16 << 20, 1, 0);
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(ring->append(traffic.records()[i++ % 4096]));
    if (i % 4096 == 0) ring->release(ring->committed());
  }
}
BENCHMARK(reserve_and_commit);

// CPU of the whole process per record: appending, folding, writing, compaction.
void record_into_store(benchmark::State& state) {
  Traffic traffic(400'000);
  double cpu = 0;
  std::uint64_t records = 0, disk = 0;
  for (auto _ : state) {
    Directory directory;
    const Zone zone = *Zone::open("America/Chicago");
    DrivenClock clock(traffic.records().front().begin);
    meter::UsageBoard board{meter::VisitRules{}};
    auto store = *Store::open(directory.path / "db");
    auto recorder = *Recorder::open(directory.path / "spool", {}, 1, *store, board, zone, clock);
    const double before = cpu_seconds();
    std::size_t i = 0;
    for (Record& record : traffic.records()) {
      record.id = {};
      while (!recorder->ring(0).append(record)) static_cast<void>(recorder->flush());
      // As much as arrives between two drains of a busy gateway.
      if (++i % 2000 == 0) static_cast<void>(recorder->flush());
    }
    clock.set(traffic.records().back().end);
    static_cast<void>(recorder->stop());
    cpu += cpu_seconds() - before;
    records += traffic.records().size();
    recorder.reset();
    store.reset();
    store = *Store::open(directory.path / "db");  // what stood in the log is in tables now
    store.reset();
    for (const auto& file : std::filesystem::recursive_directory_iterator(directory.path / "db"))
      if (file.is_regular_file() && file.path().extension() == ".sst") disk += file.file_size();
  }
  state.counters["cpu_ns_per_record"] = cpu * 1e9 / static_cast<double>(records);
  state.counters["disk_bytes_per_record"] = static_cast<double>(disk) / static_cast<double>(records);
}
BENCHMARK(record_into_store)->Unit(benchmark::kMillisecond)->Iterations(3);

// What a live gateway does: records come in slices of 10 ms at so many a second, and nobody flushes. CPU of the whole
// process per record, less what the same loop takes that appends nothing; everybody has been seen before.
void record_paced(benchmark::State& state) {
  using namespace std::chrono_literals;
  const auto per_slice = static_cast<std::size_t>(state.range(0)) / 100;
  constexpr std::size_t kSlices = 500;
  constexpr std::size_t kBefore = 40'000;
  Traffic traffic(kBefore + per_slice * kSlices);
  double cpu = 0;
  std::uint64_t batches = 0;
  for (auto _ : state) {
    Directory directory;
    const Zone zone = *Zone::open("America/Chicago");
    SystemClock clock;
    meter::UsageBoard board{meter::VisitRules{}};
    auto store = *Store::open(directory.path / "db");
    auto recorder = *Recorder::open(directory.path / "spool", {}, 1, *store, board, zone, clock);
    std::size_t i = 0;
    const auto append = [&](std::size_t count) {
      const WallTime now = clock.now();
      for (; count > 0; --count) {
        Record record = traffic.records()[i++];
        record.begin = record.end = now;
        if (record.attention != Attention::None) record.active_from = record.active_until = now;
        while (!recorder->ring(0).append(record)) static_cast<void>(recorder->flush());
      }
    };
    const auto slices = [&](std::size_t count, std::size_t records) {
      const double before = cpu_seconds();
      auto next = std::chrono::steady_clock::now();
      for (; count > 0; --count) {
        append(records);
        std::this_thread::sleep_until(next += 10ms);
      }
      static_cast<void>(recorder->flush());
      return cpu_seconds() - before;
    };
    append(kBefore);
    static_cast<void>(recorder->flush());
    const double idle = slices(kSlices / 2, 0) * 2;
    const std::uint64_t earlier = recorder->status().batches;
    cpu += slices(kSlices, per_slice) - idle;
    batches += recorder->status().batches - earlier;
    state.counters["idle_ns_per_second"] = idle * 1e9 / (static_cast<double>(kSlices) / 100);
  }
  const auto records = static_cast<double>(per_slice * kSlices) * static_cast<double>(state.iterations());
  state.counters["cpu_ns_per_record"] = cpu * 1e9 / records;
  state.counters["records_per_batch"] = records / static_cast<double>(batches);
}
BENCHMARK(record_paced)->Arg(500)->Arg(5'000)->Arg(20'000)->Arg(50'000)->Unit(benchmark::kMillisecond)->Iterations(1);

void scan(benchmark::State& state) {
  Directory directory;
  Traffic traffic(200'000);
  const Zone zone = *Zone::open("America/Chicago");
  DrivenClock clock(traffic.records().front().begin);
  meter::UsageBoard board{meter::VisitRules{}};
  auto store = *Store::open(directory.path / "db");
  auto recorder = *Recorder::open(directory.path / "spool", {}, 1, *store, board, zone, clock);
  std::size_t i = 0;
  for (Record& record : traffic.records()) {
    while (!recorder->ring(0).append(record)) static_cast<void>(recorder->flush());
    if (++i % 2000 == 0) static_cast<void>(recorder->flush());
  }
  static_cast<void>(recorder->stop());
  std::int64_t seen = 0;
  for (auto _ : state) static_cast<void>(store->scan({}, [&](const Record&) { return ++seen != 0; }));
  state.SetItemsProcessed(seen);
}
BENCHMARK(scan)->Unit(benchmark::kMillisecond);

}  // namespace
