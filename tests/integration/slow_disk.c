// slow_disk.c - for LD_PRELOAD: a disk whose syncs and positioned writes take 10 to 50 ms.
//
// Built by soak_test.py. The file that CITYGATE_SLOW_DISK names holds one 64-bit number: how many calls were delayed.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

static _Atomic uint64_t unseen;
static _Atomic uint64_t* delayed = &unseen;

__attribute__((constructor)) static void open_counter(void) {
  const char* path = getenv("CITYGATE_SLOW_DISK");
  const int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
  if (fd < 0) return;
  void* map = mmap(NULL, sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (map != MAP_FAILED) delayed = map;
}

static void wait_for_the_disk(void) {
  const uint64_t count = atomic_fetch_add(delayed, 1);
  const struct timespec pause = {0, (long)(10 + count * 7919 % 41) * 1000 * 1000};
  nanosleep(&pause, NULL);
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int fsync(int fd) {
  wait_for_the_disk();
  return NEXT(fsync)(fd);
}

int fdatasync(int fd) {
  wait_for_the_disk();
  return NEXT(fdatasync)(fd);
}

int msync(void* at, size_t size, int flags) {
  wait_for_the_disk();
  return NEXT(msync)(at, size, flags);
}

ssize_t pwrite(int fd, const void* data, size_t size, off_t at) {
  wait_for_the_disk();
  return NEXT(pwrite)(fd, data, size, at);
}

ssize_t pwrite64(int fd, const void* data, size_t size, off64_t at) {
  wait_for_the_disk();
  return NEXT(pwrite64)(fd, data, size, at);
}
