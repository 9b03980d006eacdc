// support.h - what the tests of lists share: a place on disk, small lists, a small taxonomy.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "base/name_source.h"
#include "categories/list_store.h"
#include "categories/taxonomy.h"

namespace citygate::categories {

// A directory of its own, removed at the end.
class Scratch {
 public:
  Scratch() {
    static std::atomic<int> count = 0;
    path_ = std::filesystem::temp_directory_path() /
            ("citygate-lists-" + std::to_string(::getpid()) + "-" + std::to_string(count++));
    std::filesystem::create_directories(path_);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  std::filesystem::path write(const std::string& name, std::string_view text) const {
    const auto file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    return file;
  }

 private:
  std::filesystem::path path_;
};

inline std::filesystem::path source_root() { return CITYGATE_SOURCE_DIR; }
inline std::filesystem::path shared_lists() { return source_root() / ".." / "shared" / "data" / "lists"; }

// The product's own taxonomy and a store in a scratch directory.
class StoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Problems problems;
    auto read = Taxonomy::read(source_root() / "conf" / "taxonomy.toml", names_, problems);
    ASSERT_TRUE(read) << problems.to_string();
    taxonomy_ = std::move(*read);
    reopen();
  }
  void reopen() {
    auto opened = ListStore::open(scratch_.path() / "lists", taxonomy_, names_);
    ASSERT_TRUE(opened) << opened.error().context;
    store_ = std::move(*opened);
  }

  // What became of an import, as one value.
  struct Imported : ImportSummary {
    Publication publication;
    GenerationId generation;
  };
  static Result<Imported> joined(Result<std::pair<ImportSummary, Publication>> done) {
    if (!done) return std::unexpected(std::move(done).error());
    return Imported{std::move(done->first), done->second, done->second.generation};
  }
  Result<Imported> import(const std::filesystem::path& path, std::string category = "", std::string source = "",
                               ListFormat format = ListFormat::Detect) {
    return joined(store_->import(
        {.path = path, .source = std::move(source), .category = std::move(category), .version = "", .format = format},
        by_test(), {}));
  }
  static Change by_test() { return {.author = "test", .reason = "a test"}; }
  Imported imported(const std::filesystem::path& path, std::string category = "", std::string source = "") {
    auto summary = import(path, std::move(category), std::move(source));
    EXPECT_TRUE(summary) << summary.error().context;
    return summary ? *summary : Imported{};
  }
  std::shared_ptr<const Lists> lists() {
    warning_.clear();
    auto loaded = store_->load_current(warning_);
    EXPECT_TRUE(loaded) << loaded.error().context;
    return loaded ? *loaded : nullptr;
  }

  static Target target(std::string_view url) {
    Target out;
    EXPECT_TRUE(parse_url(url, out)) << url;
    return out;
  }
  // The names of the URL's categories, in the order of their names, separated by blanks.
  std::string categories(const Lists& lists, std::string_view url) {
    Classification classification;
    lists.classify(target(url), workspace_, classification);
    std::vector<std::string> words;
    classification.categories.for_each([&](CategoryId id) { words.push_back(taxonomy_.find(id)->name); });
    std::ranges::sort(words);
    std::string out;
    for (const auto& word : words) out += (out.empty() ? "" : " ") + word;
    return out;
  }
  // "source file:line text" of why the URL is in `category`.
  std::string why(const Lists& lists, std::string_view url, std::string_view category) {
    Classification classification;
    lists.classify(target(url), workspace_, classification);
    const auto text = lists.describe(lists.evidence(classification, taxonomy_.find(category)->id));
    return text.list + " " + text.file + ":" + std::to_string(text.line) + " " + text.text;
  }
  static std::uint64_t skipped(const ImportSummary& summary, std::string_view beginning) {
    for (const auto& one : summary.skipped)
      if (one.reason.starts_with(beginning)) return one.lines;
    return 0;
  }

  Scratch scratch_;
  MemoryNames names_;
  Workspace workspace_;
  Taxonomy taxonomy_;
  std::unique_ptr<ListStore> store_;
  std::string warning_;
};

}  // namespace citygate::categories
