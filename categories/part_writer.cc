#include "categories/part_writer.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "categories/block_reader.h"

namespace citygate::categories {

Result<void> PartWriter::begin(std::uint64_t bytes) {
  digest_ = {};
  content_ = {};
  bytes_ = 0;
  CG_TRY(fd, staging_.open_part(bytes));
  fd_ = std::move(fd);
  if (bytes == 0) return {};
  CG_TRY_VOID(read_blocks(staging_.part(), [this](std::string_view block) { return look(block); }));
  if (bytes_ != bytes) return fail(Error::Kind::Storage, staging_.part().string() + " changed while it was read");
  return {};
}

Result<void> PartWriter::announce(std::uint64_t total) const {
  if (total > max_bytes_)
    return fail(Error::Kind::TooLarge,
                fmt::format("{} is {} bytes, more than the {} that 'max_bytes' permits", place_, total, max_bytes_),
                Error::Side::Origin);
  std::error_code error;
  const auto space = std::filesystem::space(staging_.part().parent_path(), error);
  if (!error && total > bytes_ && total - bytes_ > space.available) return disk_error(ENOSPC);
  return {};
}

Result<void> PartWriter::look(std::string_view block) {
  bytes_ += block.size();
  if (bytes_ > max_bytes_)
    return fail(Error::Kind::TooLarge,
                fmt::format("{} does not end at the {} bytes that 'max_bytes' permits", place_, max_bytes_),
                Error::Side::Origin);
  digest_.add(block);
  content_.add(block);
  if (const auto markup = content_.markup(); !markup.empty())
    return fail(Error::Kind::Malformed,
                fmt::format("{} gives {}, not a list: has it moved, or does something on the way ask for a login?",
                            place_, markup),
                Error::Side::Origin);
  return {};
}

Result<void> PartWriter::add(std::string_view block) {
  CG_TRY_VOID(look(block));
  while (!block.empty()) {
    const ssize_t n = ::write(fd_.get(), block.data(), block.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return disk_error(errno);
    block.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

Result<void> PartWriter::sync() {
  if (::fsync(fd_.get()) != 0) return disk_error(errno);
  return {};
}

std::unexpected<Error> PartWriter::disk_error(int code) const {
  errno = code;
  auto out = fail_errno("write " + staging_.part().string());
  if (code == ENOSPC || code == EDQUOT)
    out.error().context += fmt::format("; make room there for {}: what had come was removed again", place_);
  out.error().retryable = true;
  return out;
}

}  // namespace citygate::categories
