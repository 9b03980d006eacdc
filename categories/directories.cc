#include "categories/directories.h"

#include <fcntl.h>
#include <stdio.h>

#include <cerrno>

#include "base/file.h"

namespace citygate::categories {

namespace fs = std::filesystem;

Result<void> make_directory(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return fail(Error::Kind::Storage, "create " + path.string() + ": " + error.message());
  return {};
}

Result<void> fresh_directory(const fs::path& path) {
  CG_TRY_VOID(remove_directory(path));
  return make_directory(path);
}

Result<void> remove_directory(const fs::path& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (error) return fail(Error::Kind::Storage, "remove " + path.string() + ": " + error.message());
  return {};
}

Result<void> put_in_place(const fs::path& from, const fs::path& to) {
  CG_TRY_VOID(sync_directory(from));
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) != 0) {
    if (errno != EEXIST) return fail_errno("rename " + from.string());
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_EXCHANGE) != 0)
      return fail_errno("exchange " + from.string());
    std::error_code ignored;
    fs::remove_all(from, ignored);  // what was there before; swept up later if this fails
  }
  return sync_directory(to.parent_path());
}

std::vector<fs::path> directories_in(const fs::path& path) {
  std::vector<fs::path> out;
  std::error_code error;
  for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error))
    if (it->is_directory(error)) out.push_back(it->path());
  return out;
}

}  // namespace citygate::categories
