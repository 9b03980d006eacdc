// backup_manifest.h - the last file of a backup, MANIFEST: what it is of, and the checksum of every other file.
//
//   citygate backup 1
//   state 1
//   version 0.1.0
//   made 2026-11-22T10:00:00Z
//   records 184213
//   file <SHA-256> <bytes> db/000123.sst
//   ...                                        in order of the path
//   end <SHA-256 of all lines above>
//
// It is written when all else is on disk: a directory without one is no backup.
// Errors    parse: Malformed, with the line; Refused for another format.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace citygate::app {

struct BackupManifest {
  static constexpr int kFormat = 1;
  static constexpr std::string_view kName = "MANIFEST";

  struct File {
    std::string path;  // relative, "/" between its parts, never upwards
    std::uint64_t bytes = 0;
    std::string sha256;
  };

  int state_format = 0;
  std::string version, made;
  std::uint64_t records = 0;  // the store's cursor: all records below it are there
  std::vector<File> files;

  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] static Result<BackupManifest> parse(std::string_view text);
};

// Copies a file, mode 0600, and hashes what it copies. `to` must not exist.
[[nodiscard]] Result<BackupManifest::File> copy_hashed(const std::filesystem::path& from,
                                                       const std::filesystem::path& to);

// Regular files below `directory`, relative and sorted. Refused for anything else than files and directories.
[[nodiscard]] Result<std::vector<std::string>> files_below(const std::filesystem::path& directory);

}  // namespace citygate::app
