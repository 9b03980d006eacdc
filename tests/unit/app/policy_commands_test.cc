// The commands about policy files, on the packs as they are shipped and on copies with changes.
#include "app/policy_commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/file.h"
#include "base/hex.h"
#include "policy/digest.h"

namespace citygate::app {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Kept final : public console::Output {
 public:
  void out(std::string_view line) override { printed += std::string(line) + "\n"; }
  void err(std::string_view line) override { told += std::string(line) + "\n"; }
  bool ended() override { return false; }
  bool ended_after(std::chrono::milliseconds) override { return false; }
  std::string printed, told;
};

class PolicyCommands : public ::testing::Test {
 protected:
  PolicyCommands() {
    std::string path = (fs::temp_directory_path() / "citygate-policy-XXXXXX").string();
    if (!mkdtemp(path.data())) throw std::runtime_error("no temporary directory");
    state_ = path;
    fs::create_directories(state_ / "policies");
  }
  ~PolicyCommands() override { fs::remove_all(state_); }

  static fs::path pack(const std::string& name) {
    return fs::path(CITYGATE_SOURCE_DIR) / "conf" / "packs" / (name + ".citygate.toml");
  }
  static PolicyRequest of(std::optional<std::string> department, std::string file = "") {
    return {.department = std::move(department), .file = std::move(file), .before = "", .after = ""};
  }
  static std::string text_of(const std::string& name) {
    return *read_file(fs::path(CITYGATE_SOURCE_DIR) / "conf" / "packs" / (name + ".toml"));
  }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(state_ / name) << text;
    return (state_ / name).string();
  }
  // As the state directory keeps what was active; its SHA-256.
  std::string keep(const std::string& text) const {
    const std::string sha256 = to_hex(policy::sha256_of(text));
    write("policies/" + sha256 + ".toml", text);
    return sha256;
  }
  int diff(const std::string& before, const std::string& after) {
    output_.printed.clear();
    output_.told.clear();
    return diff_policies(pack("kirkwood"), state_, {.department = {}, .file = "", .before = before, .after = after},
                         output_);
  }

  fs::path state_;
  Kept output_;
};

TEST_F(PolicyCommands, EveryPackIsToldAndWell) {
  for (const std::string name : {"kentucky-2023", "kirkwood", "farmer-city", "acceptable-use", "monroe"}) {
    Kept output;
    ASSERT_EQ(show_policy(pack(name), of(std::nullopt), output), 0) << name << output.told;
    EXPECT_THAT(output.printed, HasSubstr("Prohibited, at every hour and for everybody")) << name;
    EXPECT_THAT(output.printed, HasSubstr("Who has to agree to a permission")) << name;
    EXPECT_THAT(output.printed, HasSubstr("(S")) << name << ": clauses";
    Kept checked;
    ASSERT_EQ(check_policy(pack(name), of(std::nullopt), checked), 0) << name << checked.told;
    EXPECT_THAT(checked.printed, HasSubstr("OK ")) << name;
  }
}

TEST_F(PolicyCommands, ADepartmentThatIsNotThereIsToldWithTheNearest) {
  EXPECT_EQ(show_policy(pack("kirkwood"), of("polise"), output_), 2);
  EXPECT_THAT(output_.told, HasSubstr("unknown department 'polise'; did you mean 'police'?"));
  EXPECT_EQ(show_policy(pack("kirkwood"), of("police"), output_), 0);
  EXPECT_THAT(output_.printed, HasSubstr("holds for"));
}

TEST_F(PolicyCommands, EveryMistakeIsToldWithItsLine) {
  const std::string text =
      text_of("kirkwood") + "\n[[rule]]\nname = \"x\"\ncategories = [\"gamblin\"]\naction = \"blok\"\n";
  const auto lines = std::ranges::count(text, '\n');
  EXPECT_EQ(check_policy(pack("kirkwood"), of(std::nullopt, write("bad.toml", text)), output_), 1);
  EXPECT_THAT(output_.told, HasSubstr(":" + std::to_string(lines - 1) + ": "));
  EXPECT_THAT(output_.told, HasSubstr("did you mean 'gambling'?"));
  EXPECT_THAT(output_.told, HasSubstr(":" + std::to_string(lines) + ": "));
  EXPECT_THAT(output_.told, HasSubstr("did you mean 'block'?"));
  EXPECT_EQ(output_.printed, "");
}

TEST_F(PolicyCommands, VersionsAreFiles) {
  const std::string text = text_of("kirkwood");
  const std::string file = write("now.toml", text), same = write("same.toml", text + "# a word\n");
  EXPECT_EQ(diff(file, file), 0);
  EXPECT_EQ(output_.printed, "They are the same file.\n");
  EXPECT_EQ(diff(file, same), 0);
  EXPECT_EQ(output_.printed, "They say the same: only titles, order or comments differ.\n");
}

TEST_F(PolicyCommands, VersionsAreKeptUnderTheirHash) {
  const std::string text = text_of("kirkwood");
  std::string other = text;
  const auto at = other.find("minutes_per_day = 60");
  ASSERT_NE(at, other.npos);
  other.replace(at, 20, "minutes_per_day = 45");
  const std::string before = keep(text), after = keep(other);
  EXPECT_EQ(diff(before.substr(0, 8), after), 0) << output_.told;
  EXPECT_EQ(output_.printed,
            "Excessive: from more than 60 minutes of personal use a day to more than 45 minutes of personal use a day "
            "(S1(i))\n");
  EXPECT_EQ(diff(before.substr(0, 7), after), 2);
  EXPECT_THAT(output_.told, HasSubstr("at least 8 hex digits"));
  EXPECT_EQ(diff("0123456789", after), 2);
  EXPECT_THAT(output_.told, HasSubstr("no version '0123456789' is kept in"));
}

}  // namespace
}  // namespace citygate::app
