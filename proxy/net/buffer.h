// buffer.h - blocks that bytes rest in between two sockets, lent by the worker's pool.
//
//   data():  |  consumed  |  readable bytes  |  writable room  |
//            0          begin               end              capacity
//
// Owner     whoever holds the Buffer; the block returns to the pool when it is released or dropped. An idle connection
//           holds none. Thread: the pool's loop.
// Cost      acquire and release are a free-list push and pop; blocks are never zeroed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace citygate::proxy {

class BufferPool {
 public:
  explicit BufferPool(std::size_t block_bytes = 32 * 1024, std::size_t keep = 256);
  ~BufferPool();
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;

  [[nodiscard]] char* take();
  void give_back(char* block);
  [[nodiscard]] std::size_t block_bytes() const { return block_bytes_; }
  [[nodiscard]] std::size_t lent() const { return lent_; }

 private:
  std::size_t block_bytes_, keep_, lent_ = 0;
  std::vector<char*> free_;
};

// Where much may come at once: large blocks, which spare system calls, as long as few are lent; beyond that the usual
// ones, so that many slow readers hold no more than they would anyway.
class BulkPool {
 public:
  static constexpr std::size_t kBlockBytes = 256 * 1024;
  static constexpr std::size_t kLargeAtOnce = 64;

  explicit BulkPool(BufferPool& usual) : usual_(usual), large_(kBlockBytes, kLargeAtOnce / 4) {}
  [[nodiscard]] std::size_t lent() const { return large_.lent(); }  // large ones
  [[nodiscard]] BufferPool& pool() { return large_.lent() < kLargeAtOnce ? large_ : usual_; }
  // However many are lent: for what has been read into a large one, and must be held when that one goes.
  [[nodiscard]] BufferPool& large() { return large_; }

 private:
  BufferPool& usual_;
  BufferPool large_;
};

class Buffer {
 public:
  explicit Buffer(BufferPool& pool) : pool_(&pool) {}
  ~Buffer() { release(); }
  Buffer(Buffer&& other) noexcept
      : pool_(other.pool_), block_(std::exchange(other.block_, nullptr)), begin_(other.begin_), end_(other.end_) {
    other.begin_ = other.end_ = 0;
  }
  Buffer& operator=(Buffer&&) = delete;

  [[nodiscard]] std::string_view readable() const { return {block_ + begin_, end_ - begin_}; }
  [[nodiscard]] bool empty() const { return begin_ == end_; }
  [[nodiscard]] std::size_t size() const { return end_ - begin_; }

  // Room at the end, taking a block if there is none; empty when the block is full.
  [[nodiscard]] std::span<char> writable();
  void produced(std::size_t bytes) { end_ += static_cast<std::uint32_t>(bytes); }
  void consume(std::size_t bytes);  // when that empties the buffer, the room is whole again; the block is kept
  void compact();                   // moves what is readable to the front
  void release();                   // gives the block back; what was in it is gone
  [[nodiscard]] bool append(std::string_view bytes);  // false when it does not fit
  [[nodiscard]] bool holds_block() const { return block_ != nullptr; }
  // The next block comes from this pool; only while none is held.
  void borrow_from(BufferPool& pool) {
    CG_ASSERT(!block_);
    pool_ = &pool;
  }

 private:
  BufferPool* pool_;
  char* block_ = nullptr;
  std::uint32_t begin_ = 0, end_ = 0;
};

}  // namespace citygate::proxy
