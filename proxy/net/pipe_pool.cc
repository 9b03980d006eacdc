#include "proxy/net/pipe_pool.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/result.h"

namespace citygate::proxy {

std::unique_ptr<Pipe> PipePool::take() {
  if (!free_.empty()) {
    auto pipe = std::move(free_.back());
    free_.pop_back();
    ++lent_;
    return pipe;
  }
  if (lent_ >= limit_) return nullptr;
  int ends[2];
  if (::pipe2(ends, O_NONBLOCK | O_CLOEXEC) != 0) return nullptr;
  auto pipe = std::make_unique<Pipe>(UniqueFd(ends[0]), UniqueFd(ends[1]));
  // Refused beyond the user's share of pipe memory: the usual 64 KB do as well.
  static_cast<void>(::fcntl(pipe->in.get(), F_SETPIPE_SZ, static_cast<int>(kPipeBytes)));
  ++lent_;
  return pipe;
}

void PipePool::give_back(std::unique_ptr<Pipe> pipe) {
  CG_ASSERT(lent_ > 0);
  --lent_;
  if (pipe->held == 0) free_.push_back(std::move(pipe));
}

}  // namespace citygate::proxy
