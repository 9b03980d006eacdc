// path_source.h - a source that is a file or directory of this machine: whether it changed, and what is in it.
//
// A directory's files are told apart by name, size, time and inode, without reading them; when those differ the contents
// are hashed, so that a touch or a new checkout of the same lists is no new version. Links are not followed.
// Errors    NotFound, Storage (no permission), Malformed (neither file nor directory).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace citygate::categories {

struct PathLook {
  bool directory = false;
  std::string look;                          // digest of names, sizes, times and inodes
  std::uint64_t bytes = 0;                   // of all files
  std::vector<std::filesystem::path> files;  // of a directory, relative to it, in order; links too
};

[[nodiscard]] Result<PathLook> look_at_path(const std::filesystem::path& path);

// SHA-256 over the names and contents of a directory's files.
[[nodiscard]] Result<std::string> hash_directory(const std::filesystem::path& path, const PathLook& look);

}  // namespace citygate::categories
