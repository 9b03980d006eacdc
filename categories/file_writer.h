// file_writer.h - writes one new file from front to back, through a buffer, and syncs it.
//
// Errors    Storage (a full disk among them), kept and returned by finish(): callers need not look at each write.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"

namespace citygate::categories {

class FileWriter {
 public:
  [[nodiscard]] static Result<FileWriter> create(const std::filesystem::path& path);
  void write(std::string_view bytes) {
    buffer_.append(bytes);
    if (buffer_.size() >= kFlushBytes) flush();
  }
  [[nodiscard]] bool failed() const { return error_ != 0; }
  // Hands everything to the disk and waits.
  [[nodiscard]] Result<void> finish();

 private:
  static constexpr std::size_t kFlushBytes = std::size_t{1} << 18;
  FileWriter(std::filesystem::path path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  void flush();

  std::filesystem::path path_;
  UniqueFd fd_;
  std::string buffer_;
  int error_ = 0;
};

}  // namespace citygate::categories
