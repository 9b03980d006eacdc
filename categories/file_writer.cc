#include "categories/file_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace citygate::categories {

Result<FileWriter> FileWriter::create(const std::filesystem::path& path) {
  UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!fd) return fail_errno("create " + path.string());
  return FileWriter(path, std::move(fd));
}

void FileWriter::flush() {
  std::string_view left = buffer_;
  while (!left.empty() && error_ == 0) {
    const ssize_t n = ::write(fd_.get(), left.data(), left.size());
    if (n < 0 && errno != EINTR) error_ = errno;
    if (n > 0) left.remove_prefix(static_cast<std::size_t>(n));
  }
  buffer_.clear();
}

Result<void> FileWriter::finish() {
  flush();
  if (error_ == 0 && ::fsync(fd_.get()) != 0) error_ = errno;
  if (error_ == 0) return {};
  errno = error_;
  return fail_errno("write " + path_.string());
}

}  // namespace citygate::categories
