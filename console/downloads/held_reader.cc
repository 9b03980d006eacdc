#include "console/downloads/held_reader.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace citygate::console {

Result<std::size_t> HeldReader::read(std::span<char> into) {
  const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), bytes_ - done_));
  if (most == 0) return 0;
  ssize_t got = -1;
  do got = ::read(file_.get(), into.data(), most);
  while (got < 0 && errno == EINTR);
  if (got < 0) return fail_errno(sha256_);
  const auto size = static_cast<std::size_t>(got);
  digest_.add({into.data(), size});
  done_ += size;
  if (size == 0 || (done_ == bytes_ && digest_.finish_hex() != sha256_))
    return fail(Error::Kind::Malformed,
                fmt::format("the held file {} is not what was approved any more: it is not given out", sha256_));
  return size;
}

}  // namespace citygate::console
