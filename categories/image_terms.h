// image_terms.h - search.terms of an image in the making; private to categories/.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "categories/entries.h"
#include "categories/image.h"
#include "categories/manifest.h"
#include "matcher/host_lines.h"

namespace citygate::categories {

// Puts the phrases of each file back in their places, so that a hit's line is the list's.
class ImageTerms {
 public:
  void add(const Item& item, const matcher::Naming& line);
  // TooLarge, naming a source: more lists, or lines with '+', than search terms can hold.
  [[nodiscard]] Result<void> write(const std::filesystem::path& into, const BuildImage& with,
                                   ImageManifest& manifest) const;

 private:
  [[nodiscard]] Result<void> check_bounds(const BuildImage& with, const ImageManifest& manifest) const;

  struct File {
    std::uint16_t mark, origin;
    std::string text;
    std::uint32_t next_line;
    std::uint64_t joined = 0;  // lines with '+'
  };
  std::vector<File> files_;
};

}  // namespace citygate::categories
