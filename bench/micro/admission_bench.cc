// What the limits of one client cost a request: begin() and end() of its address, the same with its person, and the
// look-up that a new connection makes. The table holds as many addresses as a busy gateway sees at a time.
#include <benchmark/benchmark.h>

#include <deque>
#include <random>
#include <vector>

#include "proxy/limits/admission.h"

namespace {

using namespace citygate;
using namespace citygate::proxy;

constexpr std::uint32_t kClients = 10'000;

// Every address has one connection open; requests come from them in a random order. Time moves so fast that nobody runs
// out of tokens, and in steps that make every bucket count.
struct City {
  City() : order(1 << 16) {
    for (std::uint32_t i = 0; i < kClients; ++i) {
      claims.emplace_back();
      static_cast<void>(admission.connect(claims.back(), address(i), now));
    }
    std::mt19937 random(42);
    for (auto& each : order) each = random() % kClients;
  }
  static IpAddress address(std::uint32_t i) { return IpAddress::v4(0x0a000000 + i); }
  static policy::Subject person(std::uint32_t i) { return {PersonId{1 + i}, DepartmentId{1}, IdentityMethod::Basic}; }
  std::uint32_t next() {
    now += std::chrono::microseconds(10);
    return order[at++ % order.size()];
  }

  LimitsConfig config;
  ClientTables tables{config.clients};
  Counters counters;
  Admission admission{tables, config, counters};
  MonoTime now{std::chrono::hours(1)};
  std::deque<ClientClaim> claims;
  std::vector<std::uint32_t> order;
  std::size_t at = 0;
};

void request_of_address(benchmark::State& state) {
  City city;
  std::uint64_t limited = 0;
  for (auto _ : state) {
    ClientClaim& claim = city.claims[city.next()];
    limited += city.admission.begin(claim, city.now).has_value();
    city.admission.end(claim);
  }
  if (limited > 0) state.SkipWithError("a request was refused");
}
BENCHMARK(request_of_address);

void request_of_person(benchmark::State& state) {
  City city;
  std::uint64_t limited = 0;
  for (auto _ : state) {
    const std::uint32_t who = city.next();
    ClientClaim& claim = city.claims[who];
    limited += city.admission.begin(claim, city.now).has_value();
    limited += city.admission.begin_for(claim, City::person(who), city.now).has_value();
    city.admission.end(claim);
  }
  if (limited > 0) state.SkipWithError("a request was refused");
}
BENCHMARK(request_of_person);

void connection(benchmark::State& state) {
  City city;
  std::uint64_t limited = 0;
  for (auto _ : state) {
    ClientClaim claim;
    limited += city.admission.connect(claim, City::address(city.next()), city.now).has_value();
  }
  if (limited > 0) state.SkipWithError("a connection was refused");
}
BENCHMARK(connection);

// The loop's own part of the figures above.
void nothing(benchmark::State& state) {
  City city;
  for (auto _ : state) benchmark::DoNotOptimize(&city.claims[city.next()]);
}
BENCHMARK(nothing);

}  // namespace
