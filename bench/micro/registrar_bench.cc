// What the registrar costs: a start with many acts, and an act with many people.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <unistd.h>

#include <filesystem>

#include "policy/act_registrar.h"
#include "records/store.h"

namespace citygate {
namespace {

constexpr std::string_view kPolicy = R"(
[city]
name = "Springfield"
time_zone = "America/Chicago"
[acknowledgement]
title = "Use of the internet"
text = "Work first."
)";

// A store of its own, with people who have all acknowledged, most of them more than once.
class World {
 public:
  explicit World(std::int64_t people) : people_(people) {
    directory_ = std::filesystem::temp_directory_path() / fmt::format("citygate-registrar-bench-{}", ::getpid());
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
    store_ = std::move(*records::Store::open(directory_ / "db"));
    Problems problems;
    taxonomy_ = *categories::Taxonomy::read(CITYGATE_SOURCE_DIR "/conf/taxonomy.toml", names_, problems);
    std::string text = "[[department]]\nname = \"clerk\"\n[[person]]\nname = \"head\"\ndepartment = \"clerk\"\n";
    for (std::int64_t i = 0; i < people; ++i)
      text += fmt::format("[[person]]\nname = \"p{}\"\ndepartment = \"clerk\"\n", i);
    file_ = policy::Directory::parse(text, "people.toml", names_, problems);
  }
  ~World() { std::filesystem::remove_all(directory_); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  Act act(std::int64_t i, ActKind kind = ActKind::Acknowledge) const {
    Act act;
    act.kind = kind;
    act.author = "head";
    act.via = "control socket, user root";
    act.subject = fmt::format("p{}", i % people_);
    act.reason = "bench";
    if (kind == ActKind::Acknowledge)
      act.fields = {{"text", std::string(64, 'a')}, {"method", "portal"}, {"address", "10.1.2.3"}};
    return act;
  }
  void fill(std::int64_t acts) {
    for (std::int64_t i = 0; i < acts;) {
      std::vector<Act> some;
      for (; i < acts && some.size() < 1000; ++i) some.push_back(act(i));
      if (!store_->acts().append(std::move(some))) std::abort();
    }
  }
  std::unique_ptr<policy::ActRegistrar> open(ActJournal& acts) {
    return std::move(*policy::ActRegistrar::open(
        {.journal = acts, .secrets = store_->secrets(), .names = names_, .taxonomy = taxonomy_, .clock = clock_}));
  }
  std::unique_ptr<policy::ActRegistrar> start(ActJournal& acts) {
    auto registrar = open(acts);
    Problems problems;
    auto draft = registrar->draft(file_, [&](const policy::Directory& known) -> Result<policy::Rulebook::Loaded> {
      return policy::Rulebook::parse(kPolicy, "policy.toml", taxonomy_, known, names_, problems);
    });
    if (!draft || !registrar->take(std::move(*draft))) std::abort();
    return registrar;
  }
  records::Store& store() { return *store_; }
  const Clock& clock() const { return clock_; }

 private:
  const std::int64_t people_;
  std::filesystem::path directory_;
  MemoryNames names_;
  SystemClock clock_;
  std::unique_ptr<records::Store> store_;
  categories::Taxonomy taxonomy_;
  std::shared_ptr<const policy::Directory> file_;
};

void replay(benchmark::State& state) {
  World world(state.range(0) / 2);
  world.fill(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(world.open(world.store().acts()));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(replay)->Arg(200'000)->Unit(benchmark::kMillisecond);

// Without the disk: checked, folded, a new table.
void acknowledge(benchmark::State& state) {
  World world(state.range(0));
  MemoryActs acts(world.clock());
  const auto registrar = world.start(acts);
  std::int64_t i = 0;
  for (auto _ : state) {
    Act act = world.act(i++);
    act.fields.erase("text");
    if (!registrar->enact(std::move(act))) std::abort();
  }
}
BENCHMARK(acknowledge)->Arg(100)->Arg(100'000)->Unit(benchmark::kMicrosecond);

// As it is: with the disk's sync.
void suspend_and_reinstate(benchmark::State& state) {
  World world(state.range(0));
  const auto registrar = world.start(world.store().acts());
  std::int64_t i = 0;
  for (auto _ : state) {
    if (!registrar->enact(world.act(i, ActKind::Suspend))) std::abort();
    if (!registrar->enact(world.act(i, ActKind::Reinstate))) std::abort();
    ++i;
  }
}
BENCHMARK(suspend_and_reinstate)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace citygate
