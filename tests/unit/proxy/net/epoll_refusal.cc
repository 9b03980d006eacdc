#include "epoll_refusal.h"

#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace {

std::atomic<int> refusing{0};

}  // namespace

extern "C" int epoll_ctl(int epoll, int operation, int fd, epoll_event* event) noexcept {
  if (operation == EPOLL_CTL_ADD && refusing.load() > 0) {
    errno = ENOSPC;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_epoll_ctl, epoll, operation, fd, event));
}

namespace citygate::proxy {

EpollRefusal::EpollRefusal() { ++refusing; }
EpollRefusal::~EpollRefusal() { --refusing; }

}  // namespace citygate::proxy
