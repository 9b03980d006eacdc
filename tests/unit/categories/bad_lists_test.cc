// Bad input: each ends with a clear word on what and where, nothing kept, and bounded time and memory.
#include <archive.h>
#include <archive_entry.h>
#include <sys/resource.h>

#include "tests/unit/categories/normalising.h"

namespace citygate::categories {
namespace {

namespace fs = std::filesystem;

class BadListsTest : public NormaliseTest {
 protected:
  struct Member {
    std::string name;
    unsigned type = AE_IFREG;
    std::string text = "a.example\n";
  };
  // A tarball, or a zip archive.
  fs::path packed(const std::string& name, const std::vector<Member>& members, bool zip = false) {
    const fs::path to = scratch_.path() / name;
    archive* out = archive_write_new();
    if (zip)
      archive_write_set_format_zip(out);
    else
      archive_write_set_format_pax_restricted(out);
    EXPECT_EQ(archive_write_open_filename(out, to.c_str()), ARCHIVE_OK);
    for (const auto& member : members) {
      archive_entry* entry = archive_entry_new();
      archive_entry_set_pathname(entry, member.name.c_str());
      archive_entry_set_perm(entry, 0644);
      archive_entry_set_filetype(entry, member.type);
      if (member.type == AE_IFLNK) archive_entry_set_symlink(entry, member.text.c_str());
      const bool file = member.type == AE_IFREG;
      if (file) archive_entry_set_size(entry, static_cast<la_int64_t>(member.text.size()));
      EXPECT_EQ(archive_write_header(out, entry), ARCHIVE_OK);
      if (file) archive_write_data(out, member.text.data(), member.text.size());
      archive_entry_free(entry);
    }
    archive_write_free(out);
    return to;
  }
  static long peak_kb() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
  }
};

TEST_F(BadListsTest, EveryKindOfLineEnd) {
  const std::string expected = "[news] +a.example | +b.example | +c.example | ";
  EXPECT_EQ(part("a.example\nb.example\nc.example"), expected);
  EXPECT_EQ(part("a.example\r\nb.example\r\nc.example\r\n"), expected);
  EXPECT_EQ(part("a.example\rb.example\rc.example\r"), expected);
  EXPECT_EQ(part("\xef\xbb\xbf"
                 "a.example\nb.example\nc.example\n"),
            expected);
}

TEST_F(BadListsTest, AByteOrderMarkDoesNotHideTheHeaderOfATable) {
  EXPECT_EQ(part("\xef\xbb\xbf"
                 "category,domain\nnews,a.example\ngames,b.example\n",
                 ""),
            "[news]  | +a.example <- news,a.example | +@games:b.example <- games,b.example | ");
  EXPECT_EQ(part("\xef\xbb\xbf"
                 "[Adblock Plus 2.0]\n-ad-banner.\n-adframe-\n"),
            "[news]  | +~-ad-banner\\. <- -ad-banner. | +~-adframe- <- -adframe- | ");
}

TEST_F(BadListsTest, Utf16IsRefusedInWords) {
  EXPECT_NE(refusal_of(std::string_view("\xff\xfe"
                                        "a\0.\0b\0",
                                        8))
                .find("is UTF-16; save it as UTF-8"),
            std::string::npos);
  EXPECT_NE(refusal_of(std::string_view("a\0.\0b\0c\0\n\0", 10)).find("or UTF-16"), std::string::npos);
}

TEST_F(BadListsTest, NamesInEveryAlphabetAreOneName) {
  EXPECT_EQ(part("b\xc3\xbc"
                 "cher.example\nxn--bcher-kva.example\n"),
            "[news] +xn--bcher-kva.example <- b\xc3\xbc"
            "cher.example | +xn--bcher-kva.example | ");
  EXPECT_EQ(summary_.entries, 1U);
  EXPECT_EQ(summary_.duplicates, 1U);
}

TEST_F(BadListsTest, TooMuchThatIsNotUnderstoodRefusesTheWhole) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "host" + std::to_string(i) + ".example\n";
  std::string tenth = text;
  for (int i = 0; i < 150; ++i) tenth += "two words\n";
  const auto why = refusal_of(tenth);
  EXPECT_NE(why.find("150 of 1150 lines are not understood"), std::string::npos) << why;
  EXPECT_NE(why.find("list:1001: 'two words' (not a host name)"), std::string::npos) << why;
  const auto file = scratch_.write("list", tenth);
  EXPECT_TRUE(normalised({.path = file, .category = "news", .fault_share = 0.2}));
  EXPECT_FALSE(normalised({.path = file, .category = "news", .fault_share = 0.1}));
  // Of a few lines nobody can tell: half.
  EXPECT_EQ(part("a.example\nb.example\ntwo words\n"), "[news] +a.example | +b.example | ");
}

