// The chains of the five packs as they stand, for everybody of the city that comes with them: who has to agree.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "policy/grants/resolve.h"
#include "policy/grants/step_text.h"
#include "tests/unit/policy/grant_desk.h"

namespace citygate::policy {
namespace {

using ::testing::HasSubstr;

class Pack {
 public:
  explicit Pack(const std::string& name) {
    const std::string root = CITYGATE_SOURCE_DIR;
    taxonomy_ = categories::Taxonomy::read(root + "/conf/taxonomy.toml", names_, problems_);
    const auto zone = Zone::open("America/Chicago");
    people_ = Directory::read(root + "/conf/packs/people.toml", names_, problems_, &zone.value());
    if (taxonomy_ && people_)
      loaded_ = Rulebook::read(root + "/conf/packs/" + name + ".toml", *taxonomy_, *people_, names_, problems_);
  }
  [[nodiscard]] std::string problems() const { return problems_.to_string(); }
  [[nodiscard]] const Directory& people() const { return *people_; }
  // As `person` asks for himself; of record access, as somebody of the library asks about him. "" where there is no chain.
  [[nodiscard]] std::string steps(GrantKind kind, std::string_view name) {
    const Person* person = people_->by_name(name);
    const ActContext context{.people = *people_,
                             .rules = *loaded_.rules,
                             .standing = standing_,
                             .taxonomy = *taxonomy_,
                             .names = names_,
                             .now = *parse_time("2026-11-20T12:00:00Z", Zone()),
                             .next_number = 1};
    const auto* chain = loaded_.rules->approval(kind, person->department_at(context.now));
    if (!chain) return {};
    const auto steps = resolve_steps(*chain, {.of = {person}, .concerned = {person->id}}, context);
    return steps ? format_steps(*steps) : steps.error().context;
  }

 private:
  MemoryNames names_;
  Problems problems_;
  StandingTable standing_;
  std::optional<categories::Taxonomy> taxonomy_;
  std::shared_ptr<const Directory> people_;
  Rulebook::Loaded loaded_;
};

TEST(PackChains, SoftwareIsFiveDifferentThings) {
  const std::pair<const char*, const char*> packs[] = {
      {"kentucky-2023", "supervisor: rosa.clerk; it-contractor: colin.contractor"},
      {"kirkwood", ""},  // none may be downloaded at all
      {"farmer-city", "city-manager: max.manager"},
      {"acceptable-use", "department-head: rosa.clerk; it-director: ida.director"},
      {"monroe", "supervisor: rosa.clerk; county-it-director: cora.county"}};
  for (const auto& [name, steps] : packs) {
    Pack pack(name);
    ASSERT_EQ(pack.problems(), "") << name;
    EXPECT_EQ(pack.steps(GrantKind::Download, "carl.clerk"), steps) << name;
  }
}

TEST(PackChains, OneChainEach) {
  Pack kirkwood("kirkwood"), monroe("monroe"), acceptable("acceptable-use");
  EXPECT_EQ(kirkwood.steps(GrantKind::Streaming, "carl.clerk"), "cao: max.manager");
  EXPECT_EQ(kirkwood.steps(GrantKind::Streaming, "max.manager"), "mayor: ann.mayor");
  EXPECT_EQ(kirkwood.steps(GrantKind::Exemption, "carl.clerk"), "mis-director: ida.director");
  EXPECT_EQ(kirkwood.steps(GrantKind::LawEnforcement, "dora.detective"),
            "supervisor: sgt.stone; police-chief: chief.hart");
  EXPECT_EQ(kirkwood.steps(GrantKind::LawEnforcement, "sgt.stone"), "supervisor: chief.hart; cao: max.manager")
      << "the chief is the supervisor: the other signature is somebody else's";
  EXPECT_EQ(monroe.steps(GrantKind::RecordAccess, "carl.clerk"), "city-manager: max.manager");
  EXPECT_EQ(monroe.steps(GrantKind::RecordAccess, "max.manager"), "mayor: ann.mayor");
  EXPECT_EQ(monroe.steps(GrantKind::Guest, "rosa.clerk"), "county-it-director: cora.county");
  EXPECT_EQ(acceptable.steps(GrantKind::Download, "ida.director"), "city-manager: max.manager; mayor: ann.mayor")
      << "two signatures stay two, as far as the policy names people";
}

// Whoever asks, somebody else decides; and there is somebody, but for whom a policy names nobody.
TEST(PackChains, ForEverybodyAndEveryKindSomebodyElseDecides) {
  std::set<std::string> refused;
  for (const auto* name : {"kentucky-2023", "kirkwood", "farmer-city", "acceptable-use", "monroe"}) {
    Pack pack(name);
    ASSERT_EQ(pack.problems(), "") << name;
    for (const auto& person : pack.people().people()) {
      if (person.is_device() || person.is_guest()) continue;
      for (unsigned kind = 0; kind <= static_cast<unsigned>(kLastGrantKind); ++kind) {
        const auto steps = pack.steps(static_cast<GrantKind>(kind), person.name);
        if (steps.empty()) continue;
        const auto read = parse_steps(steps);
        if (!read) {
          EXPECT_THAT(steps, HasSubstr("nobody can take the step")) << name << " " << person.name;
          refused.insert(std::string(name) + " " + std::string(to_string(static_cast<GrantKind>(kind))) + " " +
                         person.name);
          continue;
        }
        EXPECT_TRUE(enough_people(*read)) << steps;
        for (const auto& step : *read)
          EXPECT_THAT(step.approvers, testing::Not(testing::Contains(person.name))) << steps;
      }
    }
  }
  EXPECT_THAT(refused, testing::ElementsAre("kentucky-2023 personal-device colin.contractor",
                                            "kentucky-2023 software-download colin.contractor"))
      << "the ordinance names nobody in place of the contractor, so nobody is";
}

}  // namespace
}  // namespace citygate::policy
