#include "console/acts_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "base/file.h"

namespace citygate::console {

Result<std::unique_ptr<FileOutput>> FileOutput::open(const std::filesystem::path& path, Output& rest) {
  std::unique_ptr<FileOutput> out(new FileOutput(path, rest));
  out->beside_ = path;
  out->beside_ += fmt::format(".{}.part", ::getpid());
  UniqueFd fd(::open(out->beside_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd) return fail_errno("create " + out->beside_.string());
  out->file_.reset(::fdopen(fd.get(), "w"));
  if (!out->file_) return fail_errno("open " + out->beside_.string());
  static_cast<void>(fd.release());
  return out;
}

FileOutput::~FileOutput() {
  if (file_) ::unlink(beside_.c_str());
}

void FileOutput::out(std::string_view line) {
  failed_ = failed_ || std::fwrite(line.data(), 1, line.size(), file_.get()) != line.size() ||
            std::fputc('\n', file_.get()) == EOF;
}

Result<void> FileOutput::keep() {
  if (failed_ || std::fflush(file_.get()) != 0 || ::fsync(::fileno(file_.get())) != 0)
    return fail_errno("write " + beside_.string());
  std::error_code error;
  std::filesystem::rename(beside_, path_, error);
  if (error) return fail(Error::Kind::Storage, fmt::format("{}: {}", path_.string(), error.message()));
  file_.reset();
  const auto folder = path_.parent_path();
  return sync_directory(folder.empty() ? std::filesystem::path(".") : folder);
}

}  // namespace citygate::console
