#include "app/state_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/console/temporary_directory.h"

namespace citygate::app {
namespace {

using testing::HasSubstr;

class StateDirectoryTest : public testing::Test {
 protected:
  TemporaryDirectory directory_;
  const std::filesystem::path path_ = directory_.path() / "deep" / "state";
};

TEST_F(StateDirectoryTest, IsMadeForItsOwnerAlone) {
  const auto state = StateDirectory::open(path_, "serve");
  ASSERT_TRUE(state) << state.error().context;
  struct stat facts{};
  ASSERT_EQ(::stat(path_.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777, 0700U);
  EXPECT_EQ(read_file(path_ / "FORMAT").value(), "citygate state 1\n");
  for (const char* part : {"lists", "policies", "spool", "db", "keys"})
    EXPECT_TRUE(std::filesystem::is_directory(path_ / part));
}

TEST_F(StateDirectoryTest, SecondUserIsToldWhoHasIt) {
  const auto first = StateDirectory::open(path_, "serve");
  ASSERT_TRUE(first);
  const auto second = StateDirectory::open(path_, "serve");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, Error::Kind::Refused);
  EXPECT_EQ(second.error().context, "state directory " + path_.string() + " is in use by citygate serve (process " +
                                        std::to_string(::getpid()) + ")");
  // A gateway that serves would have answered the command.
  const auto asked = StateDirectory::open(path_, "report");
  ASSERT_FALSE(asked);
  EXPECT_EQ(asked.error().context,
            second.error().context + ", which is starting or stopping and takes no commands; ask again");
}

TEST_F(StateDirectoryTest, IsFreeAgainWhenItsUserEnds) {
  {
    ASSERT_TRUE(StateDirectory::open(path_, "serve"));
  }
  EXPECT_TRUE(StateDirectory::open(path_, "serve"));
}

TEST_F(StateDirectoryTest, NewerFormatIsRefusedAndLeftAsItIs) {
  {
    ASSERT_TRUE(StateDirectory::open(path_, "serve"));
  }
  ASSERT_TRUE(replace_file(path_ / "FORMAT", "citygate state 2\n"));
  const auto state = StateDirectory::open(path_, "serve");
  ASSERT_FALSE(state);
  EXPECT_THAT(state.error().context, AllOf(HasSubstr("format 2"), HasSubstr("newer"), HasSubstr("up to 1")));
  EXPECT_EQ(read_file(path_ / "FORMAT").value(), "citygate state 2\n");
}

TEST_F(StateDirectoryTest, DamagedFormatIsRefused) {
  {
    ASSERT_TRUE(StateDirectory::open(path_, "serve"));
  }
  for (const char* text : {"", "citygate state x\n", "citygate state 0\n", "\xff\xff"}) {
    ASSERT_TRUE(replace_file(path_ / "FORMAT", text));
    EXPECT_FALSE(StateDirectory::open(path_, "serve")) << text;
  }
}

TEST_F(StateDirectoryTest, SomebodysFilesAreNotTakenForOne) {
  std::filesystem::create_directories(path_);
  ASSERT_TRUE(replace_file(path_ / "thesis.txt", "years of work"));
  const auto state = StateDirectory::open(path_, "serve");
  ASSERT_FALSE(state);
  EXPECT_THAT(state.error().context, HasSubstr("thesis.txt"));
  EXPECT_FALSE(std::filesystem::exists(path_ / "lock"));
  EXPECT_FALSE(std::filesystem::exists(path_ / "db"));
}

TEST_F(StateDirectoryTest, KeepsEachPolicyOnce) {
  const auto state = StateDirectory::open(path_, "serve");
  ASSERT_TRUE(state);
  ASSERT_TRUE(state->keep_policy("abc", "[city]\n"));
  ASSERT_TRUE(state->keep_policy("abc", "[city]\n"));
  EXPECT_EQ(read_file(path_ / "policies" / "abc.toml").value(), "[city]\n");
}

}  // namespace
}  // namespace citygate::app
