// pattern_bench.cc - what the URL patterns of all lists cost per URL, beside the engines that one would take instead.
//
//   BM_PatternSet/N    N patterns, compiled as the product does; `us_per_url` is the budget's figure
//   BM_HyperscanAsWritten/N, BM_Re2Set/N, BM_PcreOneByOne/N    the same patterns, without looking at their shapes
//   BM_BuildPatternSet/N, BM_OpenPatternSet/N
//
// Patterns are made from a seed in the shapes of real lists (tests/support/pattern_samples.h), words and names taken from
// a real host list; those of UT1 and e2guardian that these lists really ship come first. URLs are 48,009 of the open web.
// All of that lies beside the repository (../shared/data); without it names and URLs are made up, and say so.
#include <benchmark/benchmark.h>
#include <hs/hs.h>
#include <re2/set.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "matcher/pattern_set_builder.h"
#include "tests/support/pattern_samples.h"

namespace citygate::matcher {
namespace {

std::vector<std::string> lines_of(const std::string& command) {
  std::vector<std::string> out;
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), &::pclose);
  if (!pipe) return out;
  std::string line;
  for (int c = std::fgetc(pipe.get()); c != EOF; c = std::fgetc(pipe.get())) {
    if (c != '\n') {
      line += static_cast<char>(c);
      continue;
    }
    if (!line.empty()) out.push_back(line);
    line.clear();
  }
  return out;
}

const std::string& data_folder() {
  static const std::string kFolder = std::string(CITYGATE_SOURCE_DIR) + "/../shared/data";
  return kFolder;
}

tests::PatternSamples samples() {
  auto hosts =
      lines_of("zstd -dqc " + data_folder() +
               "/lists/bon-appetit-porn.domains.zst 2>/dev/null | grep -E '^[a-z0-9.-]+$' | awk 'NR % 7 == 0'");
  return tests::PatternSamples(7, std::move(hosts));
}

