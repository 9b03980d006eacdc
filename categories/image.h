// image.h - images of lists: compiled from sources, opened as Lists.
//
// Of hosts.table (matcher/host_table.h) the numbers mean:
//   mark    1 .. n           the n-th category of the manifest
//           0x8000 | s       an exception of the s-th source: what shorter names of that source say does not hold
//   origin  0 .. m           the m-th file, counted over all sources in the manifest's order
#pragma once

#include <filesystem>
#include <memory>

#include "base/name_source.h"
#include "base/result.h"
#include "categories/lists.h"
#include "categories/manifest.h"
#include "matcher/host_table.h"

namespace citygate::categories {

inline constexpr std::uint16_t kAllowMark = 0x8000;
inline constexpr std::size_t kMaxSources = 64;  // exceptions are masks of 64 bits

// lists/sources/<name>/<id>
[[nodiscard]] std::filesystem::path source_directory(const std::filesystem::path& lists, const SourceManifest& source);
// The id of an image of these sources.
[[nodiscard]] std::string image_id(const std::vector<SourceManifest>& sources);

// Compiles `sources` (by name) into hosts.table and manifest.json in the empty directory `into`, both synced.
// Storage when a source is missing or damaged: it is named, and what to do.
[[nodiscard]] Result<void> build_image(const std::filesystem::path& lists, std::vector<SourceManifest> sources,
                                       const std::filesystem::path& into);

// Maps and verifies the image in `directory`. Sources' texts are opened for describe(); one that is gone only costs the
// text of its lines.
[[nodiscard]] Result<std::shared_ptr<const Lists>> open_image(const std::filesystem::path& lists,
                                                              const std::filesystem::path& directory,
                                                              NameSource& names);
// No list at all: id 0, nothing is found.
[[nodiscard]] std::shared_ptr<const Lists> empty_lists();

}  // namespace citygate::categories
