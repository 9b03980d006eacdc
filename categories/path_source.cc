#include "categories/path_source.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "categories/block_reader.h"
#include "categories/digest.h"

namespace citygate::categories {
namespace {

namespace fs = std::filesystem;

std::unexpected<Error> cannot(const fs::path& path) {
  auto out =
      fail_errno(path.string(), errno == ENOENT || errno == ENOTDIR ? Error::Kind::NotFound : Error::Kind::Storage);
  out.error().retryable = true;
  return out;
}

Result<void> add_look(const fs::path& path, const std::string& name, Digest& digest, std::uint64_t& bytes) {
  struct stat info{};
  if (::lstat(path.c_str(), &info) != 0) return cannot(path);
  digest.add_field(name);
  digest.add_field(fmt::format("{} {} {}.{:09} {} {}", info.st_mode & S_IFMT, info.st_size, info.st_mtim.tv_sec,
                               info.st_mtim.tv_nsec, info.st_ino, info.st_dev));
  if (S_ISREG(info.st_mode)) bytes += static_cast<std::uint64_t>(info.st_size);
  return {};
}

Result<std::vector<fs::path>> files_of(const fs::path& directory) {
  std::vector<fs::path> out;
  std::error_code error;
  for (fs::recursive_directory_iterator it(directory, error), end; !error && it != end; it.increment(error))
    if (it->is_symlink(error) || it->is_regular_file(error)) out.push_back(it->path().lexically_relative(directory));
  if (error) return fail(Error::Kind::Storage, directory.string() + ": " + error.message());
  std::ranges::sort(out);
  return out;
}

}  // namespace

Result<PathLook> look_at_path(const fs::path& path) {
  PathLook out;
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return cannot(path);
  out.directory = S_ISDIR(info.st_mode);
  if (!out.directory && !S_ISREG(info.st_mode))
    return fail(Error::Kind::Malformed, path.string() + " is neither a file nor a directory");
  Digest digest;
  if (out.directory) {
    CG_TRY(files, files_of(path));
    out.files = std::move(files);
    for (const fs::path& file : out.files) CG_TRY_VOID(add_look(path / file, file.string(), digest, out.bytes));
  } else {
    std::error_code ignored;  // what a link at the top leads to counts
    const fs::path meant = fs::canonical(path, ignored);
    CG_TRY_VOID(add_look(meant.empty() ? path : meant, path.filename().string(), digest, out.bytes));
  }
  out.look = digest.finish_hex();
  return out;
}

Result<std::string> hash_directory(const fs::path& path, const PathLook& look) {
  Digest digest;
  for (const fs::path& file : look.files) {
    digest.add_field(file.string());
    std::error_code error;
    if (const fs::path to = fs::read_symlink(path / file, error); !error) {
      digest.add_field("link to " + to.string());
      continue;
    }
    Digest content;  // a hash of its own, as a length need not be known beforehand
    CG_TRY_VOID(read_blocks(path / file, [&](std::string_view block) -> Result<void> {
      content.add(block);
      return {};
    }));
    digest.add_field(content.finish_hex());
  }
  return digest.finish_hex();
}

}  // namespace citygate::categories
