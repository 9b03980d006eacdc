// image.h - images of lists: compiled from sources, opened as Lists.
//
//   images/<id>/  hosts.table    which names are listed, by sets of marks (matcher/host_table.h); mapped
//                 hosts.lines    the file and line of each; read when a match is to be explained
//                 url.patterns   expressions over URLs (matcher/pattern_set.h)
//                 patterns.lines the file and line of each
//                 search.terms   phrases of searches (categories/search_terms.h)
//                 manifest.json  what marks, sources and files are
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "base/name_source.h"
#include "base/result.h"
#include "categories/lists.h"
#include "categories/manifest.h"
#include "categories/protected_names.h"
#include "categories/source_store.h"
#include "categories/taxonomy.h"

namespace citygate::categories {

inline constexpr std::size_t kMaxSources = 64;  // exceptions are masks of 64 bits

// The id of an image of these sources, with names protected whose digest is `protected_digest`.
[[nodiscard]] std::string image_id(const std::vector<SourceManifest>& sources, const std::string& protected_digest);
// That of an image and the overrides in force.
[[nodiscard]] GenerationId generation_id(const std::string& image, const std::vector<Override>& overrides);

// Called for each item that is compiled; `category` is its own name.
using SeeItem = std::function<void(const SourceManifest& source, const Item& item, std::string_view category)>;

struct BuildImage {
  const ProtectedNames& guarded;
  std::filesystem::path before = {};  // an image whose compiled patterns may serve again; may be ""
  SeeItem see = {};                   // may be empty
  // Sources that are new in it: where all together are more than an image can hold, one of these answers for it.
  std::set<std::string> changed = {};
  std::string* answers = nullptr;  // set with TooLarge: the source that the error names
};
// Compiles `sources` (by name) into the empty directory `into`, all synced.
// Storage when a source is missing or damaged: it is named, and what to do. TooLarge when they are too many, or say too much
// together: nothing is left out instead. One source is named.
[[nodiscard]] Result<void> build_image(const SourceStore& store, std::vector<SourceManifest> sources,
                                       const std::filesystem::path& into, const BuildImage& with);

// Maps the image in `directory`; its bytes are verified by verify(). Sources' texts are read for describe(): one that is gone only
// costs the text of its lines.
struct OpenImage {
  const SourceStore& sources;  // copied
  const Taxonomy& taxonomy;    // for groups
  NameSource& names;
  std::optional<GenerationId> as = std::nullopt;  // the id it is to have, when it stands for an image that is no more
};
[[nodiscard]] Result<std::shared_ptr<const Lists>> open_image(const OpenImage& with,
                                                              const std::filesystem::path& directory,
                                                              std::vector<Override> overrides);
// No list at all: id 0 and, without overrides, nothing is found.
[[nodiscard]] Result<std::shared_ptr<const Lists>> empty_lists(const OpenImage& with, std::vector<Override> overrides);

}  // namespace citygate::categories
