#include "base/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

namespace citygate {
namespace {

class FileTest : public testing::Test {
 protected:
  FileTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "citygate-file-XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
  }
  ~FileTest() override { std::filesystem::remove_all(directory_); }
  std::filesystem::path directory_;
};

TEST_F(FileTest, ReplacedWholeAndReadBack) {
  const auto path = directory_ / "a";
  ASSERT_TRUE(replace_file(path, "one"));
  EXPECT_EQ(read_file(path).value_or("?"), "one");
  ASSERT_TRUE(replace_file(path, std::string(100'000, 'x')));
  EXPECT_EQ(read_file(path)->size(), 100'000u);
  // Nothing else is left behind.
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_), std::filesystem::directory_iterator()), 1);
}

TEST_F(FileTest, AFailedReplacementKeepsTheOldText) {
  const auto path = directory_ / "no" / "a";
  EXPECT_FALSE(replace_file(path, "x"));
  EXPECT_FALSE(std::filesystem::exists(directory_ / "no"));
}

TEST_F(FileTest, ReadingIsBounded) {
  const auto path = directory_ / "a";
  ASSERT_TRUE(replace_file(path, "12345"));
  EXPECT_TRUE(read_file(path, 5));
  const auto large = read_file(path, 4);
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().kind, Error::Kind::TooLarge);
  EXPECT_FALSE(read_file(directory_ / "missing"));
}

TEST_F(FileTest, SharedMapsKeepWhatIsWritten) {
  const auto path = directory_ / "map";
  {
    auto map = MappedFile::open_shared(path, 8192);
    ASSERT_TRUE(map) << map.error().context;
    ASSERT_EQ(map->bytes().size(), 8192u);
    std::memcpy(map->writable().data() + 8190, "ab", 2);
    EXPECT_TRUE(map->sync());
  }
  auto again = MappedFile::open_shared(path, 8192);
  ASSERT_TRUE(again);
  EXPECT_EQ(static_cast<char>(again->bytes()[8191]), 'b');
  auto read_only = MappedFile::open_read_only(path);
  ASSERT_TRUE(read_only);
  EXPECT_EQ(read_only->bytes().size(), 8192u);
  EXPECT_FALSE(MappedFile::open_read_only(directory_ / "missing"));
}

TEST_F(FileTest, AMapMovesAndIsUnmappedOnce) {
  auto map = MappedFile::open_shared(directory_ / "map", 4096);
  ASSERT_TRUE(map);
  MappedFile moved = std::move(*map);
  EXPECT_EQ(moved.bytes().size(), 4096u);
  EXPECT_TRUE(map->bytes().empty());
  moved = MappedFile();
  EXPECT_TRUE(moved.bytes().empty());
}

TEST(UniqueFd, ClosesWhatItOwns) {
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  UniqueFd read_end(pipe_ends[0]);
  {
    UniqueFd write_end(pipe_ends[1]);
    UniqueFd moved = std::move(write_end);
    EXPECT_FALSE(write_end);
    EXPECT_TRUE(moved);
  }
  char byte;
  EXPECT_EQ(read(read_end.get(), &byte, 1), 0);  // end of stream: the only writer is closed
  EXPECT_EQ(fcntl(pipe_ends[1], F_GETFD), -1);
}

}  // namespace
}  // namespace citygate
