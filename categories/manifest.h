// manifest.h - manifest.json of a source and of an image: what is in them, in a form that people can read too.
//
// Both carry a format version and a checksum; a damaged or newer one is refused by name.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace citygate::categories {

// One file of a list. Its part of the source's entries is `bytes` bytes from `offset`.
struct SourceFile {
  std::string name;      // "gambling/domains"
  std::string category;  // own name, "gambling"
  std::uint64_t offset = 0, bytes = 0, entries = 0;
};

struct SourceManifest {
  std::string name;  // "ut1"
  std::string id;    // 16 hex digits over what follows, without `imported`; the name of its directory
  std::string version;
  std::string imported;  // RFC 3339, UTC
  std::string entries_sha256;
  std::uint64_t entries = 0, not_understood = 0;
  std::vector<SourceFile> files;
};

struct ImageManifest {
  std::string id;                       // 16 hex digits over the ids of its sources
  std::string built;                    // RFC 3339, UTC
  std::vector<SourceManifest> sources;  // by name
  // Numbers of the table: mark n is categories[n - 1]; origin n is the n-th file counted over all sources.
  std::vector<std::pair<std::string, std::uint64_t>> categories;  // name, entries
  std::uint64_t entries = 0;
};

[[nodiscard]] std::string to_json(const SourceManifest& manifest);
[[nodiscard]] std::string to_json(const ImageManifest& manifest);
[[nodiscard]] Result<SourceManifest> read_source_manifest(const std::filesystem::path& file);
[[nodiscard]] Result<ImageManifest> read_image_manifest(const std::filesystem::path& file);

}  // namespace citygate::categories
