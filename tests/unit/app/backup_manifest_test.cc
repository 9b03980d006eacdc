#include "app/backup_manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "categories/digest.h"
#include "tests/support/temp_dir.h"

namespace citygate::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

BackupManifest sample() {
  BackupManifest out{.state_format = 1, .version = "0.1.0", .made = "2026-11-22T10:00:00Z", .records = 42, .files = {}};
  out.files.push_back({.path = "conf/my policy.toml", .bytes = 3, .sha256 = std::string(64, 'a')});
  out.files.push_back({.path = "db/CURRENT", .bytes = 16, .sha256 = std::string(64, 'b')});
  return out;
}

// With a checksum that is right.
std::string sealed(std::string lines) {
  categories::Digest digest;
  digest.add(lines);
  return lines + "end " + digest.finish_hex() + "\n";
}

TEST(BackupManifest, ReadsWhatItWrites) {
  const auto read = BackupManifest::parse(sample().to_string());
  ASSERT_TRUE(read) << read.error().context;
  EXPECT_EQ(read->to_string(), sample().to_string());
  EXPECT_EQ(read->records, 42U);
  EXPECT_EQ(read->files.front().path, "conf/my policy.toml");
}

TEST(BackupManifest, EveryFlippedByteIsFound) {
  const std::string text = sample().to_string();
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string damaged = text;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    EXPECT_FALSE(BackupManifest::parse(damaged)) << at;
    EXPECT_FALSE(BackupManifest::parse(text.substr(0, at))) << at;
  }
}

TEST(BackupManifest, AnotherFormatIsNamed) {
  const auto read = BackupManifest::parse(sealed("citygate backup 2\nfuture things\n"));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, Error::Kind::Refused);
  EXPECT_THAT(read.error().context, HasSubstr("of format 2; this citygate knows format 1"));
}

TEST(BackupManifest, PathsStayBelow) {
  const std::string sum(64, 'a');
  for (const char* path : {"/etc/passwd", "../up", "a/../../up", "a//b", "./a", "", "a/", ".."}) {
    const auto read = BackupManifest::parse(sealed("citygate backup 1\nfile " + sum + " 1 " + path + "\n"));
    EXPECT_FALSE(read) << path;
  }
  const auto twice = sealed("citygate backup 1\nfile " + sum + " 1 a\nfile " + sum + " 1 a\n");
  EXPECT_FALSE(BackupManifest::parse(twice));
}

TEST(BackupManifest, LinesAreNamed) {
  const auto read = BackupManifest::parse(sealed("citygate backup 1\nstate 1\nfile short 1 a\n"));
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().context, HasSubstr("line 3"));
}

TEST(CopyHashed, CopiesAndHashesAndNeverReplaces) {
  const test::TempDir directory;
  std::ofstream(directory / "from") << "abc";
  const auto copied = copy_hashed(directory / "from", directory / "to");
  ASSERT_TRUE(copied) << copied.error().context;
  EXPECT_EQ(copied->bytes, 3U);
  EXPECT_EQ(copied->sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  struct stat facts{};
  ASSERT_EQ(::stat((directory / "to").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600U);
  EXPECT_FALSE(copy_hashed(directory / "from", directory / "to"));
}

TEST(FilesBelow, AreSortedAndPlain) {
  const test::TempDir directory;
  std::filesystem::create_directories(directory / "b" / "c");
  std::ofstream(directory / "b" / "c" / "d");
  std::ofstream(directory / "a");
  EXPECT_THAT(*files_below(directory.path()), ElementsAre("a", "b/c/d"));
  std::filesystem::create_symlink("/etc/passwd", directory / "z");
  EXPECT_FALSE(files_below(directory.path())) << "a link could lead anywhere";
  EXPECT_FALSE(files_below(directory / "none"));
}

}  // namespace
}  // namespace citygate::app
