// SPDX-License-Identifier: MIT
/*
 * A QEMU plugin that counts the instructions of kernel modules. On the socket
 * port=PATH it answers questions: for "START SIZE\n", both hexadecimal, the
 * decimal count of what ran in this range so far.
 *
 * QEMU's own header is not in Debian's packages; these are the few functions of
 * its plugin interface, version 7 (QEMU 11), that are used.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

struct qemu_plugin_tb;
typedef uint64_t qemu_plugin_id_t;
enum { QEMU_PLUGIN_CB_NO_REGS };
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
                                           void (*cb)(struct qemu_plugin_tb *tb, void *data),
                                           void *data);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb,
                                          void (*cb)(unsigned int vcpu, void *data), int flags,
                                          void *data);
size_t qemu_plugin_tb_n_insns(struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);

EXPORT int qemu_plugin_version = 7;

/* Where x86 puts modules, with or without address randomisation. */
static const uint64_t first = 0xffffffffa0000000;
static const uint64_t last = 0xffffffffff000000;

enum { LINE = 64 }; /* bytes of code that share a counter */
static _Atomic uint64_t *counts;

/* A block's data: number of its counter, and above it the number of its instructions. */
static void executed(unsigned int vcpu, void *data) {
  uintptr_t block = (uintptr_t)data;

  (void)vcpu;
  atomic_fetch_add_explicit(&counts[block & 0xffffffff], block >> 32, memory_order_relaxed);
}

static void translated(struct qemu_plugin_tb *tb, void *data) {
  uint64_t address = qemu_plugin_tb_vaddr(tb);
  uintptr_t block;

  (void)data;
  if (address < first || address >= last) return;
  block = (address - first) / LINE | (uint64_t)qemu_plugin_tb_n_insns(tb) << 32;
  qemu_plugin_register_vcpu_tb_exec_cb(tb, executed, QEMU_PLUGIN_CB_NO_REGS, (void *)block);
}

static uint64_t sum(uint64_t start, uint64_t size) {
  uint64_t n = 0;

  if (start < first || size > last - first || start - first > last - first - size) return 0;
  for (uint64_t i = (start - first) / LINE; i < (start - first + size + LINE - 1) / LINE; i++)
    n += atomic_load_explicit(&counts[i], memory_order_relaxed);
  return n;
}

static void *serve(void *data) {
  FILE *peer = data;
  uint64_t start, size;
  char line[80];

  while (fgets(line, sizeof(line), peer) &&
         sscanf(line, "%" SCNx64 " %" SCNx64, &start, &size) == 2) {
    if (dprintf(fileno(peer), "%" PRIu64 "\n", sum(start, size)) < 0) break;
  }
  fclose(peer);
  return NULL;
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  pthread_t thread;
  FILE *peer;
  int fd;

  (void)info;
  if (argc != 1 || strncmp(argv[0], "port=", 5) ||
      strlen(argv[0] + 5) >= sizeof(address.sun_path)) {
    fprintf(stderr, "insns: wants port=PATH\n");
    return -1;
  }
  strcpy(address.sun_path, argv[0] + 5);
  counts = calloc((last - first) / LINE, sizeof(*counts));
  /* QEMU has its character devices, one of which listens there, before its plugins. */
  fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (!counts || fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address))) {
    fprintf(stderr, "insns: %s: %s\n", address.sun_path, strerror(errno));
    return -1;
  }
  peer = fdopen(fd, "r");
  if (!peer || pthread_create(&thread, NULL, serve, peer)) {
    fprintf(stderr, "insns: no thread\n");
    return -1;
  }
  qemu_plugin_register_vcpu_tb_trans_cb(id, translated, NULL);
  return 0;
}
