#include "proxy/net/buffer.h"

#include <new>

namespace citygate::proxy {
namespace {

// Where a block starts decides what the kernel's copy into it costs: AMD's Zen cores move bytes several times slower
// when the destination lies a few bytes beyond the source modulo a page (glibc bug 30994). What an origin sends from
// its page cache starts a page; behind a head, in a block that starts a page, it never lands just beyond one.
constexpr std::align_val_t kBlockAlign{4096};

}  // namespace

BufferPool::BufferPool(std::size_t block_bytes, std::size_t keep) : block_bytes_(block_bytes), keep_(keep) {
  free_.reserve(keep);  // so that giving back never allocates
}

BufferPool::~BufferPool() {
  CG_ASSERT(lent_ == 0);
  for (char* block : free_) ::operator delete(block, kBlockAlign);
}

char* BufferPool::take() {
  ++lent_;
  if (free_.empty()) return static_cast<char*>(::operator new(block_bytes_, kBlockAlign));
  char* block = free_.back();
  free_.pop_back();
  return block;
}

void BufferPool::give_back(char* block) {
  CG_ASSERT(lent_ > 0);
  --lent_;
  if (free_.size() < keep_)
    free_.push_back(block);
  else
    ::operator delete(block, kBlockAlign);
}

std::span<char> Buffer::writable() {
  if (!block_) block_ = pool_->take();
  return {block_ + end_, pool_->block_bytes() - end_};
}

void Buffer::consume(std::size_t bytes) {
  CG_ASSERT(bytes <= size());
  begin_ += static_cast<std::uint32_t>(bytes);
  if (begin_ == end_) begin_ = end_ = 0;
}

void Buffer::compact() {
  if (begin_ == 0) return;
  std::memmove(block_, block_ + begin_, size());
  end_ -= begin_;
  begin_ = 0;
}

void Buffer::release() {
  if (block_) pool_->give_back(block_);
  block_ = nullptr;
  begin_ = end_ = 0;
}

bool Buffer::append(std::string_view bytes) {
  auto room = writable();
  if (room.size() < bytes.size() && begin_ != 0) {
    compact();
    room = writable();
  }
  if (room.size() < bytes.size()) return false;
  std::memcpy(room.data(), bytes.data(), bytes.size());
  produced(bytes.size());
  return true;
}

}  // namespace citygate::proxy
