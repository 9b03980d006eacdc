// full_client.c - for LD_PRELOAD: the socket of the first client whose CONNECT is answered is full when the answer is
// due.
//
// Built by tunnels_test.py. It is filled with the letter J, which stands for answers that the client has not read yet.
#define _GNU_SOURCE
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>

static atomic_flag filled = ATOMIC_FLAG_INIT;

ssize_t send(int fd, const void* data, size_t size, int flags) {
  static const char greeting[] = "HTTP/1.1 200 Connection established";
  if (size >= sizeof greeting - 1 && memcmp(data, greeting, sizeof greeting - 1) == 0 &&
      !atomic_flag_test_and_set(&filled)) {
    char block[4096];
    memset(block, 'J', sizeof block);
    for (size_t most = sizeof block; most > 0; most /= 2)
      while (sendto(fd, block, most, MSG_DONTWAIT | MSG_NOSIGNAL, NULL, 0) > 0) {
      }
  }
  return sendto(fd, data, size, flags, NULL, 0);
}
