#include "tests/unit/categories/fetch_support.h"
#include "tests/unit/categories/minisign_signer.h"

namespace citygate::categories {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

class FetchByPath : public FetchTest {
 protected:
  void is_file(std::string_view text) { source_.path = scratch_.write("lists/own.txt", text); }
  void is_directory() {
    scratch_.write("lists/gambling/domains", "casino.example\n");
    scratch_.write("lists/news/domains", "paper.example\n");
    source_.path = scratch_.path() / "lists";
  }
  static void touch(const fs::path& file) {
    fs::last_write_time(file, fs::last_write_time(file) + std::chrono::hours(1));
  }
};

TEST_F(FetchByPath, AFileIsCopiedAndKnownAgain) {
  is_file("a.example\n");
  EXPECT_EQ(fetched(), "a.example\n");
  EXPECT_EQ(fetch()->file, home() / "whole" / "own.txt");
  accept();
  EXPECT_EQ(files_in_staging(), 0U);
  EXPECT_TRUE(unchanged());
  touch(source_.path);
  EXPECT_TRUE(unchanged()) << "the same bytes with a new time";
  scratch_.write("lists/own.txt", "b.example\n");
  touch(source_.path);
  EXPECT_EQ(fetched(), "b.example\n");
}

TEST_F(FetchByPath, WhatWasNotAcceptedIsGivenAgain) {
  is_file("a.example\n");
  EXPECT_EQ(fetched(), "a.example\n");
  EXPECT_EQ(fetched(), "a.example\n");
  accept();
  scratch_.write("lists/own.txt", "b.example\nc.example\n");
  EXPECT_EQ(fetched(), "b.example\nc.example\n");
  fs::remove(home() / "whole" / "own.txt");
  EXPECT_EQ(fetched(), "b.example\nc.example\n");
}

TEST_F(FetchByPath, AFileThatIsReplacedByRenameIsSeen) {
  is_file("a.example\n");
  EXPECT_EQ(fetched(), "a.example\n");
  accept();
  const auto time = fs::last_write_time(source_.path);
  const auto beside = scratch_.write("lists/new.txt", "b.example\n");  // as long, and as old
  fs::last_write_time(beside, time);
  fs::rename(beside, source_.path);
  EXPECT_EQ(fetched(), "b.example\n");
}

TEST_F(FetchByPath, ALinkAtTheTopCountsByWhatItLeadsTo) {
  is_file("a.example\n");
  const auto other = scratch_.write("lists/other.txt", "b.example\n");
  const auto link = scratch_.path() / "current.txt";
  fs::create_symlink(source_.path, link);
  source_.path = link;
  EXPECT_EQ(fetched(), "a.example\n");
  accept();
  EXPECT_TRUE(unchanged());
  fs::remove(link);
  fs::create_symlink(other, link);
  EXPECT_EQ(fetched(), "b.example\n");
}

TEST_F(FetchByPath, ADirectoryIsReadWhereItStands) {
  is_directory();
  const auto first = fetch();
  ASSERT_TRUE(first) << first.error().context;
  EXPECT_EQ(first->what, FetchOutcome::What::Fetched);
  EXPECT_EQ(first->file, source_.path);
  EXPECT_EQ(first->version.bytes, 29U);
  EXPECT_EQ(fetch()->what, FetchOutcome::What::Fetched);  // not accepted yet
  accept();
  EXPECT_TRUE(unchanged());
  touch(source_.path / "news/domains");
  EXPECT_TRUE(unchanged());
  const auto before = fetch()->version.sha256;
  const auto changed = [&] {
    const auto out = fetch();
    EXPECT_TRUE(out) << out.error().context;
    const bool is = out && out->what == FetchOutcome::What::Fetched && out->version.sha256 != before;
    accept();
    return is;
  };
  scratch_.write("lists/news/urls", "paper.example/x\n");
  EXPECT_TRUE(changed());
  fs::remove(source_.path / "news/urls");
  EXPECT_EQ(fetch()->version.sha256, before);
  accept();
  fs::rename(source_.path / "news", source_.path / "press");
  EXPECT_TRUE(changed());
  fs::create_symlink("gambling", source_.path / "arjel");
  EXPECT_TRUE(changed());
}

TEST_F(FetchByPath, SaysWhetherADirectoryIsAsItWasFetched) {
  is_directory();
  const auto whole = fetch();
  ASSERT_TRUE(whole) << whole.error().context;
  EXPECT_TRUE(check_unchanged(source_, *whole));
  fs::remove(source_.path / "news/domains");
  const auto now = check_unchanged(source_, *whole);
  ASSERT_FALSE(now.has_value());
  EXPECT_TRUE(now.error().retryable);
  EXPECT_EQ(now.error().context, source_.path.string() + " was changed while it was read");
  // What was copied into staging is whole, whatever becomes of where it came from.
  is_file("a.example\n");
  const auto copied = fetch();
  ASSERT_TRUE(copied) << copied.error().context;
  fs::remove(source_.path);
  EXPECT_TRUE(check_unchanged(source_, *copied));
}

TEST_F(FetchByPath, SaysWhatIsWrongWithThePlace) {
  source_.path = scratch_.path() / "nowhere";
  EXPECT_EQ(error().kind, Error::Kind::NotFound);
  EXPECT_THAT(error().context, AllOf(HasSubstr("source 'a': "), HasSubstr("nowhere: No such file")));
  fs::create_directories(scratch_.path() / "empty");
  source_.path = scratch_.path() / "empty";
  EXPECT_THAT(error().context, HasSubstr("holds no file"));
  source_.path = "/dev/null";
  EXPECT_THAT(error().context, HasSubstr("neither a file nor a directory"));
  is_file("");
  EXPECT_THAT(error().context, HasSubstr("is empty"));
  is_file("<!DOCTYPE html><p>");
  EXPECT_THAT(error().context, HasSubstr("gives an HTML page, not a list"));
  is_file("a.example\n");
  source_.max_bytes = 5;
  EXPECT_EQ(error().kind, Error::Kind::TooLarge);
  EXPECT_EQ(files_in_staging(), 0U);
}

TEST_F(FetchByPath, ChecksSignatureAndChecksumOfAFile) {
  const MinisignSigner signer(7);
  is_file("a.example\n");
  source_.minisign = signer.public_key();
  source_.signature_url = source_.path.string() + ".minisig";
  EXPECT_THAT(error().context, HasSubstr("own.txt.minisig: No such file"));
  scratch_.write("lists/own.txt.minisig", signer.sign("a.example\n", "1", MinisignSigner::Form::Whole));
  EXPECT_EQ(fetched(), "a.example\n");
  accept();
  scratch_.write("lists/own.txt", "b.example\nc.example\n");
  EXPECT_THAT(error().context, HasSubstr("own.txt does not match its signature"));
  source_.minisign.clear();
  source_.sha256_url = scratch_.write("lists/sums", sha256_of("b.example\nc.example\n") + "  own.txt\n");
  EXPECT_EQ(fetched(), "b.example\nc.example\n");
  is_directory();
  EXPECT_THAT(error().context, HasSubstr("is a directory: a signature or checksum is of one file"));
}

TEST_F(FetchByPath, StopsWhenToldTo) {
  is_file("a.example\n");
  options_.cancelled = [] { return true; };
  EXPECT_THAT(error().context, HasSubstr("was cancelled"));
  EXPECT_EQ(files_in_staging(), 0U);
}

}  // namespace
}  // namespace citygate::categories
