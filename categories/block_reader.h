// block_reader.h - a file's bytes from front to back, in blocks.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace citygate::categories {

// Calls each(block), which returns Result<void>; its error ends the walk and is returned.
template <class Each>
[[nodiscard]] Result<void> read_blocks(const std::filesystem::path& file, Each&& each) {
  UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return fail_errno("open " + file.string(), errno == ENOENT ? Error::Kind::NotFound : Error::Kind::Storage);
  std::vector<char> block(std::size_t{1} << 18);
  for (;;) {
    const ssize_t n = ::read(fd.get(), block.data(), block.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_errno("read " + file.string());
    if (n == 0) return {};
    CG_TRY_VOID(each(std::string_view(block.data(), static_cast<std::size_t>(n))));
  }
}

}  // namespace citygate::categories
