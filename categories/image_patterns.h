// image_patterns.h - url.patterns and patterns.lines of an image in the making; private to categories/.
//
// Thread    one, of a builder. Cost: a second of CPU for each 2,000 expressions, unless the image before has the same ones.
// Errors    TooLarge, naming a source: never an image that says less than its sources. An expression that cannot be compiled
//           for its own sake is told in the manifest, and is in no count of entries.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "categories/digest.h"
#include "categories/entries.h"
#include "categories/image.h"
#include "categories/manifest.h"
#include "matcher/host_lines.h"

namespace citygate::categories {

class ImagePatterns {
 public:
  void add(const Item& item, const matcher::Naming& line);
  // Into `into`; compiled patterns are taken from the image before when its expressions are the same. What cannot be
  // carried out is told in `manifest`.
  [[nodiscard]] Result<void> write(const std::filesystem::path& into, const BuildImage& with, ImageManifest& manifest);

 private:
  [[nodiscard]] Result<void> compile(std::uint64_t key, const std::filesystem::path& file, const BuildImage& with,
                                     ImageManifest& manifest);
  void refuse(std::uint32_t id, std::string_view expression, std::string_view why, ImageManifest& manifest);
  [[nodiscard]] std::unexpected<Error> too_many(std::string_view most, const BuildImage& with,
                                                const ImageManifest& manifest) const;

  std::vector<std::pair<std::string, bool>> expressions_;  // and whether it is an exception
  std::vector<matcher::Naming> lines_;
  std::vector<bool> refused_;  // by id
  Digest digest_;  // of both: lists are written by strangers, so nothing weaker says that two sets are the same
};

}  // namespace citygate::categories
