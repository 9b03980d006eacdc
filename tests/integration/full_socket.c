// full_socket.c - for LD_PRELOAD: the first socket to which the bytes of CITYGATE_FULL_AT are to be sent is full then.
//
// Built by case.py. It is filled with the letter J, which stands for what its peer has not read yet.
#define _GNU_SOURCE
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static const char* at = NULL;
static atomic_flag filled = ATOMIC_FLAG_INIT;

__attribute__((constructor)) static void read_environment(void) { at = getenv("CITYGATE_FULL_AT"); }

ssize_t send(int fd, const void* data, size_t size, int flags) {
  if (at && size >= strlen(at) && memcmp(data, at, strlen(at)) == 0 && !atomic_flag_test_and_set(&filled)) {
    char block[4096];
    memset(block, 'J', sizeof block);
    for (size_t most = sizeof block; most > 0; most /= 2)
      while (sendto(fd, block, most, MSG_DONTWAIT | MSG_NOSIGNAL, NULL, 0) > 0) {
      }
  }
  return sendto(fd, data, size, flags, NULL, 0);
}
