// policy_file_fuzz.cc - any text as a policy file: it is refused with reasons, or it decides. Nothing it says opens
// what is prohibited by nature to somebody without a grant, unless a rule of its own gives that category another
// action.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "base/hex.h"
#include "base/result.h"
#include "policy/decide.h"
#include "policy/digest.h"

namespace {

using namespace citygate;

constexpr std::string_view kPeople =
    "[[department]]\nname = \"clerk\"\n[[department]]\nname = \"police\"\n"
    "[[person]]\nname = \"pat\"\ndepartment = \"clerk\"\n"
    "[[person]]\nname = \"mia\"\ndepartment = \"police\"\nunits = [\"vice\"]\n";

constexpr std::string_view kCategories[][2] = {
    {"gambling", "prohibited"}, {"pornography", "prohibited"}, {"malware", "threat"},
    {"vpn", "circumvention"},   {"news", "personal"},          {"social", "personal"},
    {"games", "personal"},      {"video", "streaming"},        {"streaming-media", "streaming"},
    {"weapons", "work"},        {"software", "work"}};

categories::Taxonomy make_taxonomy(NameSource& names) {
  // A taxonomy is read from a file only.
  std::string path = (std::filesystem::temp_directory_path() / "citygate-fuzz-XXXXXX").string();
  CG_CHECK(mkdtemp(path.data()) != nullptr);
  const std::filesystem::path file = std::filesystem::path(path) / "taxonomy.toml";
  {
    std::ofstream out(file);
    for (const auto& [name, group] : kCategories)
      out << "[[category]]\nname = \"" << name << "\"\ntitle = \"T\"\ndescription = \"D\"\ngroup = \"" << group
          << "\"\nforeign = []\n";
  }
  Problems problems;
  auto taxonomy = categories::Taxonomy::read(file, names, problems);
  std::filesystem::remove_all(path);
  CG_CHECK(taxonomy.has_value());
  return std::move(*taxonomy);
}

struct World {
  MemoryNames names;
  Problems problems;
  categories::Taxonomy taxonomy = make_taxonomy(names);
  std::shared_ptr<const policy::Directory> people = policy::Directory::parse(kPeople, "people.toml", names, problems);
};

void decide_all(World& world, const policy::Rulebook::Loaded& loaded) {
  Target target;
  CG_CHECK(parse_url("http://site.example/", target).has_value());
  for (const auto& person : world.people->people()) {
    for (const auto& category : world.taxonomy.all()) {
      policy::Facts facts;
      facts.subject = {person.id, person.department_at(facts.now), IdentityMethod::Basic};
      facts.target = &target;
      facts.categories.insert(category.id);
      facts.subject.personal_device = category.id.value % 2 == 0;
      facts.upload_bytes = 1'500'000;
      facts.now = WallTime(std::chrono::hours(24 * 365 * 56));
      facts.local = loaded.rules->zone().at(facts.now);
      const auto verdict = policy::decide(facts, *loaded.rules, *loaded.grants);
      const auto effective = loaded.rules->effective(category.id, person.department_at({}));
      // Who has not acknowledged the text is led to the portal, whatever was asked for.
      const bool closed = verdict.ruling == Ruling::Refuse || verdict.ruling == Ruling::Portal;
      if (effective.action == Action::Prohibit) CG_CHECK(closed || verdict.sealed);
      if (category.group == categories::Group::Threat) CG_CHECK(closed);
      CG_CHECK(verdict.ruling != Ruling::Allow || verdict.good_until > facts.now);
      const auto* text = loaded.rules->acknowledgement(person.department_at(facts.now), policy::Subject::Kind::Person);
      CG_CHECK(!text || verdict.ruling != Ruling::Allow);
      CG_CHECK(!text || text->sha256 == to_hex(policy::sha256_of(text->text())));
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World world;
  MemoryNames names;  // a new one each time, so that inputs do not fill it
  Problems problems;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto loaded = policy::Rulebook::parse(text, "policy.toml", world.taxonomy, *world.people, names, problems);
  CG_CHECK(problems.empty() == (loaded.rules != nullptr));
  CG_CHECK((loaded.rules != nullptr) == (loaded.grants != nullptr));
  if (loaded.rules) decide_all(world, loaded);
  return 0;
}
