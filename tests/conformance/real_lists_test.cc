// Real lists, whole: every line is an entry, a repetition, or counted with a reason, and few are not understood. Prints
// the counts, because their change is what one wants to see after a change of a reader.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "base/name_source.h"
#include "categories/normalise.h"
#include "tests/conformance/data_files.h"

namespace citygate::categories {
namespace {

namespace fs = std::filesystem;

class RealListsTest : public ::testing::Test {
 protected:
  RealListsTest() : scratch_(fs::temp_directory_path() / ("citygate-real-lists-" + std::to_string(::getpid()))) {
    fs::create_directories(scratch_ / "normal");
    Problems problems;
    auto read = Taxonomy::read(fs::path(CITYGATE_SOURCE_DIR) / "conf" / "taxonomy.toml", names_, problems);
    EXPECT_TRUE(read) << problems.to_string();
    taxonomy_ = std::move(*read);
  }
  ~RealListsTest() override {
    std::error_code ignored;
    fs::remove_all(scratch_, ignored);
  }

  ImportSummary read(ImportRequest request) {
    request.source = "real";
    ImportSummary summary;
    const auto manifest = normalise(request, taxonomy_, {}, scratch_ / "normal", {}, summary);
    EXPECT_TRUE(manifest) << manifest.error().context;
    std::printf("%s: %llu files, %llu lines, %llu entries, %llu named twice\n", request.path.filename().c_str(),
                static_cast<unsigned long long>(summary.files), static_cast<unsigned long long>(summary.lines),
                static_cast<unsigned long long>(summary.entries), static_cast<unsigned long long>(summary.duplicates));
    std::uint64_t accounted = summary.entries + summary.duplicates;
    for (const auto& one : summary.skipped) {
      accounted += one.lines;
      std::printf("  %8llu %s\n", static_cast<unsigned long long>(one.lines), one.reason.c_str());
    }
    // A line of a hosts or dnsmasq file may hold several names.
    EXPECT_GE(accounted, summary.lines);
    EXPECT_LE(accounted, summary.lines + summary.lines / 1000);
    if (manifest) {
      EXPECT_LE(manifest->not_understood * 1000, summary.lines);
    }
    return summary;
  }
  static fs::path lists() { return fs::path(CITYGATE_SOURCE_DIR) / ".." / "shared" / "data" / "lists"; }

  const fs::path scratch_;
  MemoryNames names_;
  Taxonomy taxonomy_;
};

TEST_F(RealListsTest, AllCollections) {
  if (!fs::exists(lists() / "ut1.tar.zst")) GTEST_SKIP() << "no copies of lists at " << lists();
  for (const char* name : {"ut1.tar.zst", "blocklistproject.tar.zst", "hagezi.tar.zst", "sinfonietta.tar.zst"})
    read({.path = lists() / name});
  for (const char* name : {"ut1-history-malware.domains.zst", "ut1-history-malware.urls.zst"})
    read({.path = lists() / name, .category = "malware"});
  read({.path = lists() / "bon-appetit-porn.domains.zst", .category = "pornography"});
}

// The configuration directory of e2guardian as it is shipped: all lists that are no lists of sites are left alone, and
// nothing in those that are is strange.
TEST_F(RealListsTest, AnE2guardianDirectory) {
  const fs::path root = scratch_ / "e2guardian";
  const bool there = test::for_each_file("content/phrase-and-word-lists.tar.zst",
                                         [&](const std::string& name, const std::string& contents) {
                                           const auto at = name.find("e2guardian/");
                                           if (at == std::string::npos) return;
                                           const fs::path file = root / name.substr(at + 11);
                                           fs::create_directories(file.parent_path());
                                           std::ofstream(file, std::ios::binary) << contents;
                                         });
  if (!there) GTEST_SKIP() << "no copy of the e2guardian lists";
  const auto summary = read({.path = root, .category = "gambling"});
  EXPECT_GT(summary.files, 15U);
  EXPECT_TRUE(summary.skipped.empty());
}

}  // namespace
}  // namespace citygate::categories
