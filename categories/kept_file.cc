#include "categories/kept_file.h"

#include <unistd.h>

#include <cerrno>

#include "base/file.h"

namespace citygate::categories {

Result<KeptFile> KeptFile::keep(std::filesystem::path path) {
  std::filesystem::path before = path;
  before += ".before";
  if (::unlink(before.c_str()) != 0 && errno != ENOENT) return fail_errno("remove " + before.string());
  if (::link(path.c_str(), before.c_str()) != 0) {
    if (errno != ENOENT) return fail_errno("link " + before.string());
    before.clear();
  }
  return KeptFile(std::move(path), std::move(before));
}

KeptFile::~KeptFile() {
  if (!before_.empty()) ::unlink(before_.c_str());
}

Result<void> KeptFile::bring_back() {
  if (before_.empty()) {
    if (::unlink(path_.c_str()) != 0 && errno != ENOENT) return fail_errno("remove " + path_.string());
  } else {
    if (::rename(before_.c_str(), path_.c_str()) != 0) return fail_errno("rename to " + path_.string());
    before_.clear();
  }
  return sync_directory(path_.parent_path());
}

}  // namespace citygate::categories
