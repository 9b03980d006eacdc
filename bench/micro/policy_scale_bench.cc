// policy_scale_bench.cc - a city of 100 people beside one of 100,000 people, 2,000 departments with a supplement each, and
// 10,000 live grants: one decision, and reading the policy file anew as a reload does. Aims: a decision below 1 us, a
// reload below a second.
//
// Each department has hours of its own, two rules, a limit and a text to acknowledge. Those who decide are spread over
// all people, so that caches help as little as they do in a city's evening.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <malloc.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <stdexcept>
#include <string>

#include "policy/decide.h"

namespace citygate::policy {
namespace {

constexpr std::string_view kCategories[][2] = {
    {"gambling", "prohibited"}, {"malware", "threat"},  {"vpn", "circumvention"}, {"news", "personal"},
    {"social", "personal"},     {"games", "personal"},  {"video", "streaming"},   {"weapons", "work"},
    {"software", "work"},       {"government", "work"}, {"search", "work"}};

class NothingUsed final : public UsageView {
 public:
  Usage used(QuotaId, std::int32_t, WallTime) const noexcept override { return {}; }
};

struct Size {
  unsigned people, departments, grants;
};
constexpr Size kSmall{100, 5, 10}, kLarge{100'000, 2'000, 10'000};

std::string people_text(const Size& size) {
  std::string out;
  for (unsigned i = 0; i < size.departments; ++i) out += fmt::format("[[department]]\nname = \"d-{}\"\n", i);
  for (unsigned i = 0; i < size.people; ++i)
    out += fmt::format("[[person]]\nname = \"p-{}\"\ndepartment = \"d-{}\"\n", i, i % size.departments);
  return out;
}

std::string policy_text(const Size& size) {
  std::string out =
      "[city]\nname = \"Springfield\"\ntime_zone = \"America/Chicago\"\n"
      "[acknowledgement]\ntext = \"" +
      std::string(8'000, 'x') +
      "\"\n"
      "[[window]]\nname = \"lunch\"\ndays = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\"]\nfrom = \"12:00\"\n"
      "to = \"13:00\"\nloosenable = true\n"
      "[[quota]]\nname = \"time\"\nminutes_per_day = 30\n[[quota]]\nname = \"volume\"\nmegabytes_per_day = 500\n"
      "[[rule]]\nname = \"gambling\"\ncategories = [\"gambling\"]\naction = \"prohibit\"\n"
      "[[rule]]\nname = \"games\"\ncategories = [\"games\"]\naction = \"block\"\nloosenable = true\n"
      "[[rule]]\nname = \"personal\"\ncategories = [\"news\", \"social\"]\naction = \"personal\"\nwindows = "
      "[\"lunch\"]\n"
      "quota = \"time\"\n"
      "[[rule]]\nname = \"video\"\ncategories = [\"video\"]\naction = \"streaming\"\nquota = \"volume\"\n"
      "[[rule]]\nname = \"software\"\ncategories = [\"software\"]\naction = \"hold\"\n";
  for (unsigned i = 0; i < size.departments; ++i)
    out += fmt::format(
        "[[department]]\nname = \"d-{0}\"\n[[department.window]]\nname = \"lunch\"\ndays = [\"mon\", \"fri\"]\n"
        "from = \"{1:02}:30\"\nto = \"{2:02}:30\"\n[[department.rule]]\nname = \"weapons\"\ntitle = \"Weapons, here\"\n"
        "clause = \"Supplement {0}\"\ncategories = [\"weapons\"]\naction = \"warn\"\n[[department.rule]]\nname = "
        "\"games\"\n"
        "categories = [\"games\"]\naction = \"personal\"\nwindows = [\"lunch\"]\nquota = \"time\"\n"
        "[department.quota.time]\nminutes_per_day = {3}\n[department.acknowledgement]\ntext = \"what department {0} "
        "adds\"\n",
        i, 8 + i % 6, 14 + i % 6, 5 + i % 25);
  return out;
}

std::filesystem::path write_taxonomy() {
  const auto path = std::filesystem::temp_directory_path() / "citygate-policy-scale-taxonomy.toml";
  std::ofstream out(path);
  for (const auto& [name, group] : kCategories)
    out << "[[category]]\nname = \"" << name << "\"\ntitle = \"T\"\ndescription = \"D\"\ngroup = \"" << group << "\"\n";
  return path;
}

double heap_bytes() { return static_cast<double>(mallinfo2().uordblks); }

struct Metropolis {
  Size size;
  MemoryNames names;
  Problems problems;
  std::optional<categories::Taxonomy> taxonomy;
  std::shared_ptr<const Directory> people;
  std::string text;
  Rulebook::Loaded loaded;
  std::unique_ptr<GrantBook> grants;
  double rulebook_bytes = 0;

  explicit Metropolis(const Size& of) : size(of), text(policy_text(of)) {
    taxonomy = categories::Taxonomy::read(write_taxonomy(), names, problems);
    people = Directory::parse(people_text(size), "people.toml", names, problems);
    if (taxonomy && people) load();
    if (!loaded.rules) throw std::runtime_error(problems.to_string());
    const double before = heap_bytes();
    load();  // with all names known: what a second version costs while the first is still there
    rulebook_bytes = heap_bytes() - before;
    grants = std::make_unique<GrantBook>(make_grants());
  }

  void load() {
    auto before = std::move(loaded);
    loaded = Rulebook::parse(text, "policy.toml", *taxonomy, *people, names, problems);
    kept_ = std::move(before);
  }

  std::vector<Grant> make_grants() const {
    static constexpr GrantKind kKinds[] = {GrantKind::Exemption, GrantKind::Streaming, GrantKind::BusinessUse,
                                           GrantKind::LawEnforcement};
    std::vector<Grant> out;
    for (unsigned i = 0; i < size.grants; ++i) {
      Grant grant;
      grant.id = GrantId{i + 1};
      grant.name = fmt::format("grant/{}", i);
      grant.kind = kKinds[i % std::size(kKinds)];
      grant.subjects = {people->people()[i * 7919ULL % size.people].id};
      for (const auto& category : taxonomy->all()) grant.categories.insert(category.id);
      grant.start = WallTime::min();
      grant.end = WallTime::max();
      out.push_back(std::move(grant));
    }
    return out;
  }

 private:
  Rulebook::Loaded kept_;
};

Metropolis& city(bool large) {
  static Metropolis small(kSmall);
  if (!large) return small;
  static Metropolis big(kLarge);
  return big;
}

// Random people, random categories, at lunch; everybody has acknowledged.
void decide_spread(benchmark::State& state) {
  Metropolis& town = city(state.range(0) != 0);
  const NothingUsed usage;
  Target target;
  if (!parse_url("http://site.example/page", target)) throw std::runtime_error("url");
  const WallTime now = *parse_time("2026-11-20T12:45:00", town.loaded.rules->zone());
  std::mt19937 random(1);
  std::vector<Facts> facts(1 << 16);
  std::vector<Standing> standings(facts.size());
  for (std::size_t i = 0; i < facts.size(); ++i) {
    const Person& person = town.people->people()[random() % town.size.people];
    const DepartmentId department = person.department_at(now);
    standings[i].acknowledged = town.loaded.rules->acknowledgement(department, Subject::Kind::Person)->version;
    standings[i].acknowledged_at = now;
    facts[i].subject = {person.id, department, IdentityMethod::Address};
    facts[i].standing = &standings[i];
    facts[i].target = &target;
    facts[i].categories.insert(town.taxonomy->all()[random() % town.taxonomy->all().size()].id);
    facts[i].usage = &usage;
    facts[i].now = now;
    facts[i].local = town.loaded.rules->zone().at(now);
  }
  std::size_t next = 0;
  for (auto _ : state) benchmark::DoNotOptimize(decide(facts[next++ % facts.size()], *town.loaded.rules, *town.grants));
  state.counters["rulebook_MB"] = town.rulebook_bytes / 1e6;
  state.SetLabel(state.range(0) != 0 ? "100,000 people" : "100 people");
}
BENCHMARK(decide_spread)->Arg(0)->Arg(1);

void read_policy_file(benchmark::State& state) {
  Metropolis& town = city(state.range(0) != 0);
  for (auto _ : state) town.load();
  state.counters["text_MB"] = static_cast<double>(town.text.size()) / 1e6;
  state.SetLabel(state.range(0) != 0 ? "100,000 people" : "100 people");
}
BENCHMARK(read_policy_file)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

void build_grant_book(benchmark::State& state) {
  Metropolis& town = city(state.range(0) != 0);
  for (auto _ : state) benchmark::DoNotOptimize(GrantBook(town.make_grants()));
  state.SetLabel(state.range(0) != 0 ? "10,000 grants" : "10 grants");
}
BENCHMARK(build_grant_book)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace citygate::policy
