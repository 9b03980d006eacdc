#include "app/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "console/commands.h"

namespace citygate::app {
namespace {

using Verb = CommandLine::Verb;

std::variant<CommandLine, int> parse(std::vector<const char*> words) {
  words.insert(words.begin(), "citygate");
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  auto line = parse_command_line(static_cast<int>(words.size()), words.data());
  testing::internal::GetCapturedStdout();
  testing::internal::GetCapturedStderr();
  return line;
}

TEST(CommandLine, OptionsMayFollowTheCommand) {
  const auto line =
      parse({"report", "--department", "police", "--from", "2026-11-21", "--config", "c", "--state", "s"});
  ASSERT_TRUE(std::holds_alternative<CommandLine>(line));
  const auto& read = std::get<CommandLine>(line);
  EXPECT_EQ(read.verb, Verb::Console);
  EXPECT_EQ(read.config, "c");
  EXPECT_EQ(read.state, "s");
  EXPECT_EQ(read.request.command, "report");
  EXPECT_EQ(read.request.args, (console::Arguments{{"department", "police"}, {"from", "2026-11-21"}}));
}

TEST(CommandLine, ImportedPathIsMadeAbsolute) {
  const auto line = parse({"lists", "import", "some/list", "--as", "x"});
  ASSERT_TRUE(std::holds_alternative<CommandLine>(line));
  EXPECT_EQ(std::get<CommandLine>(line).request.args.at("path"), std::filesystem::current_path() / "some/list");
}

TEST(CommandLine, VerbsOfTheirOwn) {
  const auto verb = [](std::vector<const char*> words) { return std::get<CommandLine>(parse(std::move(words))).verb; };
  EXPECT_EQ(verb({"serve", "--test-clock", "2026-11-21T12:00:00Z"}), Verb::Serve);
  EXPECT_EQ(verb({"check"}), Verb::Check);
  EXPECT_EQ(verb({"check", "--print-config"}), Verb::PrintConfig);
  EXPECT_EQ(verb({"print-config"}), Verb::PrintConfig);
  EXPECT_EQ(verb({"print-config", "--reference"}), Verb::PrintReference);
  EXPECT_EQ(verb({"print-config", "--manual"}), Verb::PrintManual);
  EXPECT_EQ(verb({"hash-password"}), Verb::HashPassword);
}

std::string complaint(std::vector<const char*> words) {
  words.insert(words.begin(), "citygate");
  testing::internal::CaptureStderr();
  static_cast<void>(parse_command_line(static_cast<int>(words.size()), words.data()));
  return testing::internal::GetCapturedStderr();
}

TEST(CommandLine, AWordThatIsNoCommandIsNamedWithThoseThatAre) {
  using testing::HasSubstr;
  EXPECT_THAT(complaint({"lists", "foo"}),
              HasSubstr("'lists foo'; there is: update, import, publish, rollback, remove, status"));
  EXPECT_THAT(complaint({"lists", "improt", "some/list"}), HasSubstr("did you mean 'lists import'?"));
  EXPECT_THAT(complaint({"relaod"}), HasSubstr("'relaod'; did you mean 'reload'?"));
  EXPECT_THAT(complaint({"records"}), HasSubstr("`citygate records` needs a command: search, follow"));
  EXPECT_THAT(complaint({"records", "--user", "x"}), HasSubstr("'--user' is not expected here"));
}

TEST(CommandLine, AWordThatACommandDoesNotTakeIsNamedWithTheNearest) {
  using testing::HasSubstr;
  EXPECT_THAT(complaint({"serve", "--conf", "x.toml"}),
              HasSubstr("`citygate serve` does not take '--conf'; did you mean '--config'?"));
  EXPECT_EQ(complaint({"--config", "a.toml", "serve"}),
            "'--config' stands behind the command: `citygate serve --config ...`\n");
  EXPECT_THAT(complaint({"lists", "import", "a", "--catgory=news"}),
              HasSubstr("`citygate lists import` does not take '--catgory'; did you mean '--category'?"));
  EXPECT_THAT(complaint({"status", "now"}), HasSubstr("`citygate status` does not take 'now'\n"));
}

TEST(CommandLine, APathForTheGatewayIsAbsolute) {
  const auto line = std::get<CommandLine>(parse({"upgrade", "--program", "some/citygate"}));
  EXPECT_EQ(line.request.args.at("program"), std::filesystem::current_path() / "some/citygate");
}

TEST(CommandLine, MistakesEndWithTwoAndHelpWithNought) {
  for (const auto& words : std::vector<std::vector<const char*>>{
           {}, {"serv"}, {"report"}, {"lists"}, {"explain"}, {"serve", "--unknown"}, {"clock", "set"}})
    EXPECT_EQ(std::get<int>(parse(words)), 2);
  EXPECT_EQ(std::get<int>(parse({"--help"})), 0);
  EXPECT_EQ(std::get<int>(parse({"--version"})), 0);
  EXPECT_EQ(std::get<int>(parse({"lists", "import", "--help"})), 0);
}

TEST(CommandLine, FilesOfActsAreTheirs) {
  const auto to = parse({"acts", "export", "--to", "/tmp/acts", "--subject", "ada"});
  EXPECT_EQ(std::get<CommandLine>(to).own_file, "/tmp/acts");
  EXPECT_EQ(std::get<CommandLine>(to).verb, CommandLine::Verb::Console);
  EXPECT_FALSE(std::get<CommandLine>(to).request.args.contains("to"));
  const auto file = parse({"acts", "verify", "--file", "/tmp/acts"});
  EXPECT_EQ(std::get<CommandLine>(file).verb, CommandLine::Verb::VerifyActs);
  EXPECT_EQ(std::get<CommandLine>(parse({"acts", "verify"})).verb, CommandLine::Verb::Console);
  EXPECT_EQ(std::get<int>(parse({"acts", "verify", "--file", "/tmp/acts", "--head", "1:00"})), 2);
}

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> out(1);
  for (const char c : text)
    if (c == ' ')
      out.emplace_back();
    else
      out.back() += c;
  return out;
}

// Each can be typed, with every argument that it takes.
TEST(CommandLine, CoversEveryConsoleCommand) {
  using Option = console::Option;
  for (const auto& command : console::commands()) {
    if (command.name == "backup stage") continue;  // asked for by `citygate backup`, never typed
    std::vector<std::string> words = split_words(command.name);
    console::Arguments expected;
    for (const auto& option : command.options) {
      if (option.form == Option::Form::Sent || option.file_of == Option::File::Own) continue;
      const bool named = option.form == Option::Form::Value || option.form == Option::Form::Flag;
      const bool is_switch = option.form == Option::Form::Flag;
      if (named) words.push_back("--" + std::string(option.name));
      if (!is_switch) words.push_back("/v");
      expected[std::string(option.name)] = is_switch ? "true" : "/v";
    }
    std::vector<const char*> raw;
    for (const auto& word : words) raw.push_back(word.c_str());
    const auto line = parse(raw);
    ASSERT_TRUE(std::holds_alternative<CommandLine>(line)) << command.name;
    EXPECT_EQ(std::get<CommandLine>(line).request.command, command.name);
    EXPECT_EQ(std::get<CommandLine>(line).request.args, expected) << command.name;
  }
}

TEST(CommandLine, WhatACommandNeedsIsAskedFor) {
  EXPECT_THAT(complaint({"access", "suspend", "ada", "--by", "pat.lee"}), testing::HasSubstr("--reason is required"));
  EXPECT_THAT(complaint({"acts", "show"}), testing::HasSubstr("number is required"));
}

}  // namespace
}  // namespace citygate::app
