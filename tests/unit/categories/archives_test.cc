// Packed lists: tarballs and compressed files made here, and real archives where they are at hand.
#include <archive.h>
#include <archive_entry.h>

#include <map>

#include "base/file.h"
#include "categories/intake.h"
#include "tests/unit/categories/support.h"

namespace citygate::categories {
namespace {

namespace fs = std::filesystem;

struct Member {
  std::string name, text;
  std::string link = {};
};

enum class Packing { None, Gzip, Xz, Zstd };

void write_archive(const fs::path& to, Packing packing, bool tar, const std::vector<Member>& members) {
  archive* out = archive_write_new();
  if (packing == Packing::Gzip) archive_write_add_filter_gzip(out);
  if (packing == Packing::Xz) archive_write_add_filter_xz(out);
  if (packing == Packing::Zstd) archive_write_add_filter_zstd(out);
  if (tar)
    archive_write_set_format_ustar(out);
  else
    archive_write_set_format_raw(out);
  ASSERT_EQ(archive_write_open_filename(out, to.c_str()), ARCHIVE_OK);
  for (const auto& member : members) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, member.name.c_str());
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_filetype(entry, member.link.empty() ? AE_IFREG : AE_IFLNK);
    if (!member.link.empty()) archive_entry_set_symlink(entry, member.link.c_str());
    archive_entry_set_size(entry, static_cast<la_int64_t>(member.text.size()));
    ASSERT_EQ(archive_write_header(out, entry), ARCHIVE_OK);
    archive_write_data(out, member.text.data(), member.text.size());
    archive_entry_free(entry);
  }
  archive_write_free(out);
}

class ArchivesTest : public StoreTest {
 protected:
  std::string packed(const std::string& name, Packing packing, bool tar, const std::vector<Member>& members) {
    write_archive(scratch_.path() / name, packing, tar, members);
    return (scratch_.path() / name).string();
  }
  static std::map<std::string, std::uint64_t> hosts(const ImportSummary& summary) {
    std::map<std::string, std::uint64_t> out;
    for (const auto& one : summary.categories) out[one.name] = one.hosts;
    return out;
  }
};

TEST_F(ArchivesTest, EveryPackingOfATarballAndOfOneList) {
  const std::vector<Member> tree{{"blacklists/gambling/domains", "a.example\n"}, {"blacklists/casino", "", "gambling"}};
  const std::pair<std::string, Packing> kPackings[] = {
      {"", Packing::None}, {".gz", Packing::Gzip}, {".xz", Packing::Xz}, {".zst", Packing::Zstd}};
  for (const auto& [ending, packing] : kPackings) {
    const auto tree_summary = imported(packed("t.tar" + ending, packing, true, tree), "", "t");
    EXPECT_EQ(hosts(tree_summary), (std::map<std::string, std::uint64_t>{{"gambling", 1}})) << ending;
    const auto one = imported(packed("news.txt" + ending, packing, false, {{"x", "b.example\n"}}), "", "one");
    EXPECT_EQ(hosts(one), (std::map<std::string, std::uint64_t>{{"news", 1}})) << ending;
  }
  EXPECT_EQ(why(*lists(), "http://a.example/", "gambling"), "t gambling/domains:1 a.example");
  EXPECT_EQ(why(*lists(), "http://b.example/", "news"), "one news.txt:1 b.example");
}

TEST_F(ArchivesTest, NamesThatLeadOutsideRefuseTheWhole) {
  for (const std::string name : {"../gambling/domains", "/etc/gambling/domains", "a/../../gambling/domains"}) {
    const auto summary =
        import(packed("evil.tar", Packing::None, true, {{"news/domains", "a.example\n"}, {name, "b.example\n"}}));
    ASSERT_FALSE(summary.has_value()) << name;
    EXPECT_NE(summary.error().context.find("leads outside"), std::string::npos) << summary.error().context;
  }
  EXPECT_EQ(lists()->id().value, 0U);
}

TEST_F(ArchivesTest, ACutArchiveIsRefused) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "host" + std::to_string(i * 7919) + ".example\n";
  const fs::path whole = packed("news.tar.gz", Packing::Gzip, true, {{"news/domains", text}});
  fs::resize_file(whole, fs::file_size(whole) / 2);
  const auto summary = import(whole);
  ASSERT_FALSE(summary.has_value());
  EXPECT_NE(summary.error().context.find("cannot be unpacked"), std::string::npos) << summary.error().context;
}

struct Counting final : IntakeSink {
  Result<Want> begin(const std::string&) override { return Want::Content; }
  Result<void> block(std::string_view) override { return {}; }
  Result<void> end() override { return {}; }
  void link(const std::string&, const std::string&) override {}
};

