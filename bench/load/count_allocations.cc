// Preloaded into the gateway, counts each thread's allocations into a file that `compare --allocations` reads.
//   CITYGATE_COUNT_FILE=PATH LD_PRELOAD=libcitygate_count_allocations.so citygate serve ...
// File      kSlots pairs of little-endian 64-bit words: thread id (0: unused), allocations.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {

constexpr std::size_t kSlots = 256;

struct Slot {
  std::atomic<std::uint64_t> thread, allocations;
};

Slot* map_slots() {
  const char* path = std::getenv("CITYGATE_COUNT_FILE");
  const int fd = path != nullptr ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
  if (fd < 0 || ftruncate(fd, sizeof(Slot) * kSlots) != 0) return nullptr;
  void* mapped = mmap(nullptr, sizeof(Slot) * kSlots, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  return mapped == MAP_FAILED ? nullptr : static_cast<Slot*>(mapped);
}

// Neither of these may allocate: they run inside malloc().
Slot* const* slots() {
  static Slot* const all = map_slots();
  return &all;
}

void count() {
  static std::atomic<std::size_t> used{0};
  thread_local Slot* mine = nullptr;
  thread_local bool busy = false;
  if (busy) return;
  if (mine == nullptr) {
    busy = true;
    Slot* const all = *slots();
    const std::size_t next = used.fetch_add(1);
    if (all != nullptr && next < kSlots) {
      mine = &all[next];
      mine->thread = static_cast<std::uint64_t>(gettid());
    }
    busy = false;
    if (mine == nullptr) return;
  }
  mine->allocations.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

extern "C" {

void* __libc_malloc(std::size_t bytes);
void* __libc_calloc(std::size_t count, std::size_t bytes);
void* __libc_realloc(void* old, std::size_t bytes);
void* __libc_memalign(std::size_t alignment, std::size_t bytes);

void* malloc(std::size_t bytes) {
  count();
  return __libc_malloc(bytes);
}
void* calloc(std::size_t number, std::size_t bytes) {
  count();
  return __libc_calloc(number, bytes);
}
void* realloc(void* old, std::size_t bytes) {
  count();
  return __libc_realloc(old, bytes);
}
void* aligned_alloc(std::size_t alignment, std::size_t bytes) {
  count();
  return __libc_memalign(alignment, bytes);
}
int posix_memalign(void** out, std::size_t alignment, std::size_t bytes) {
  count();
  *out = __libc_memalign(alignment, bytes);
  return *out == nullptr ? 12 : 0;  // ENOMEM
}

}  // extern "C"
