#pragma once

#include <zlib.h>

// inflateInit2 is a macro, which Swift cannot import.
static inline int czlib_begin_inflating(z_stream *stream, int window_bits) {
  return inflateInit2(stream, window_bits);
}
