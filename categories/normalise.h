// normalise.h - reads a list in whatever form it comes and writes it in the normal form (categories/entries.h) as a source of the store.
//
// Errors    Malformed, and nothing is kept: no entry at all; more than half of the lines of the source (or of a file of
// 100
//           lines and more) not understood; UTF-16; a category that the taxonomy does not know. TooLarge, Storage.
#pragma once

#include <filesystem>
#include <functional>

#include "categories/formats/entry.h"
#include "categories/intake.h"
#include "categories/list_store.h"
#include "categories/manifest.h"

namespace citygate::categories {

// Writes `entries` and manifest.json into `into`, an empty directory, and syncs them. `request.source` is set.
// Fills source, version and counts of `summary`.
[[nodiscard]] Result<SourceManifest> normalise(const ImportRequest& request, const Taxonomy& taxonomy,
                                               const IntakeLimits& limits, const std::filesystem::path& into,
                                               const std::function<void(std::string_view)>& progress,
                                               ImportSummary& summary);

// What a file of a list is, by its name.
struct FilePlan {
  enum class Kind : std::uint8_t { List, Patterns, NoList };
  Kind kind = Kind::List;
  std::string shown;             // "gambling/domains"
  std::string foreign;           // what the list calls the category: "gambling", "arjel"
  bool domains_or_urls = false;  // a squidGuard directory's own file
  bool urls = false;
};
[[nodiscard]] FilePlan plan_file(const std::string& name);

}  // namespace citygate::categories
