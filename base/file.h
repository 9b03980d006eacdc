// file.h - descriptors, mapped files, and files that are replaced whole or not at all.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace citygate {

// Owns a file descriptor.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    reset(std::exchange(other.fd_, -1));
    return *this;
  }
  ~UniqueFd() { reset(); }

  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1);

 private:
  int fd_ = -1;
};

// A file mapped into memory; unmapped when dropped.
class MappedFile {
 public:
  MappedFile() = default;
  MappedFile(MappedFile&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  [[nodiscard]] static Result<MappedFile> open_read_only(const std::filesystem::path& path);
  // Creates or opens `path` at exactly `size` bytes, every block allocated (a sparse map raises SIGBUS on a full
  // disk), shared and writable.
  [[nodiscard]] static Result<MappedFile> open_shared(const std::filesystem::path& path, std::size_t size);

  [[nodiscard]] std::span<const std::byte> bytes() const { return {static_cast<const std::byte*>(data_), size_}; }
  [[nodiscard]] std::span<std::byte> writable() { return {static_cast<std::byte*>(data_), size_}; }
  // Hands changed pages to the disk and waits.
  [[nodiscard]] Result<void> sync() const;

 private:
  void* data_ = nullptr;
  std::size_t size_ = 0;
};

[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path,
                                            std::size_t limit_bytes = std::size_t{64} << 20);
// Writes beside, syncs, renames, syncs the directory: after a power cut `path` holds the old or the new text.
[[nodiscard]] Result<void> replace_file(const std::filesystem::path& path, std::string_view text);
[[nodiscard]] Result<void> sync_directory(const std::filesystem::path& path);

}  // namespace citygate
