#include "console/commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/console/recorded_output.h"

namespace citygate::console {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Commands, UnknownOnesAreAnsweredWithTheNearest) {
  FakeOperator op;
  RecordedOutput output;
  EXPECT_EQ(run_command(op, {.command = "recrods search", .args = {}}, output), kWrongRequest);
  EXPECT_THAT(output.errors, ElementsAre("unknown command 'recrods search'; did you mean 'records search'?"));
}

TEST(Commands, UnknownArgumentsAreAnsweredWithTheNearest) {
  FakeOperator op;
  RecordedOutput output;
  EXPECT_EQ(run_command(op, {.command = "report", .args = {{"departmant", "x"}}}, output), kWrongRequest);
  EXPECT_THAT(output.errors, ElementsAre("'report' takes no argument 'departmant'; did you mean 'department'?"));
}

TEST(Commands, MissingArgumentsAreNamed) {
  FakeOperator op;
  RecordedOutput output;
  EXPECT_EQ(run_command(op, {.command = "lists lookup", .args = {}}, output), kWrongRequest);
  EXPECT_THAT(output.errors, ElementsAre("'lists lookup' needs the argument 'target'"));
}

TEST(Commands, StatusIsAligned) {
  FakeOperator op;
  RecordedOutput output;
  EXPECT_EQ(run_command(op, {.command = "status", .args = {}}, output), kDone);
  EXPECT_THAT(output.lines, ElementsAre("version    1", "listening  127.0.0.1:3128"));
}

TEST(Commands, ErrorsGiveTheirTextAndAStatus) {
  FakeOperator op;
  RecordedOutput output;
  EXPECT_EQ(run_command(op, {.command = "reload", .args = {}}, output), kFailed) << "the question was right";
  EXPECT_THAT(output.errors, ElementsAre(HasSubstr("policy.toml:3")));
}

TEST(Commands, ABareNumberIsNotExplainedAsAnAddress) {
  FakeOperator op;
  for (const std::string what : {"0", "17", "0000003e0a"}) {
    RecordedOutput output;
    EXPECT_EQ(run_command(op, {.command = "explain", .args = {{"what", what}}}, output), kWrongRequest);
    EXPECT_THAT(output.errors, ElementsAre(HasSubstr("'" + what + "' is neither a URL nor a record")));
  }
}

TEST(Commands, AnOverrideOfAQueryIsNotMadeOneOfThePath) {
  FakeOperator op;
  RecordedOutput output;
  const Arguments args{{"target", "video.example/watch?v=1"}, {"as", "allow"}, {"reason", "r"}};
  EXPECT_NE(run_command(op, {.command = "lists override", .args = args}, output), kDone);
  EXPECT_THAT(output.errors, ElementsAre(HasSubstr("leave it out if all of video.example/watch is meant")));
}

TEST(Commands, EveryCommandHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (const auto& command : commands()) EXPECT_TRUE(names.insert(command.name).second) << command.name;
}

}  // namespace
}  // namespace citygate::console
