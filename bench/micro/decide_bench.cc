// decide_bench.cc - one decision, by the step that speaks the last word. Aim: <= 0.2 us each (architecture, section 7).
//
// The policy is a city with five departments, windows and quotas; usage is a table that costs next to nothing.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include "policy/decide.h"

namespace citygate::policy {
namespace {

class NothingUsed final : public UsageView {
 public:
  Usage used(QuotaId, std::int32_t, WallTime) const noexcept override { return {}; }
};

struct Town {
  MemoryNames names;
  Problems problems;
  std::optional<categories::Taxonomy> taxonomy;
  std::shared_ptr<const Directory> people;
  Rulebook::Loaded loaded;

  Town() {
    taxonomy = categories::Taxonomy::read(write_taxonomy(), names, problems);
    people = Directory::parse(people_text(), "people.toml", names, problems);
    if (taxonomy && people) loaded = Rulebook::parse(policy_text(), "policy.toml", *taxonomy, *people, names, problems);
    if (!loaded.rules) throw std::runtime_error(problems.to_string());
  }

  static std::filesystem::path write_taxonomy() {
    const auto path = std::filesystem::temp_directory_path() / "citygate-decide-bench-taxonomy.toml";
    std::ofstream out(path);
    for (const auto& [name, group] : {std::pair{"gambling", "prohibited"},
                                      {"malware", "threat"},
                                      {"vpn", "circumvention"},
                                      {"news", "personal"},
                                      {"social", "personal"},
                                      {"video", "streaming"},
                                      {"weapons", "work"},
                                      {"government", "work"}})
      out << "[[category]]\nname = \"" << name << "\"\ntitle = \"T\"\ndescription = \"D\"\ngroup = \"" << group
          << "\"\nforeign = []\n";
    return path;
  }

  static std::string people_text() {
    std::string out;
    for (const std::string department : {"clerk", "police", "fire", "library", "streets"})
      out += "[[department]]\nname = \"" + department + "\"\n[[person]]\nname = \"p-" + department +
             "\"\ndepartment = \"" + department + "\"\n";
    return out;
  }

  static std::string policy_text() {
    std::string out =
        "[city]\nname = \"X\"\ntime_zone = \"America/Chicago\"\n"
        "[[window]]\nname = \"lunch\"\ndays = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\"]\nfrom = \"12:00\"\nto = "
        "\"13:00\"\n"
        "[[window]]\nname = \"evening\"\ndays = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\"]\nfrom = \"17:00\"\nto = "
        "\"22:00\"\n"
        "[[quota]]\nname = \"time\"\nminutes_per_day = 30\n[[quota]]\nname = \"volume\"\nmegabytes_per_day = 500\n"
        "[[rule]]\nname = \"r1\"\ncategories = [\"gambling\"]\naction = \"prohibit\"\n"
        "[[rule]]\nname = \"r2\"\ncategories = [\"news\"]\naction = \"personal\"\nquota = \"time\"\n"
        "[[rule]]\nname = \"r3\"\ncategories = [\"social\"]\naction = \"personal\"\nwindows = [\"lunch\", "
        "\"evening\"]\nquota = "
        "\"time\"\n"
        "[[rule]]\nname = \"r4\"\ncategories = [\"video\"]\naction = \"streaming\"\nquota = \"volume\"\n"
        "[[grant]]\nkind = \"law-enforcement\"\ncase = \"1\"\nofficers = [\"p-police\"]\ncategories = "
        "[\"gambling\"]\nend = "
        "2030-01-01\n";
    for (const std::string department : {"clerk", "police", "fire", "library", "streets"})
      out += "[[department]]\nname = \"" + department + "\"\n[department.quota.time]\nminutes_per_day = 20\n";
    return out;
  }
};

Town& town() {
  static Town out;
  return out;
}

// `hour` local time on a Friday.
void decide_one(benchmark::State& state, const char* person, std::initializer_list<const char*> categories, int hour) {
  Town& t = town();
  NothingUsed usage;
  Target target;
  if (!parse_url("http://www.site.example/index.html", target)) state.SkipWithError("url");
  Facts facts;
  const Person* found = t.people->by_name(person);
  facts.subject = {found->id, found->department_at({}), IdentityMethod::Address};
  facts.target = &target;
  facts.usage = &usage;
  for (const auto* name : categories) facts.categories.insert(t.taxonomy->find(std::string_view(name))->id);
  facts.now = t.loaded.rules->zone().instant(*parse_day("2026-11-20"), hour * 3600 + 600);
  facts.local = t.loaded.rules->zone().at(facts.now);
  for (auto _ : state) {
    benchmark::DoNotOptimize(&facts);
    benchmark::ClobberMemory();
    Verdict verdict = decide(facts, *t.loaded.rules, *t.loaded.grants);
    benchmark::DoNotOptimize(verdict);
  }
}

BENCHMARK_CAPTURE(decide_one, uncategorised, "p-clerk", {}, 12);
BENCHMARK_CAPTURE(decide_one, work, "p-clerk", {"government"}, 12);
BENCHMARK_CAPTURE(decide_one, prohibited, "p-clerk", {"gambling"}, 12);
BENCHMARK_CAPTURE(decide_one, sealed, "p-police", {"gambling"}, 12);
BENCHMARK_CAPTURE(decide_one, minutes, "p-clerk", {"news"}, 12);
BENCHMARK_CAPTURE(decide_one, window_and_minutes, "p-clerk", {"social"}, 12);
BENCHMARK_CAPTURE(decide_one, outside_window, "p-clerk", {"social"}, 14);
BENCHMARK_CAPTURE(decide_one, bytes, "p-clerk", {"video"}, 12);
BENCHMARK_CAPTURE(decide_one, three_classes, "p-clerk", {"news", "social", "video"}, 12);

}  // namespace
}  // namespace citygate::policy