TEST_F(BadListsTest, WebPagesAndOtherDocumentsAreNamed) {
  EXPECT_NE(refusal_of("<!DOCTYPE html>\n<title>Not found</title>\n").find("list: is a web page (HTML), not a list"),
            std::string::npos);
  EXPECT_NE(refusal_of("{\"error\": \"quota\"}\n").find("is JSON"), std::string::npos);
  EXPECT_NE(refusal_of("%PDF-1.4\n").find("is a PDF document"), std::string::npos);
}

TEST_F(BadListsTest, LinesWithoutEndAreBoundedInTimeAndMemory) {
  const long before = peak_kb();
  EXPECT_EQ(part("a.example\n" + std::string(1 << 20, 'x') + "\nb.example\nc.example\n"),
            "[news] +a.example |  | +b.example | +c.example | ");
  EXPECT_EQ(skipped("longer than 4,096 bytes"), 1U);
  const auto why = refusal_of("a.example\n" + std::string(70 << 20, 'x'));
  EXPECT_NE(why.find("no line ends within 64 MiB"), std::string::npos) << why;
  EXPECT_LT(peak_kb() - before, 250 << 10);  // the test's own text, and not much more
}

TEST_F(BadListsTest, DuplicatesByTheMillionCostNoMemory) {
  std::string text;
  for (int i = 0; i < 1'000'000; ++i) text += "a.example\n";
  const auto file = scratch_.write("list", text);
  text = {};
  const long before = peak_kb();
  ASSERT_TRUE(normalised({.path = file, .category = "news"}));
  EXPECT_EQ(summary_.entries, 1U);
  EXPECT_EQ(summary_.duplicates, 999'999U);
  EXPECT_LT(peak_kb() - before, 64 << 10);
}

// Whoever compiles the list takes memory for each item that is written.
TEST_F(BadListsTest, DuplicatesBeyondAMillionAreCountedAndNotWritten) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) {
    text += "0.0.0.0";
    for (int k = 0; k < 100; ++k) text += " a.example";
    text += '\n';
  }
  text += "0.0.0.0 a.example b.example\n";
  const auto file = scratch_.write("list", text);
  const auto manifest = normalised({.path = file, .category = "news", .format = ListFormat::Hosts});
  ASSERT_TRUE(manifest) << manifest.error().context;
  EXPECT_EQ(summary_.entries, 2U);
  EXPECT_EQ(summary_.duplicates, 1'999'999U + 1U);
  EXPECT_LT(manifest->files[0].entries, 1'010'000U);
  EXPECT_TRUE(parts_["list"].ends_with(" |  |  | +=b.example <- 0.0.0.0 a.example b.example | "));
  EXPECT_NE(told_.find("2 entries, 2000000 duplicates"), std::string::npos) << told_;
}

