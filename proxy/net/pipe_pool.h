// pipe_pool.h - pipes through which bytes pass from socket to socket without entering the process.
//
// Owner     Worker. Thread: its loop. A pipe is lent while bytes are on their way, and goes back empty; one that still
//           holds bytes is closed, so that nobody's bytes ever come out at another's end.
// Size      kPipeBytes each where the system allows it (/proc/sys/fs/pipe-user-pages-soft), else what it gives.
// Cost      take and give back: a list pop and push. Two descriptors a pipe: `limit` bounds them.
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
  static constexpr std::size_t kPipeBytes = 256 * 1024;

  explicit PipePool(std::size_t limit) : limit_(limit) { free_.reserve(limit); }
  [[nodiscard]] std::unique_ptr<Pipe> take();  // null: all are lent, or the system has none left
  void give_back(std::unique_ptr<Pipe> pipe);
  [[nodiscard]] std::size_t lent() const { return lent_; }

 private:
  std::size_t limit_, lent_ = 0;
  std::vector<std::unique_ptr<Pipe>> free_;
};

}  // namespace citygate::proxy
