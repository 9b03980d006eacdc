// source_diff.h - what one version of a source says and another does not.
//
// Items are compared as what they mean (kind, scope, name, category), not as lines: a list that was only sorted anew has not changed.
//
// Thread    any. Slow: a second for two versions of two million items.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "categories/manifest.h"

namespace citygate::categories {

struct CategoryChange {
  std::string category;
  std::uint64_t before = 0, after = 0;  // distinct items
  std::uint64_t added = 0, removed = 0;
  std::vector<std::string> added_examples, removed_examples;  // the first three, as item texts
};

struct SourceChange {
  std::string source;
  std::string from_version, to_version;  // "": the source is new, or gone
  std::uint64_t before = 0, after = 0, added = 0, removed = 0;
  std::vector<CategoryChange> categories;  // those that changed, by name
  // Why one of the two could not be read; "": both were. Then `before` and `after` are what their manifests say.
  std::string not_compared;

  [[nodiscard]] bool empty() const { return added == 0 && removed == 0; }
};

struct SourceText {
  const SourceManifest& manifest;
  std::string_view text;  // its normal form
};
// Null: no such version.
[[nodiscard]] SourceChange diff_source(const SourceText* before, const SourceText* after);

}  // namespace citygate::categories
