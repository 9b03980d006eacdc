// kept_file.h - what a file held before it was replaced, to be brought back when a later step fails.
//
// A second name of the old file: bringing it back is a rename, which a full disk does not prevent.
// Owner     a step of ListStore, under its lock. A kill in between leaves the second name; the next keep() takes it away.
// Errors    Storage, naming the file.
#pragma once

#include <filesystem>
#include <utility>

#include "base/result.h"

namespace citygate::categories {

class KeptFile {
 public:
  // `path` may be missing: bringing that back removes the file.
  [[nodiscard]] static Result<KeptFile> keep(std::filesystem::path path);
  KeptFile(KeptFile&& other) noexcept
      : path_(std::exchange(other.path_, {})), before_(std::exchange(other.before_, {})) {}
  KeptFile& operator=(KeptFile&&) = delete;
  ~KeptFile();

  [[nodiscard]] Result<void> bring_back();

 private:
  KeptFile(std::filesystem::path path, std::filesystem::path before)
      : path_(std::move(path)), before_(std::move(before)) {}

  std::filesystem::path path_, before_;  // before_ is empty when there was no file
};

}  // namespace citygate::categories
