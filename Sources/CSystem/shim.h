// What the platform's C module hides from Swift: GNU extensions, and macros that it can't import.

#pragma once

#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#ifdef __linux__
#include <malloc.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
extern long syscall(long number, ...);
#endif

// Linux alone; <unistd.h> declares it for _GNU_SOURCE only.
extern int syncfs(int descriptor);

/// The variables of the process, `NAME=value` each, up to a null; <unistd.h> declares it for _GNU_SOURCE only, and
/// macOS nowhere.
static inline char **csystem_environment(void) {
  extern char **environ;
  return environ;
}

/// Has the kernel write no picture of the process's memory; prctl(2) is variadic.
static inline void csystem_refuse_dumps(void) {
#ifdef __linux__
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

/// Has all threads take their memory from so few places (glibc's arenas): each keeps what was freed in it. What is
/// large has pages of its own, which go back when it is freed: glibc else raises that limit up to 32 MiB by itself.
static inline void csystem_share_heaps(int count) {
#ifdef __GLIBC__
  mallopt(M_ARENA_MAX, count);
  mallopt(M_MMAP_THRESHOLD, 256 << 10);
#endif
}

/// Gives back to the kernel what the allocator keeps of memory that was freed.
static inline void csystem_trim_heaps(void) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

/// In the place of a time that is left as it is (utimensat(2)).
static inline long csystem_utime_omit(void) { return UTIME_OMIT; }

/// Whether something is mounted at a name in a folder, be it of the same file system; 0 where nobody tells:
/// before Linux 5.8, and on macOS, where no mount has another's device.
///
/// Attributes stand at byte 8 of the structure of statx(2), those that the kernel knows at byte 56.
static inline int csystem_is_mount(int folder, const char *name) {
#ifdef __linux__
  unsigned char status[256] = {0};
  const int no_follow = 0x100, no_automount = 0x800;
  const uint64_t mount_root = 0x2000;
  if (syscall(SYS_statx, folder, name, no_follow | no_automount, 0, status) != 0) return 0;
  uint64_t attributes, known;
  memcpy(&attributes, status + 8, 8);
  memcpy(&known, status + 56, 8);
  return (attributes & known & mount_root) != 0;
#else
  (void)folder;
  (void)name;
  return 0;
#endif
}

/// When a file was made, in nanoseconds since 1970; 0 where its file system does not keep it.
///
/// statx(2) by its number, as its structure is a GNU extension: the time of birth stands at byte 80, whether
/// it is known is a bit of the first four.
static inline int64_t csystem_birth_nanoseconds(int descriptor) {
#ifdef __linux__
  unsigned char status[256] = {0};
  const int empty_path = 0x1000;
  const unsigned birth = 0x800;
  if (syscall(SYS_statx, descriptor, "", empty_path, birth, status) != 0) return 0;
  uint32_t mask, nanoseconds;
  int64_t seconds;
  memcpy(&mask, status, 4);
  memcpy(&seconds, status + 80, 8);
  memcpy(&nanoseconds, status + 88, 4);
  return mask & birth ? seconds * 1000000000 + nanoseconds : 0;
#else
  struct stat status;
  if (fstat(descriptor, &status) != 0) return 0;
  return (int64_t)status.st_birthtimespec.tv_sec * 1000000000 + status.st_birthtimespec.tv_nsec;
#endif
}
