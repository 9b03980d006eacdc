// grants_bench.cc - 10,000 live grants: folding their acts, building the book, one act more, and a person's grants.
#include <benchmark/benchmark.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "policy/grants/grant_fold.h"

namespace citygate::policy {
namespace {

constexpr int kGrants = 10'000;
constexpr auto kStart = WallTime(std::chrono::hours(24 * 20'000));

Act request(std::uint64_t number, int person) {
  const std::string name = "exemption/" + std::to_string(number);
  return {.number = number,
          .time = kStart,
          .kind = ActKind::GrantRequest,
          .author = "p" + std::to_string(person),
          .via = "portal, password",
          .reason = "Needed for the yearly audit of the water works",
          .subject = name,
          .fields = {{"kind", "exemption"},
                     {"for", "p" + std::to_string(person)},
                     {"categories", "games social"},
                     {"host", "chess.example"},
                     {"department", "clerk"},
                     {"start", "2026-11-20T12:00:00.000000Z"},
                     {"end", "2036-11-20T12:00:00.000000Z"},
                     {"steps", "supervisor: sue; it-director: kim, lee"},
                     {"order", "any"},
                     {"title", "Opening a kind of site"},
                     {"clause", "S3(A)"}}};
}

Act approve(std::uint64_t number, std::string grant, std::string by, std::string step) {
  return {.number = number,
          .time = kStart,
          .kind = ActKind::GrantApprove,
          .author = std::move(by),
          .via = "portal, password",
          .reason = "",
          .subject = std::move(grant),
          .fields = {{"step", std::move(step)}}};
}

// Three acts a grant.
std::vector<Act> acts() {
  std::vector<Act> out;
  for (int i = 0; i < kGrants; ++i) {
    const auto number = static_cast<std::uint64_t>(3 * i + 1);
    out.push_back(request(number, i));
    const std::string name = out.back().subject;
    out.push_back(approve(number + 1, name, "sue", "supervisor"));
    out.push_back(approve(number + 2, name, "kim", "it-director"));
  }
  return out;
}

void fold_all(GrantFold& fold, NameSource& names, const std::vector<Act>& all) {
  for (const auto& act : all)
    if (auto done = fold.apply(act, names); !done) throw std::runtime_error(done.error().context);
}

void fold_of_30000_acts(benchmark::State& state) {
  const auto all = acts();
  MemoryNames names;
  for (auto _ : state) {
    GrantFold fold;
    fold_all(fold, names, all);
    benchmark::DoNotOptimize(fold);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(all.size()));
}
BENCHMARK(fold_of_30000_acts)->Unit(benchmark::kMillisecond);

void book_of_10000_grants(benchmark::State& state) {
  MemoryNames names;
  GrantFold fold;
  fold_all(fold, names, acts());
  const GrantBook file({});
  for (auto _ : state) benchmark::DoNotOptimize(fold.book_upon(file));
}
BENCHMARK(book_of_10000_grants)->Unit(benchmark::kMillisecond);

void one_approval_among_10000(benchmark::State& state) {
  MemoryNames names;
  GrantFold whole;
  fold_all(whole, names, acts());
  static_cast<void>(whole.apply(request(40'001, 7), names));
  static_cast<void>(whole.apply(approve(40'002, "exemption/40001", "sue", "supervisor"), names));
  const Act last = approve(40'003, "exemption/40001", "kim", "it-director");
  const GrantBook file({});
  for (auto _ : state) {
    state.PauseTiming();
    GrantFold fold = whole;
    state.ResumeTiming();
    static_cast<void>(fold.apply(last, names));
    benchmark::DoNotOptimize(fold.book_upon(file));
  }
}
BENCHMARK(one_approval_among_10000)->Unit(benchmark::kMillisecond);

void grants_of_a_person(benchmark::State& state) {
  MemoryNames names;
  GrantFold fold;
  fold_all(fold, names, acts());
  const auto book = fold.book_upon(GrantBook({}));
  std::uint32_t person = 0;
  for (auto _ : state) {
    person = person % kGrants + 1;
    benchmark::DoNotOptimize(book->of({person}).size());
  }
}
BENCHMARK(grants_of_a_person);

}  // namespace
}  // namespace citygate::policy
