#include "base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace citygate {

void UniqueFd::reset(int fd) {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_) ::munmap(data_, size_);
}

Result<MappedFile> MappedFile::open_read_only(const std::filesystem::path& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info{};
  if (!fd || ::fstat(fd.get(), &info) != 0)
    return fail_errno("open " + path.string(), errno == ENOENT ? Error::Kind::NotFound : Error::Kind::Storage);
  MappedFile out;
  if (info.st_size == 0) return out;
  void* data = ::mmap(nullptr, static_cast<std::size_t>(info.st_size), PROT_READ, MAP_SHARED, fd.get(), 0);
  if (data == MAP_FAILED) return fail_errno("map " + path.string());
  out.data_ = data;
  out.size_ = static_cast<std::size_t>(info.st_size);
  return out;
}

Result<MappedFile> MappedFile::open_shared(const std::filesystem::path& path, std::size_t size) {
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd) return fail_errno("open " + path.string());
  if (const int code = ::posix_fallocate(fd.get(), 0, static_cast<off_t>(size)); code != 0) {
    errno = code;
    return fail_errno("reserve " + std::to_string(size) + " bytes for " + path.string());
  }
  void* data = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (data == MAP_FAILED) return fail_errno("map " + path.string());
  MappedFile out;
  out.data_ = data;
  out.size_ = size;
  return out;
}

Result<void> MappedFile::sync() const {
  if (data_ && ::msync(data_, size_, MS_SYNC) != 0) return fail_errno("sync a mapped file");
  return {};
}

Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit_bytes) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return fail_errno("open " + path.string(), errno == ENOENT ? Error::Kind::NotFound : Error::Kind::Storage);
  std::string out;
  char block[65536];
  for (;;) {
    const ssize_t n = ::read(fd.get(), block, sizeof block);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_errno("read " + path.string());
    if (n == 0) return out;
    if (out.size() + static_cast<std::size_t>(n) > limit_bytes)
      return fail(Error::Kind::TooLarge, path.string() + " is larger than " + std::to_string(limit_bytes) + " bytes");
    out.append(block, static_cast<std::size_t>(n));
  }
}

namespace {

Result<void> write_new(const std::filesystem::path& path, std::string_view text) {
  UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!fd) return fail_errno("create " + path.string());
  while (!text.empty()) {
    const ssize_t n = ::write(fd.get(), text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_errno("write " + path.string());
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return ::fsync(fd.get()) == 0 ? Result<void>() : fail_errno("sync " + path.string());
}

}  // namespace

Result<void> replace_file(const std::filesystem::path& path, std::string_view text) {
  std::filesystem::path beside = path;
  beside += ".new";
  auto written = write_new(beside, text);
  if (written && ::rename(beside.c_str(), path.c_str()) != 0) written = fail_errno("rename to " + path.string());
  if (!written) {
    ::unlink(beside.c_str());  // on a full disk, what there is of it is in the way
    return written;
  }
  return sync_directory(path.parent_path().empty() ? "." : path.parent_path());
}

Result<void> sync_directory(const std::filesystem::path& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return fail_errno("sync directory " + path.string());
  return {};
}

}  // namespace citygate
