// What the platform's C module hides from Swift: GNU extensions, and macros that it can't import.

#pragma once

#include <sys/stat.h>

// Linux alone; <unistd.h> declares it for _GNU_SOURCE only.
extern int syncfs(int descriptor);

/// In the place of a time that is left as it is (utimensat(2)).
static inline long csystem_utime_omit(void) { return UTIME_OMIT; }
