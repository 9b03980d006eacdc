#include "meter/board_memory.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <new>

namespace citygate::meter {
namespace {

// The last digit counts versions; a change of any struct here is one.
constexpr std::uint64_t kVersion = 0x4347626f61726401;
constexpr std::size_t kBuckets = 1 << 14;

}  // namespace

struct BoardMemory::Head {
  std::uint64_t version = kVersion;
  std::atomic<Place> taken{0};  // words
  std::array<std::atomic<Place>, kBuckets> buckets{};
};

struct BoardMemory::Person {
  std::uint32_t id = 0;
  Place next = 0;  // chains grow at their heads
  Chunk first;
};

Result<BoardMemory> BoardMemory::map_at(UniqueFd memory) {
  void* base = ::mmap(nullptr, kMostBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, memory.get(), 0);
  if (base == MAP_FAILED) return fail_errno("map the usage board");
  return BoardMemory(std::move(memory), base);
}

Result<BoardMemory> BoardMemory::create() {
  static_assert(std::atomic<std::uint64_t>::is_always_lock_free && std::atomic<Place>::is_always_lock_free);
  UniqueFd memory(::memfd_create("citygate usage board", MFD_CLOEXEC));
  if (!memory) return fail_errno("make the usage board");
  if (::ftruncate(memory.get(), kMostBytes) != 0) return fail_errno("size the usage board");
  CG_TRY(out, map_at(std::move(memory)));
  auto* head = new (out.base_) Head;
  head->taken = static_cast<Place>((sizeof(Head) + 7) / 8);
  return std::move(out);
}

Result<BoardMemory> BoardMemory::map(UniqueFd memory) {
  struct stat about{};
  if (::fstat(memory.get(), &about) != 0) return fail_errno("look at the usage board");
  if (about.st_size != static_cast<off_t>(kMostBytes))
    return fail(Error::Kind::Malformed, "the usage board of the other process has another size");
  CG_TRY(out, map_at(std::move(memory)));
  if (out.head().version != kVersion)
    return fail(Error::Kind::Malformed, "the usage board of the other process is of another version");
  return std::move(out);
}

BoardMemory::~BoardMemory() {
  if (base_) ::munmap(base_, kMostBytes);
}

template <class T>
T* BoardMemory::at(Place place) const noexcept {
  return place == 0 ? nullptr : reinterpret_cast<T*>(static_cast<std::uint64_t*>(base_) + place);
}

template <class T>
BoardMemory::Place BoardMemory::add() noexcept {
  constexpr auto words = static_cast<Place>((sizeof(T) + 7) / 8);
  const Place place = head().taken.fetch_add(words, std::memory_order_relaxed);
  CG_CHECK(place + words <= kMostBytes / 8);
  new (at<char>(place)) T;
  return place;
}

BoardMemory::Person* BoardMemory::find(Place first, std::uint32_t id) const noexcept {
  for (auto* person = at<Person>(first); person != nullptr; person = at<Person>(person->next))
    if (person->id == id) return person;
  return nullptr;
}

BoardMemory::Chunk& BoardMemory::person(std::uint32_t id) noexcept {
  auto& bucket = head().buckets[id % kBuckets];
  Place first = bucket.load(std::memory_order_acquire);
  Place mine = 0;
  for (;;) {
    if (Person* found = find(first, id)) return found->first;
    if (mine == 0) mine = add<Person>();
    Person* person = at<Person>(mine);
    person->id = id;
    person->next = first;
    if (bucket.compare_exchange_weak(first, mine, std::memory_order_acq_rel)) return person->first;
  }
}

BoardMemory::Chunk* BoardMemory::next(const Chunk& chunk) const noexcept {
  return at<Chunk>(chunk.next.load(std::memory_order_acquire));
}

BoardMemory::Chunk& BoardMemory::next_or_add(Chunk& chunk) noexcept {
  Place next = chunk.next.load(std::memory_order_acquire);
  if (next == 0) {
    const Place mine = add<Chunk>();
    if (chunk.next.compare_exchange_strong(next, mine, std::memory_order_acq_rel)) next = mine;
  }
  return *at<Chunk>(next);
}

}  // namespace citygate::meter
