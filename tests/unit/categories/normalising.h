// normalising.h - lists as their normal form, without a store: what was written for each file, and what was counted.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "base/file.h"
#include "categories/normalise.h"
#include "tests/unit/categories/support.h"

namespace citygate::categories {

class NormaliseTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Problems problems;
    auto read = Taxonomy::read(source_root() / "conf" / "taxonomy.toml", names_, problems);
    ASSERT_TRUE(read) << problems.to_string();
    taxonomy_ = std::move(*read);
  }

  Result<SourceManifest> normalised(ImportRequest request, IntakeLimits limits = {}) {
    if (request.source.empty()) request.source = "test";
    const auto into = scratch_.path() / ("normal-" + std::to_string(count_++));
    std::filesystem::create_directories(into);
    summary_ = {};
    told_.clear();
    auto manifest = normalise(
        request, taxonomy_, limits, into, [this](std::string_view line) { told_ += std::string(line) + "\n"; },
        summary_);
    parts_.clear();
    if (!manifest) return manifest;
    auto entries = read_file(into / "entries");
    EXPECT_TRUE(entries);
    for (const auto& file : manifest->files)
      parts_[file.name] = "[" + file.category + "] " + shown(entries->substr(file.offset, file.bytes));
    return manifest;
  }
  // The one part of one list, with '/' for line ends and "<-" before the original.
  std::string part(std::string_view text, std::string category = "news", ListFormat format = ListFormat::Detect) {
    const auto manifest =
        normalised({.path = scratch_.write("list", text), .category = std::move(category), .format = format});
    EXPECT_TRUE(manifest) << manifest.error().context;
    return parts_.empty() ? std::string() : parts_.begin()->second;
  }
  std::string refusal(ImportRequest request, IntakeLimits limits = {}) {
    if (request.category.empty()) request.category = "news";
    const auto manifest = normalised(std::move(request), limits);
    EXPECT_FALSE(manifest.has_value());
    return manifest ? std::string() : manifest.error().context;
  }
  std::string refusal_of(std::string_view text) { return refusal({.path = scratch_.write("list", text)}); }
  std::uint64_t skipped(std::string_view beginning) const {
    std::uint64_t lines = 0;
    for (const auto& one : summary_.skipped)
      if (one.reason.starts_with(beginning)) lines += one.lines;
    return lines;
  }
  // Every line is an entry, a repetition, or counted with a reason. (Of lists with one entry a line.)
  void expect_all_counted() const {
    std::uint64_t lines = summary_.entries + summary_.duplicates;
    for (const auto& one : summary_.skipped) lines += one.lines;
    EXPECT_EQ(lines, summary_.lines);
  }

  Scratch scratch_;
  MemoryNames names_;
  Taxonomy taxonomy_;
  ImportSummary summary_;
  std::map<std::string, std::string> parts_;
  std::string told_;

 private:
  static std::string shown(std::string_view text) {
    std::string out;
    for (char c : text) {
      if (c == '\n')
        out += " | ";
      else if (c == '\t')
        out += " & ";
      else if (c == '\x1f')
        out += " <- ";
      else
        out += c;
    }
    return out;
  }
  int count_ = 0;
};

}  // namespace citygate::categories
