// people_bench.cc - a city of 100,000 people in 2,000 departments: read, built, changed by acts, and looked up.
// Aim: reading and building below a second, 100,000 acts and a build below a second, by_address below 200 ns.
//
// Everybody has an address of his own, every tenth a second one; devices cover ranges of six prefix lengths.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <malloc.h>

#include <random>
#include <stdexcept>

#include "categories/taxonomy.h"
#include "policy/people/people_file.h"
#include "policy/people/people_fold.h"

namespace citygate::policy {
namespace {

constexpr int kPeople = 100'000, kDepartments = 2'000;

std::string address(int person) {
  return fmt::format("10.{}.{}.{}", person / 65'536, person / 256 % 256, person % 256);
}

std::string town_text() {
  std::string out;
  for (int i = 0; i < kDepartments; ++i)
    out += fmt::format("[[department]]\nname = \"department-{0}\"\ntitle = \"Department {0}\"\nhead = \"person-{0}\"\n",
                       i);
  for (int i = 0; i < kPeople; ++i) {
    out += fmt::format(
        "[[person]]\nname = \"person-{0}\"\ntitle = \"Person of the number {0}\"\ndepartment = \"department-{1}\"\n"
        "addresses = [\"{2}\"{3}]\nunits = [\"unit-{4}\"]\n",
        i, i % kDepartments, address(i),
        i % 10 == 0 ? fmt::format(", \"2001:db8::{:x}:{:x}\"", i / 65'536, i % 65'536) : "", i % 50);
    if (i >= kDepartments) out += fmt::format("supervisor = \"person-{}\"\n", i % kDepartments);
    if (i % 100 == 0) out += "roles = [\"records-officer\"]\n";
  }
  for (int i = 0; i < 6; ++i)
    out += fmt::format(
        "[[device]]\nname = \"range-{0}\"\ndepartment = \"department-0\"\naddresses = [\"{1}.0.0.0/{2}\"]\n", i, 16 + i,
        8 + 2 * i);
  return out;
}

const std::string& town() {
  static const std::string text = town_text();
  return text;
}

struct Names {
  MemoryNames names;
  std::shared_ptr<const Directory> people;
  Names() {
    Problems problems;
    people = Directory::parse(town(), "people.toml", names, problems);
    if (!people) throw std::runtime_error(problems.to_string());
  }
};

Names& built() {
  static Names out;
  return out;
}

void read_text(benchmark::State& state) {
  for (auto _ : state) {
    Problems problems;
    benchmark::DoNotOptimize(parse_people(town(), "people.toml", nullptr, problems));
  }
  state.counters["text MB"] = static_cast<double>(town().size()) / 1e6;
}

void document_alone(benchmark::State& state) {
  for (auto _ : state) {
    Problems problems;
    benchmark::DoNotOptimize(parse_document(town(), "people.toml", problems));
  }
}

void build_from_values(benchmark::State& state) {
  Names& known = built();
  Problems problems;
  const PeopleValues values = known.people->values();
  for (auto _ : state) {
    PeopleValues copy = values;
    benchmark::DoNotOptimize(Directory::build(std::move(copy), known.names, problems));
  }
}

void bytes_a_person(benchmark::State& state) {
  Names& known = built();
  Problems problems;
  double bytes = 0;
  for (auto _ : state) {
    PeopleValues values = known.people->values();
    ::malloc_trim(0);
    const auto before = ::mallinfo2();
    const auto held = static_cast<double>(before.uordblks + before.hblkhd);
    auto values_bytes = Directory::build(values, known.names, problems);
    const auto after = ::mallinfo2();
    bytes = static_cast<double>(after.uordblks + after.hblkhd) - held;
    benchmark::DoNotOptimize(values_bytes);
  }
  state.counters["bytes a person"] = bytes / kPeople;
}

void by_address(benchmark::State& state) {
  const Directory& people = *built().people;
  std::mt19937 random(5);
  std::vector<IpAddress> asked;
  const bool known = state.range(0) != 0;
  for (int i = 0; i < 1 << 16; ++i)
    asked.push_back(known ? *IpAddress::parse(address(static_cast<int>(random() % kPeople)))
                          : IpAddress::v4(0xC0000000U | static_cast<std::uint32_t>(random() % 0x10000000)));
  const WallTime now{};
  std::size_t i = 0, found = 0;
  for (auto _ : state) found += people.by_address(asked[i++ & 0xFFFF], now) != nullptr ? 1 : 0;
  if (known != (found != 0)) state.SkipWithError("the wrong ones were found");
}

void by_name(benchmark::State& state) {
  const Directory& people = *built().people;
  std::mt19937 random(5);
  std::vector<std::string> asked;
  for (int i = 0; i < 1 << 14; ++i) asked.push_back(fmt::format("person-{}", random() % kPeople));
  std::size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(people.by_name(asked[i++ & 0x3FFF]));
}

std::shared_ptr<const Directory> empty(NameSource& names) {
  Problems problems;
  return Directory::parse("", "people.toml", names, problems);
}

Act act_of(ActKind kind, std::string subject, ActFields fields = {}) {
  Act out;
  out.kind = kind;
  out.subject = std::move(subject);
  out.fields = std::move(fields);
  return out;
}

// Replay: applies 100,000 person-adds of a journal and builds.
void fold_and_build(benchmark::State& state) {
  std::vector<Act> acts;
  for (int i = 0; i < kDepartments; ++i)
    acts.push_back(act_of(ActKind::DepartmentAdd, fmt::format("department-{}", i)));
  for (int i = 0; i < kPeople; ++i)
    acts.push_back(act_of(ActKind::PersonAdd, fmt::format("person-{}", i),
                          {{"kind", "person"},
                           {"title", fmt::format("Person of the number {}", i)},
                           {"departments", fmt::format("department-{}", i % kDepartments)},
                           {"addresses", address(i)},
                           {"supervisor", i < kDepartments ? "" : fmt::format("person-{}", i % kDepartments)}}));
  for (std::size_t i = 0; i < acts.size(); ++i) acts[i].number = i + 1;
  MemoryNames names;
  SystemClock clock;
  MemoryActs secrets(clock);
  const auto file = empty(names);
  Problems warnings;
  for (auto _ : state) {
    PeopleFold fold;
    for (const auto& act : acts)
      if (!fold.apply(act, names)) state.SkipWithError("an act was refused");
    auto people = fold.upon(file, {}, secrets, names, WallTime(), warnings);
    if (!people || (*people)->people().size() != kPeople) state.SkipWithError("not all are there");
  }
}

// One act in a large city: what a person waits for who moves another.
void one_act_and_build(benchmark::State& state) {
  Names& known = built();
  SystemClock clock;
  MemoryActs secrets(clock);
  PeopleFold fold;
  Act act = act_of(ActKind::PersonChange, "person-7", {{"title", "New"}});
  act.number = 1;
  if (!fold.apply(act, known.names)) state.SkipWithError("refused");
  Problems warnings;
  for (auto _ : state)
    benchmark::DoNotOptimize(fold.upon(known.people, {}, secrets, known.names, WallTime(), warnings));
}

BENCHMARK(document_alone)->Unit(benchmark::kMillisecond)->Iterations(3);
BENCHMARK(read_text)->Unit(benchmark::kMillisecond)->Iterations(3);
BENCHMARK(build_from_values)->Unit(benchmark::kMillisecond)->Iterations(5);
BENCHMARK(bytes_a_person)->Unit(benchmark::kMillisecond)->Iterations(1);
BENCHMARK(by_address)->Arg(1)->Arg(0);
BENCHMARK(by_name);
BENCHMARK(fold_and_build)->Unit(benchmark::kMillisecond)->Iterations(3);
BENCHMARK(one_act_and_build)->Unit(benchmark::kMillisecond)->Iterations(5);

}  // namespace
}  // namespace citygate::policy
