#include "app/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/console/temporary_directory.h"

namespace citygate::app {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> problems_of(std::string_view text) {
  const TemporaryDirectory directory;
  Problems problems;
  const auto config = Config::read(directory.write("citygate.toml", text), problems);
  EXPECT_EQ(config.has_value(), problems.empty());
  std::vector<std::string> out;
  for (const auto& problem : problems.list()) out.push_back(std::to_string(problem.line) + ": " + problem.text);
  return out;
}

TEST(Config, EveryErrorIsNamedWithItsLine) {
  EXPECT_THAT(
      problems_of("[gateway]\n"
                  "listen = [\"127.0.0.1:3128\", \"localhost\", \"127.0.0.1:3128\"]\n"
                  "worker = 3\n"
                  "workers = 999\n"
                  "[proxy]\n"
                  "header_timeout = 5\n"
                  "head_bytes = \"8KiB\"\n"
                  "target_bytes = \"16KiB\"\n"
                  "[hosts]\n"
                  "\"x.test\" = \"1.2.3\"\n"
                  "[log]\n"
                  "level = \"warn\"\n"),
      ElementsAre(AllOf(HasSubstr("2: "), HasSubstr("'localhost'")), AllOf(HasSubstr("2: "), HasSubstr("twice")),
                  HasSubstr("3: unknown key 'gateway.worker'; did you mean 'gateway.workers'?"),
                  HasSubstr("4: gateway.workers must be from 0 to 250"), HasSubstr("6: proxy.header_timeout must be"),
                  HasSubstr("8: proxy.target_bytes is above proxy.head_bytes"),
                  AllOf(HasSubstr("10: "), HasSubstr("'x.test'"), HasSubstr("'1.2.3'")),
                  HasSubstr("12: log.level must be")));
}

TEST(Config, SyntaxErrorsNameTheirLine) {
  EXPECT_THAT(problems_of("[gateway]\nworkers = \n"), ElementsAre(testing::StartsWith("2: ")));
}

TEST(Config, EmptyFileIsAllDefaults) { EXPECT_THAT(problems_of(""), IsEmpty()); }

TEST(Config, MissingFileIsAProblem) {
  Problems problems;
  EXPECT_FALSE(Config::read("/nonexistent/citygate.toml", problems));
  EXPECT_THAT(problems.to_string(), HasSubstr("/nonexistent/citygate.toml"));
}

TEST(Config, ContradictionsAreErrors) {
  EXPECT_THAT(problems_of("[records]\nvisit_pause = \"1min\"\nvisit_tail = \"2min\"\n"),
              ElementsAre(HasSubstr("3: records.visit_tail is above records.visit_pause")));
  EXPECT_THAT(problems_of("[lists]\nstarter = \"no-such-file\"\n"),
              ElementsAre(AllOf(HasSubstr("2: lists.starter"), HasSubstr("no-such-file"))));
  EXPECT_THAT(problems_of("[gateway]\nlisten = []\n"), ElementsAre(HasSubstr("2: gateway.listen")));
}

TEST(Config, PathsAreRelativeToTheFile) {
  const TemporaryDirectory directory;
  Problems problems;
  const auto config = Config::read(directory.write("citygate.toml", "[gateway]\nstate = \"../x\"\n"), problems);
  ASSERT_TRUE(config) << problems.to_string();
  EXPECT_EQ(config->resolve(config->gateway.state), directory.path().parent_path() / "x");
  EXPECT_EQ(config->resolve("/etc/policy.toml"), "/etc/policy.toml");
}

TEST(Config, ReferenceIsReadBackToTheDefaults) {
  const TemporaryDirectory directory;
  Problems problems;
  auto read = Config::read(directory.write("reference.toml", reference_file()), problems);
  ASSERT_TRUE(read) << problems.to_string();
  Config defaults;
  EXPECT_EQ(read->schema().print(ConfigSchema::Detail::Values), defaults.schema().print(ConfigSchema::Detail::Values));
}

TEST(Config, EveryFieldHasASentence) {
  Config defaults;
  std::set<std::string> keys;
  const auto schema = defaults.schema();
  for (const auto& field : schema.fields()) {
    EXPECT_TRUE(field.doc.ends_with('.')) << field.key;
    EXPECT_TRUE(keys.insert(field.key).second) << field.key << " is there twice";
  }
}

}  // namespace
}  // namespace citygate::app
