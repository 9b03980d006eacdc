// classify_bench.cc - what the lists cost a request: parsing its URL, classifying it, and finding the line behind it.
//
//   BM_Classify           URLs one after another, as they come
//   BM_ClassifyLately     the same 256 over and over: "a host seen lately"
//   BM_ClassifyTunnel     their hosts, as CONNECT names them
//   BM_ParseAndClassify   from the bytes of the URL
//   BM_Evidence           the line behind each match, read from the disk's cache
//
// CITYGATE_LISTS names the lists/ of a state directory, as `citygate lists update` fills it; CITYGATE_URLS a file of URLs, one a
// line. Without them the starter list and made-up URLs serve.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "base/name_source.h"
#include "categories/list_store.h"

namespace citygate::categories {
namespace {

namespace fs = std::filesystem;

struct World {
  MemoryNames names;
  Taxonomy taxonomy;
  std::unique_ptr<ListStore> store;
  std::shared_ptr<const Lists> lists;
  std::vector<std::string> urls;
  std::vector<Target> targets, tunnels;

  World() {
    const fs::path root = CITYGATE_SOURCE_DIR;
    Problems problems;
    taxonomy = *Taxonomy::read(root / "conf" / "taxonomy.toml", names, problems);
    const char* told = std::getenv("CITYGATE_LISTS");
    const fs::path directory =
        told ? fs::path(told) : fs::temp_directory_path() / ("citygate-classify-bench-" + std::to_string(::getpid()));
    store = std::move(*ListStore::open(directory, taxonomy, names));
    if (!told) {
      const auto done = store->import({.path = root / "categories" / "lists", .source = "starter"},
                                      {.author = "bench", .reason = "bench"}, {});
      CG_CHECK(done.has_value());
    }
    std::string warning;
    lists = std::move(*store->load_current(warning));
    if (!told) fs::remove_all(directory);  // what is mapped stays
    read_urls();
  }

  void read_urls() {
    if (const char* file = std::getenv("CITYGATE_URLS")) {
      std::ifstream stream(file);
      for (std::string line; std::getline(stream, line);) urls.push_back(line);
    } else {
      std::mt19937 random(1);
      for (int i = 0; i < 20'000; ++i)
        urls.push_back("http://www.site" + std::to_string(random() % 5'000) + ".example/a/page" + std::to_string(i) +
                       ".html?session=" + std::to_string(random()));
    }
    std::erase_if(urls, [this](const std::string& url) {
      Target target;
      if (!parse_url(url, target)) return true;
      targets.push_back(target);
      target.scheme = Scheme::Tunnel;
      target.port = 443;
      target.path.clear();
      target.query.clear();
      tunnels.push_back(std::move(target));
      return false;
    });
  }
};

World& world() {
  static World only;
  return only;
}

void classify(benchmark::State& state, const std::vector<Target>& targets, std::size_t count) {
  Workspace workspace;
  Classification found;
  std::size_t at = 0, listed = 0;
  for (auto _ : state) {
    world().lists->classify(targets[at], workspace, found);
    listed += found.categories.empty() ? 0 : 1;
    if (++at == count) at = 0;
  }
  state.counters["listed"] = benchmark::Counter(static_cast<double>(listed), benchmark::Counter::kAvgIterations);
  state.counters["entries"] = static_cast<double>(world().lists->status().entries);
  state.counters["patterns"] = static_cast<double>(world().lists->status().patterns);
}

void BM_Classify(benchmark::State& state) { classify(state, world().targets, world().targets.size()); }
void BM_ClassifyLately(benchmark::State& state) {
  classify(state, world().targets, std::min<std::size_t>(256, world().targets.size()));
}
void BM_ClassifyTunnel(benchmark::State& state) { classify(state, world().tunnels, world().tunnels.size()); }

void BM_ParseAndClassify(benchmark::State& state) {
  Workspace workspace;
  Classification found;
  Target target;
  std::size_t at = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(parse_url(world().urls[at], target));
    world().lists->classify(target, workspace, found);
    benchmark::DoNotOptimize(found.match_count);
    if (++at == world().urls.size()) at = 0;
  }
}

void BM_Evidence(benchmark::State& state) {
  Workspace workspace;
  std::vector<std::pair<Classification, CategoryId>> matches;
  for (const auto& target : world().targets) {
    Classification found;
    world().lists->classify(target, workspace, found);
    found.categories.for_each([&](CategoryId id) { matches.emplace_back(found, id); });
    if (matches.size() >= 10'000) break;
  }
  if (matches.empty()) return state.SkipWithError("no URL of the sample is listed");
  std::size_t at = 0;
  for (auto _ : state) {
    const Evidence line = world().lists->evidence(matches[at].first, matches[at].second);
    benchmark::DoNotOptimize(line);
    if (++at == matches.size()) at = 0;
  }
}

BENCHMARK(BM_Classify);
BENCHMARK(BM_ClassifyLately);
BENCHMARK(BM_ClassifyTunnel);
BENCHMARK(BM_ParseAndClassify);
BENCHMARK(BM_Evidence);

}  // namespace
}  // namespace citygate::categories