TEST_F(BadListsTest, RulesThatTakeOthersBackAreBounded) {
  std::string text = "! an adblock list\n||a.example^\n";
  for (int i = 0; i < 100'001; ++i) text += "||b" + std::to_string(i) + ".example^$badfilter\n";
  EXPECT_NE(refusal_of(text).find("list:100003: more than 100000 rules with $badfilter; nothing was imported"),
            std::string::npos);
}

TEST_F(BadListsTest, ReasonsAreBounded) {
  std::string text = "||a.example^\n";
  for (int i = 1; i < 1000; ++i) text += "/" + std::string(static_cast<std::size_t>(i), 'x') + "\\Ca/\n";
  ASSERT_TRUE(normalised({.path = scratch_.write("list", text), .category = "news", .format = ListFormat::Adblock}));
  EXPECT_LE(summary_.skipped.size(), 201U);
  EXPECT_EQ(skipped(""), 999U);
}

TEST_F(BadListsTest, PublicSuffixesAreRefusedInWords) {
  EXPECT_EQ(part("a.example\nco.uk\n*.com.br\nshop.co.uk\n"), "[news] +a.example |  |  | +shop.co.uk | ");
  EXPECT_EQ(skipped("a public suffix like co.uk"), 2U);
  ASSERT_FALSE(summary_.skipped.empty());
  EXPECT_EQ(summary_.skipped[0].examples.size(), 2U);
  EXPECT_EQ(summary_.skipped[0].examples[0].line, 2U);
  EXPECT_EQ(part("*.co.uk CNAME .\nco.uk CNAME .\nx.co.uk CNAME .\n", "news", ListFormat::Rpz),
            "[news]  | +=co.uk <- co.uk CNAME . | +=x.co.uk <- x.co.uk CNAME . | ");
  // Whose name it is stands for them in a list of such services, and for their customers in one of what is bad.
  EXPECT_EQ(part("github.io\nx.github.io\n", "developer"), "[developer] +github.io | +x.github.io | ");
  EXPECT_EQ(part("github.io\nx.github.io\ns3.amazonaws.com/bucket/x\nco.uk/x\n", "phishing"),
            "[phishing]  | +x.github.io | +s3.amazonaws.com/bucket/x | ");
  EXPECT_EQ(skipped("a name below which anybody has sites"), 1U);
  EXPECT_EQ(part("duckdns.org\n", "dynamic-dns"), "[dynamic-dns] +duckdns.org | ");
  EXPECT_EQ(part("ec2-192-0-2-1.compute-1.amazonaws.com\n", "malware"),
            "[malware] +ec2-192-0-2-1.compute-1.amazonaws.com | ");
}

TEST_F(BadListsTest, ExceptionsAloneAreRefusedInWords) {
  const auto why = refusal_of("! fair ones\n@@||a.example^\n@@||b.example^\n");
  EXPECT_NE(why.find("list: it holds exceptions only, the first is list:2: '@@||a.example^'"), std::string::npos)
      << why;
  EXPECT_EQ(part("@@||a.example^\n||b.example^\n"),
            "[news] -^a.example <- @@||a.example^ | +b.example <- ||b.example^ | ");
}

TEST_F(BadListsTest, ArchivesThatLeadOutsideOrHoldMoreThanFiles) {
  const auto why = [&](std::vector<Member> members) {
    members.insert(members.begin(), {"news/domains"});
    return refusal({.path = packed("evil.tar", members)});
  };
  EXPECT_NE(why({{"../news/domains"}}).find("'../news/domains', which leads outside"), std::string::npos);
  EXPECT_NE(why({{"/etc/news/domains"}}).find("leads outside"), std::string::npos);
  EXPECT_NE(why({{"news/zero", AE_IFCHR}}).find("holds 'news/zero', a device or the like"), std::string::npos);
  EXPECT_NE(why({{"news/pipe", AE_IFIFO}}).find("a device or the like"), std::string::npos);
  // A link is never followed, wherever it leads.
  ASSERT_TRUE(normalised({.path = packed("links.tar", {{"news/domains"}, {"news/urls", AE_IFLNK, "/etc/passwd"}})}));
  EXPECT_EQ(parts_, (std::map<std::string, std::string>{{"news/domains", "[news] +a.example | "}}));
}

TEST_F(BadListsTest, ZipArchivesAreRead) {
  ASSERT_TRUE(normalised({.path = packed("l.zip", {{"x/news/domains"}, {"x/dating/domains"}}, true)}));
  EXPECT_EQ(parts_, (std::map<std::string, std::string>{{"news/domains", "[news] +a.example | "},
                                                        {"dating/domains", "[dating] +a.example | "}}));
}

TEST_F(BadListsTest, ThingsInAnArchiveAreCountedWhateverTheyAre) {
  std::vector<Member> members{{"news/domains"}};
  for (int i = 0; i < 2000; ++i)
    members.push_back({"d" + std::to_string(i), i % 2 == 0 ? unsigned{AE_IFDIR} : unsigned{AE_IFLNK}, "x"});
  const auto why = refusal({.path = packed("many.tar", members)}, {.files = 1000});
  EXPECT_NE(why.find("holds more than 1000 files"), std::string::npos) << why;
}

TEST_F(BadListsTest, EntriesAreBounded) {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "host" + std::to_string(i) + ".example\n";
  const auto file = scratch_.write("list", text);
  const auto why = refusal({.path = file}, {.entries = 1000});
  EXPECT_NE(why.find("more than 1000 entries"), std::string::npos) << why;
  ImportRequest request{.path = file, .category = "news"};
  EXPECT_TRUE(normalised(request, {.entries = 2000}));
}

TEST_F(BadListsTest, NamesOfFilesAreMadePrintable) {
  const auto why = refusal({.path = packed("names.tar", {{"\x1b[31mred\n/../x"}})});
  EXPECT_NE(why.find("'?[31mred?/../x'"), std::string::npos) << why;
}

TEST_F(BadListsTest, ACutArchiveIsRefusedByName) {
  const auto whole = packed("cut.tar", {{"news/domains", AE_IFREG, std::string(100'000, 'a') + ".example\n"}});
  fs::resize_file(whole, 50'000);
  const auto why = refusal({.path = whole});
  EXPECT_NE(why.find("cut.tar: news/domains: cannot be unpacked"), std::string::npos) << why;
}

TEST_F(BadListsTest, AGzipFileThatIsDamagedOrCutIsRefused) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "host" + std::to_string(i) + ".example\n";
  const fs::path whole = scratch_.path() / "list.gz";
  archive* out = archive_write_new();
  archive_write_add_filter_gzip(out);
  archive_write_set_format_raw(out);
  ASSERT_EQ(archive_write_open_filename(out, whole.c_str()), ARCHIVE_OK);
  archive_entry* entry = archive_entry_new();
  archive_entry_set_filetype(entry, AE_IFREG);
  ASSERT_EQ(archive_write_header(out, entry), ARCHIVE_OK);
  archive_write_data(out, text.data(), text.size());
  archive_entry_free(entry);
  archive_write_free(out);
  ASSERT_TRUE(normalised({.path = whole, .category = "news"}));
  EXPECT_EQ(summary_.entries, 1000U);
  const std::string packed = *read_file(whole);
  // The last eight bytes are the checksum and the length.
  for (const std::size_t back : {8U, 4U}) {
    std::string damaged = packed;
    damaged[damaged.size() - back] ^= 1;
    const auto why = refusal({.path = scratch_.write("damaged.gz", damaged)});
    EXPECT_NE(why.find("damaged.gz: cannot be unpacked: the gzip data is damaged or cut ("), std::string::npos) << why;
  }
  for (const std::size_t less : {1U, 8U, 100U}) {
    const auto why = refusal({.path = scratch_.write("cut.gz", packed.substr(0, packed.size() - less))});
    EXPECT_NE(why.find("cut.gz: cannot be unpacked: the gzip data is damaged or cut ("), std::string::npos) << why;
  }
  EXPECT_TRUE(normalised({.path = scratch_.write("two.gz", packed + packed), .category = "news"}));
  EXPECT_EQ(summary_.duplicates, 1000U);
}

TEST_F(BadListsTest, AFullDiskIsSaidAndEndsIt) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "host" + std::to_string(i) + ".example\n";
  const auto file = scratch_.write("list", text);
  const auto into = scratch_.path() / "full";
  fs::create_directories(into);
  fs::create_symlink("/dev/full", into / "entries");
  const auto manifest = normalise({.path = file, .source = "x", .category = "news"}, taxonomy_, {}, into, {}, summary_);
  ASSERT_FALSE(manifest.has_value());
  EXPECT_EQ(manifest.error().kind, Error::Kind::Storage);
  EXPECT_NE(manifest.error().context.find("No space left on device"), std::string::npos) << manifest.error().context;
  EXPECT_FALSE(fs::exists(into / "manifest.json"));
}

TEST_F(BadListsTest, RubbishBehindAGoodBeginningIsRefusedToo) {
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += "host" + std::to_string(i) + ".example\n";
  for (int i = 0; i < 20'000; ++i) text += std::string("\0\1\2\n", 4);
  const auto why = refusal_of(text);
  EXPECT_NE(why.find("holds control characters: binary data?"), std::string::npos) << why;
  EXPECT_NE(why.find("list:10001: "), std::string::npos) << why;
}

TEST_F(BadListsTest, BombsAreRefusedWithLittleMemory) {
  const auto bombs = shared_lists() / ".." / "conformance" / "bombs";
  if (!fs::exists(bombs)) GTEST_SKIP() << "no decompression bombs at " << bombs;
  const long before = peak_kb();
  // Zeros are how a tarball ends: these are taken for archives of nothing.
  const std::pair<std::string_view, std::string_view> kCases[] = {
      {"zeros-1GiB.gz", "is empty"}, {"zeros-1GiB.zst", "is empty"}, {"zeros-1GiB.gz.gz", "is compressed twice"}};
  for (const auto& [name, expected] : kCases) {
    const auto why = refusal({.path = bombs / name});
    EXPECT_NE(why.find(expected), std::string::npos) << why;
  }
  EXPECT_LT(peak_kb() - before, 32 << 10);
}

}  // namespace
}  // namespace citygate::categories
