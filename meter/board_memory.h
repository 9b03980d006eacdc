// board_memory.h - where a usage board's figures lie: in memory that another process can map as well.
//
//   | Head: what this is, how much is taken, buckets | Person → Chunk of slots → Chunk | Person ... | not touched yet |
//
// While an upgrade hands over, the old and the new process both decide by the very same words, so a quota ends to the
// byte whoever of them sends. Nothing is ever freed or moved: places are numbers of 8-byte words from the beginning.
// Owner     UsageBoard; the memory itself lives as long as any process that maps it.
// Thread    any, of any process, lock-free. A process that is killed in the middle of adding leaves a place unused.
// Cost      a page is taken when it is first written. At kMostBytes the process ends, as it does without memory.
// Errors    Storage when there is no such memory; Malformed for memory of another version.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <utility>

#include "base/file.h"
#include "base/result.h"

namespace citygate::meter {

class BoardMemory {
 public:
  static constexpr std::size_t kMostBytes = std::size_t{256} << 20;
  using Place = std::uint32_t;  // 0: none

  struct Slot {
    std::atomic<std::uint32_t> quota{0};  // 0: free
    std::atomic<std::uint64_t> time, bytes;
  };
  // Most people meet two or three quotas; a chunk of four is one person's whole table.
  struct Chunk {
    std::array<Slot, 4> slots{};
    std::atomic<Place> next{0};
  };

  [[nodiscard]] static Result<BoardMemory> create();
  [[nodiscard]] static Result<BoardMemory> map(UniqueFd memory);
  BoardMemory(BoardMemory&& other) noexcept
      : memory_(std::move(other.memory_)), base_(std::exchange(other.base_, nullptr)) {}
  BoardMemory& operator=(BoardMemory&&) = delete;
  ~BoardMemory();

  [[nodiscard]] const UniqueFd& descriptor() const { return memory_; }  // for another process to map

  // Their first chunk, added if they had none.
  [[nodiscard]] Chunk& person(std::uint32_t id) noexcept;
  [[nodiscard]] Chunk* next(const Chunk& chunk) const noexcept;
  [[nodiscard]] Chunk& next_or_add(Chunk& chunk) noexcept;

 private:
  struct Head;
  struct Person;
  BoardMemory(UniqueFd memory, void* base) : memory_(std::move(memory)), base_(base) {}
  [[nodiscard]] static Result<BoardMemory> map_at(UniqueFd memory);
  [[nodiscard]] Head& head() const noexcept { return *static_cast<Head*>(base_); }
  template <class T>
  [[nodiscard]] T* at(Place place) const noexcept;
  template <class T>
  [[nodiscard]] Place add() noexcept;
  [[nodiscard]] Person* find(Place first, std::uint32_t id) const noexcept;

  UniqueFd memory_;
  void* base_ = nullptr;
};

}  // namespace citygate::meter
