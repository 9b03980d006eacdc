// How long a start waits for the journal of acts, and a command for the disk.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <filesystem>

#include "records/act_codec.h"
#include "records/store.h"

namespace citygate::records {
namespace {

constexpr std::uint64_t kActs = 100'000;

Act permit(std::uint64_t number) {
  Act act;
  act.number = number;
  act.kind = ActKind::GrantRequest;
  act.author = "pat.lee";
  act.via = "portal, password";
  act.reason = "webinar of the state's association of clerks";
  act.subject = "person" + std::to_string(number % 5000);
  act.fields = {{"kind", "streaming-permit"},
                {"for", act.subject},
                {"categories", "streaming-media"},
                {"start", "2026-11-21T14:00:00Z"},
                {"end", "2026-11-21T16:00:00Z"},
                {"steps", "supervisor: pat.lee; it-director: kim.o, lee.s"},
                {"clause", "S2(B)"}};
  return act;
}

struct Directory {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("citygate-bench-" + std::to_string(::getpid()));
  Directory() { std::filesystem::create_directories(path); }
  ~Directory() { std::filesystem::remove_all(path); }
};

// One for all, made at the first use.
Store& store() {
  static const Directory directory;
  static const std::unique_ptr<Store> opened = [] {
    auto made = Store::open(directory.path / "db");
    CG_CHECK(made);
    for (std::uint64_t number = 1; number <= kActs; number += 1000) {
      std::vector<Act> some;
      for (std::uint64_t i = 0; i < 1000; ++i) some.push_back(permit(number + i));
      CG_CHECK((*made)->acts().append(std::move(some)));
    }
    return *std::move(made);
  }();
  return *opened;
}

void read_100_000(benchmark::State& state) {
  const auto& acts = store().acts();
  for (auto _ : state) {
    std::uint64_t seen = 0;
    CG_CHECK(acts.scan(1, [&](const Act& act) {
      seen += act.number != 0;
      return true;
    }));
    CG_CHECK(seen >= kActs);
  }
}
BENCHMARK(read_100_000)->Unit(benchmark::kMillisecond);

void verify_100_000(benchmark::State& state) {
  const auto& acts = store().acts();
  for (auto _ : state) CG_CHECK(verify_acts(acts));
}
BENCHMARK(verify_100_000)->Unit(benchmark::kMillisecond);

void append_one(benchmark::State& state) {
  for (auto _ : state) CG_CHECK(store().acts().append({permit(1)}));
}
BENCHMARK(append_one)->Unit(benchmark::kMicrosecond)->Iterations(500);

void encode(benchmark::State& state) {
  const Act act = permit(1);
  const auto salt = make_act_salt();
  for (auto _ : state) benchmark::DoNotOptimize(encode_act(act, salt));
}
BENCHMARK(encode);

void decode(benchmark::State& state) {
  const auto line = *encode_act(permit(1), make_act_salt());
  for (auto _ : state) benchmark::DoNotOptimize(decode_act(line));
}
BENCHMARK(decode);

}  // namespace
}  // namespace citygate::records