TEST_F(ArchivesTest, UnpackedSizeAndNumberOfFilesAreBounded) {
  Counting sink;
  IntakeShape shape{};
  const auto bomb = packed("bomb.gz", Packing::Gzip, false, {{"x", std::string(4 << 20, 'a')}});
  const auto size = walk_intake(bomb, {.unpacked_bytes = 1 << 20}, shape, sink);
  ASSERT_FALSE(size.has_value());
  EXPECT_EQ(size.error().kind, Error::Kind::TooLarge);
  const auto many =
      packed("many.tar", Packing::None, true, {{"a/domains", "x"}, {"b/domains", "x"}, {"c/domains", "x"}});
  const auto files = walk_intake(many, {.files = 2}, shape, sink);
  ASSERT_FALSE(files.has_value());
  EXPECT_EQ(files.error().kind, Error::Kind::TooLarge);
}

// All of UT1: every line is either an entry, a repetition, or counted with a reason.
TEST_F(ArchivesTest, TheWholeOfUt1) {
  const auto file = shared_lists() / "ut1.tar.zst";
  if (!fs::exists(file)) GTEST_SKIP() << "no copy of the UT1 lists at " << file;
  const auto summary = imported(file);
  EXPECT_EQ(summary.source, "ut1");
  const auto per = hosts(summary);
  const std::pair<std::string_view, std::uint64_t> kAtLeast[] = {
      {"gambling", 32'247}, {"malware", 218'000}, {"phishing", 218'000},     {"proxy", 132'000}, {"jobsearch", 60'740},
      {"games", 33'741},    {"news", 4'644},      {"cryptojacking", 11'491}, {"vpn", 6'039},     {"hate", 360}};
  for (const auto& [name, least] : kAtLeast) {
    ASSERT_TRUE(per.contains(std::string(name))) << name;
    EXPECT_GE(per.at(std::string(name)), least) << name;
    EXPECT_LT(per.at(std::string(name)), least + least / 50 + 1000) << name;
  }
  std::uint64_t not_used = 0;
  for (const auto& one : summary.skipped) not_used += one.lines;
  // An entry with a query is kept in two spellings; of half a thousand lines or less here.
  const std::uint64_t accounted = summary.entries + summary.duplicates + not_used;
  EXPECT_GE(accounted, summary.lines);
  EXPECT_LE(accounted, summary.lines + 500);
  EXPECT_EQ(summary.unmapped,
            (std::vector<std::string>{"examen_pix", "exceptions_liste_bu", "reaffected", "special", "strict_redirector",
                                      "strong_redirector", "tricheur", "tricheur_pix"}));
  const auto lists = this->lists();
  EXPECT_EQ(why(*lists, "http://www.1xbet.com/", "gambling"), "ut1 gambling/domains:579 1xbet.com");
  EXPECT_EQ(categories(*lists, "http://argim.net/chat/x"), "forums");
  EXPECT_TRUE(imported(file).unchanged);
}

TEST_F(ArchivesTest, OtherCollectionsInTheirOwnFormats) {
  if (!fs::exists(shared_lists() / "hagezi.tar.zst")) GTEST_SKIP() << "no copies of lists at " << shared_lists();
  const auto sinfonietta = imported(shared_lists() / "sinfonietta.tar.zst");
  EXPECT_EQ(hosts(sinfonietta), (std::map<std::string, std::uint64_t>{
                                    {"gambling", 2642}, {"pornography", 61160}, {"social", 3244}, {"violence", 23}}));
  const auto hagezi = imported(shared_lists() / "hagezi.tar.zst");
  EXPECT_EQ(
      hagezi.entries + hagezi.duplicates +
          [&] {
            std::uint64_t lines = 0;
            for (const auto& one : hagezi.skipped) lines += one.lines;
            return lines;
          }(),
      hagezi.lines);
  EXPECT_TRUE(hagezi.unmapped.empty()) << hagezi.unmapped.front();
  const auto project = imported(shared_lists() / "blocklistproject.tar.zst");
  EXPECT_EQ(project.unmapped, std::vector<std::string>{"basic"});
  EXPECT_GT(hosts(project)["drugs"], 20'000U);
  EXPECT_GT(skipped(project, "a network"), 500U);
  const auto lists = this->lists();
  EXPECT_EQ(lists->status().sources.size(), 3U);
  EXPECT_EQ(categories(*lists, "http://m.facebook.com/"), "social");
}

TEST_F(ArchivesTest, ABombOfZerosIsRefused) {
  const auto bombs = shared_lists() / ".." / "conformance" / "bombs";
  if (!fs::exists(bombs)) GTEST_SKIP() << "no decompression bombs at " << bombs;
  for (const char* name : {"zeros-1GiB.gz", "zeros-1GiB.zst", "zeros-1GiB.gz.gz"})
    EXPECT_FALSE(import(bombs / name, "ads").has_value()) << name;
}

}  // namespace
}  // namespace citygate::categories
