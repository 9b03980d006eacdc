// intake.h - opens what a list comes in: a directory, a tarball or zip archive, one file; plain or packed with gzip,
// bzip2, xz or zstd.
//
// libarchive stays behind intake.cc (and gzip_input.h, which checks what it does not). Nothing is unpacked to disk.
// Errors    Malformed: an archive that is broken, holds devices, names files outside itself or is packed twice; TooLarge:
//           more than `Limits` when unpacked; NotFound. Errors of the sink end the walk and are returned.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace citygate::categories {

class IntakeSink {
 public:
  virtual ~IntakeSink() = default;
  enum class Want : std::uint8_t { Content, Nothing };
  // A file's path inside the directory or archive, or one list's name without ".gz" and the like.
  virtual Result<Want> begin(const std::string& name) = 0;
  virtual Result<void> block(std::string_view bytes) = 0;
  virtual Result<void> end() = 0;
  // Not followed: what it points to is read under its own name.
  virtual void link(const std::string& name, const std::string& to) = 0;
};

struct IntakeLimits {
  std::uint64_t unpacked_bytes = std::uint64_t{1} << 30;
  std::uint64_t files = 100'000;       // and directories and links
  std::uint64_t entries = 30'000'000;  // distinct ones of a source: half a gigabyte of memory
  // Of a source too. All sources together have bounds of what an image can hold (image_excess.h); these see to it that one
  // alone leaves room for others, and that 64 of them have room for their files and marks.
  std::uint64_t lists = 1024;                  // files with an entry
  std::uint64_t marks = 1000;                  // combinations of category and scope (manifest.h)
  std::uint64_t expressions = 10'000;          // different ones
  std::uint64_t expression_lines = 250'000;    // that name them
  std::uint64_t expression_bytes = 2'500'000;  // of them all, their repeats written out
  std::uint64_t term_lists = 32;               // files with search terms
  std::uint64_t joined_terms = 1024;           // their lines with '+'
};

enum class IntakeShape : std::uint8_t { Tree, OneFile };  // Tree: a directory or an archive

// Feeds every regular file to `sink`. `shape` is set before the first call of it.
[[nodiscard]] Result<void> walk_intake(const std::filesystem::path& path, const IntakeLimits& limits,
                                       IntakeShape& shape, IntakeSink& sink);

}  // namespace citygate::categories
