// pipe_pool.h - pipes through which bytes pass from socket to socket without entering the process.
//
// Owner     Worker. Thread: its loop. A pipe is lent while bytes are on their way, and goes back empty; one that still
//           holds bytes is closed, so that nobody's bytes ever come out at another's end.
// Size      kPipeBytes each, or kLeastBytes where the user's share of pipe memory is nearly used up; beyond it
//           (/proc/sys/fs/pipe-user-pages-soft) the system gives two pages, and no pipe is better than one of those.
// Cost      take and give back: a list pop and push. Two descriptors a pipe: `limit` bounds them; those that nobody has
//           are given up when descriptors are short.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "base/file.h"

namespace citygate::proxy {

struct Pipe {
  UniqueFd out, in;  // out is read from, in is written to
  std::size_t held = 0;
};

class PipePool {
 public:
  static constexpr std::size_t kPipeBytes = 256 * 1024, kLeastBytes = 64 * 1024;

  explicit PipePool(std::size_t limit) : limit_(limit) { free_.reserve(limit); }
  // Null: all are lent, or the system has none left; then it is not asked again for a while.
  [[nodiscard]] std::unique_ptr<Pipe> take();
  void give_back(std::unique_ptr<Pipe> pipe);
  void close_idle() { free_.clear(); }
  [[nodiscard]] std::size_t lent() const { return lent_; }

 private:
  static constexpr unsigned kAskAgainAfter = 256;
  [[nodiscard]] static std::unique_ptr<Pipe> make();

  std::size_t limit_, lent_ = 0;
  unsigned go_without_ = 0;  // calls of take() that are answered without asking the system
  std::vector<std::unique_ptr<Pipe>> free_;
};

}  // namespace citygate::proxy
