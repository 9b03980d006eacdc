#include "proxy/net/pipe_pool.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/result.h"

namespace citygate::proxy {

std::unique_ptr<Pipe> PipePool::make() {
  int ends[2];
  if (::pipe2(ends, O_NONBLOCK | O_CLOEXEC) != 0) return nullptr;
  auto pipe = std::make_unique<Pipe>(UniqueFd(ends[0]), UniqueFd(ends[1]));
  int size = ::fcntl(pipe->in.get(), F_SETPIPE_SZ, static_cast<int>(kPipeBytes));
  if (size < 0) size = ::fcntl(pipe->in.get(), F_GETPIPE_SZ);
  return size >= static_cast<int>(kLeastBytes) ? std::move(pipe) : nullptr;
}

std::unique_ptr<Pipe> PipePool::take() {
  if (!free_.empty()) {
    auto pipe = std::move(free_.back());
    free_.pop_back();
    ++lent_;
    return pipe;
  }
  if (lent_ >= limit_) return nullptr;
  if (go_without_ > 0) {
    --go_without_;
    return nullptr;
  }
  auto pipe = make();
  if (pipe)
    ++lent_;
  else
    go_without_ = kAskAgainAfter;
  return pipe;
}

void PipePool::give_back(std::unique_ptr<Pipe> pipe) {
  CG_ASSERT(lent_ > 0);
  --lent_;
  if (pipe->held == 0) free_.push_back(std::move(pipe));
}

}  // namespace citygate::proxy