const std::vector<std::string>& urls() {
  static const std::vector<std::string> kUrls = [] {
    auto out = lines_of("zstd -dqc " + data_folder() + "/traffic/urls-kasztp.txt.zst 2>/dev/null");
    if (!out.empty()) return out;
    std::fprintf(stderr, "no ../shared/data: names and URLs are made up\n");
    tests::PatternSamples made_up(9);
    for (int i = 0; i < 48'000; ++i) out.push_back(made_up.url());
    return out;
  }();
  return kUrls;
}

const std::vector<std::string>& patterns(std::size_t count) {
  static std::vector<std::string> kept;
  if (kept.size() == count) return kept;
  kept = lines_of("(zstd -dqc " + data_folder() + "/lists/ut1.tar.zst | tar xO --wildcards '*expression*'; zstd -dqc " +
                  data_folder() +
                  "/content/phrase-and-word-lists.tar.zst | tar xO --wildcards '*dregexpurllist' |"
                  " grep -E '^#?[(^]' | sed 's/^#//') 2>/dev/null");
  std::erase_if(kept, [](const std::string& line) { return !plan_pattern(line); });
  auto made = samples();
  while (kept.size() < count) {
    auto one = made.expression();
    if (plan_pattern(one)) kept.push_back(std::move(one));
  }
  kept.resize(count);
  return kept;
}

BuiltPatterns built(std::size_t count) {
  PatternSetBuilder builder(1);
  std::uint32_t id = 0;
  for (const auto& one : patterns(count)) (void)builder.add({one, id++});
  return std::move(*builder.build());
}

// Runs match(url), which returns how many patterns it found, over all URLs, or over every `step`th.
template <class Match>
void run(benchmark::State& state, Match&& match, std::size_t step = 1) {
  const auto& all = urls();
  std::size_t found = 0, asked = 0;
  for (auto _ : state)
    for (std::size_t i = 0; i < all.size(); i += step, ++asked) found += match(all[i]);
  using benchmark::Counter;
  state.counters["us_per_url"] = Counter(static_cast<double>(asked) * 1e-6, Counter::kIsRate | Counter::kInvert);
  state.counters["found"] = static_cast<double>(found) / static_cast<double>(asked);
}

void BM_PatternSet(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  auto set = *PatternSet::from_bytes(built(count).bytes, "bench");
  PatternScratch scratch;
  std::vector<std::uint32_t> ids(set.id_count());
  run(state, [&](const std::string& url) { return set.match(url, scratch, ids); });
  std::uint64_t asked = 0, hits = 0;
  for (std::size_t i = 0; i < set.size(); ++i) {
    asked += set.counts(i).asked;
    hits += set.counts(i).hits;
  }
  const double all = static_cast<double>(urls().size()) * static_cast<double>(state.iterations());
  state.counters["asked"] = static_cast<double>(asked) / all;
  state.counters["memory_mb"] = static_cast<double>(set.memory_bytes()) / 1e6;
}

void BM_HyperscanAsWritten(benchmark::State& state) {
  std::vector<const char*> texts;
  std::vector<unsigned> flags, ids;
  for (const auto& one : patterns(static_cast<std::size_t>(state.range(0)))) {
    ids.push_back(static_cast<unsigned>(texts.size()));
    flags.push_back(HS_FLAG_CASELESS | HS_FLAG_DOTALL | HS_FLAG_SINGLEMATCH);
    texts.push_back(one.c_str());
  }
  hs_database_t* database = nullptr;
  hs_compile_error_t* error = nullptr;
  if (hs_compile_multi(texts.data(), flags.data(), ids.data(), static_cast<unsigned>(texts.size()), HS_MODE_BLOCK,
                       nullptr, &database, &error) != HS_SUCCESS)
    return state.SkipWithError(error->message);
  hs_scratch_t* scratch = nullptr;
  (void)hs_alloc_scratch(database, &scratch);
  const auto count = [](unsigned, unsigned long long, unsigned long long, unsigned, void* found) {
    ++*static_cast<std::size_t*>(found);
    return 0;
  };
  run(state, [&](const std::string& url) {
    std::size_t found = 0;
    (void)hs_scan(database, url.data(), static_cast<unsigned>(url.size()), 0, scratch, count, &found);
    return found;
  });
  (void)hs_free_scratch(scratch);
  (void)hs_free_database(database);
}

void BM_Re2Set(benchmark::State& state) {
  RE2::Options options;
  options.set_case_sensitive(false);
  options.set_log_errors(false);
  options.set_encoding(RE2::Options::EncodingLatin1);
  options.set_dot_nl(true);
  options.set_max_mem(1 << 30);
  RE2::Set set(options, RE2::UNANCHORED);
  for (const auto& one : patterns(static_cast<std::size_t>(state.range(0)))) (void)set.Add(one, nullptr);
  if (!set.Compile()) return state.SkipWithError("RE2 is out of memory");
  std::vector<int> found;
  run(
      state,
      [&](const std::string& url) {
        found.clear();
        (void)set.Match(url, &found);
        return found.size();
      },
      state.range(0) > 500 ? 480 : 16);
}

void BM_PcreOneByOne(benchmark::State& state) {
  std::vector<Expression> walk;
  for (const auto& one : patterns(static_cast<std::size_t>(state.range(0))))
    walk.push_back(std::move(*Expression::compile(one)));
  Asker asker;
  run(
      state,
      [&](const std::string& url) {
        std::size_t found = 0;
        for (const auto& one : walk) found += one.ask(url, asker) == Expression::Answer::Yes ? 1 : 0;
        return found;
      },
      48);
}

void BM_BuildPatternSet(benchmark::State& state) {
  (void)patterns(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(built(static_cast<std::size_t>(state.range(0))).bytes.data());
}

void BM_OpenPatternSet(benchmark::State& state) {
  const auto bytes = built(static_cast<std::size_t>(state.range(0))).bytes;
  for (auto _ : state) benchmark::DoNotOptimize(PatternSet::from_bytes(bytes, "bench")->size());
}

BENCHMARK(BM_PatternSet)->Arg(200)->Arg(2'000)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_HyperscanAsWritten)->Arg(200)->Arg(2'000)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_Re2Set)->Arg(200)->Arg(2'000)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_PcreOneByOne)->Arg(200)->Arg(2'000)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_BuildPatternSet)->Arg(200)->Arg(2'000)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_OpenPatternSet)->Arg(2'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace citygate::matcher
