// epoll_refusal.h - epoll_ctl(2) as it is when the kernel has no place for another descriptor.
//
// The program's own epoll_ctl stands before the C library's: while one of these lives, nothing can be added to an epoll
// descriptor of this process (ENOSPC); changing and removing go on. Thread: any.
#pragma once

namespace citygate::proxy {

class EpollRefusal {
 public:
  EpollRefusal();
  ~EpollRefusal();
  EpollRefusal(const EpollRefusal&) = delete;
  EpollRefusal& operator=(const EpollRefusal&) = delete;
};

}  // namespace citygate::proxy
