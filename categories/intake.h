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
};

enum class IntakeShape : std::uint8_t { Tree, OneFile };  // Tree: a directory or an archive

// Feeds every regular file to `sink`. `shape` is set before the first call of it.
[[nodiscard]] Result<void> walk_intake(const std::filesystem::path& path, const IntakeLimits& limits,
                                       IntakeShape& shape, IntakeSink& sink);

}  // namespace citygate::categories
