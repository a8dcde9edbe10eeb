// Four float lanes and what every kernel needs of them. One source for WebAssembly (SIMD128, later relaxed SIMD) and
// for a native build: nothing here knows a host, and no kernel keeps static data, because a WebAssembly data segment
// would overwrite the memory this module shares with TensorFlow.js.
#pragma once
#include <stddef.h>
#include <stdint.h>

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")
#ifdef __wasm__
#define EXPORT(name) __attribute__((export_name(#name)))
#else
#define EXPORT(name) __attribute__((visibility("default")))
#endif

#define LANES 4
typedef float f32x4 __attribute__((ext_vector_type(4)));
typedef int32_t i32x4 __attribute__((ext_vector_type(4)));
// tensors are only 4-byte aligned
typedef float f32x4_unaligned __attribute__((ext_vector_type(4), aligned(4)));

INLINE f32x4 load(const float *p) { return *(const f32x4_unaligned *)p; }
INLINE void store(float *p, f32x4 x) { *(f32x4_unaligned *)p = x; }
INLINE f32x4 splat(float x) { return (f32x4)x; }
INLINE float sumLanes(f32x4 x) { return (x.x + x.y) + (x.z + x.w); }
INLINE int atMost(int a, int b) { return a < b ? a : b; }
INLINE int roundUp(int n, int to) { return (n + to - 1) / to * to; }

// a * b + c
#if defined(__wasm_relaxed_simd__)
INLINE f32x4 fma4(f32x4 a, f32x4 b, f32x4 c) { return __builtin_wasm_relaxed_madd_f32x4(a, b, c); }
#elif defined(__FMA__)
INLINE f32x4 fma4(f32x4 a, f32x4 b, f32x4 c) { return __builtin_elementwise_fma(a, b, c); }
#else
INLINE f32x4 fma4(f32x4 a, f32x4 b, f32x4 c) { return a * b + c; }
#endif

INLINE void fill(float *p, float value, int count) {
  int i = 0;
  for (; i + LANES <= count; i += LANES) store(p + i, splat(value));
  for (; i < count; i++) p[i] = value;
}

INLINE void copy(const float *from, float *to, int count) {
  int i = 0;
  for (; i + LANES <= count; i += LANES) store(to + i, load(from + i));
  for (; i < count; i++) to[i] = from[i];
}

// 4 x 4 transpose from row stride `from_` to row stride `to_`
INLINE void transpose4(const float *from, ptrdiff_t from_, float *to, ptrdiff_t to_) {
  f32x4 a = load(from), b = load(from + from_), c = load(from + 2 * from_), d = load(from + 3 * from_);
  f32x4 ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), AB = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  f32x4 cd = __builtin_shufflevector(c, d, 0, 4, 1, 5), CD = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  store(to, __builtin_shufflevector(ab, cd, 0, 1, 4, 5));
  store(to + to_, __builtin_shufflevector(ab, cd, 2, 3, 6, 7));
  store(to + 2 * to_, __builtin_shufflevector(AB, CD, 0, 1, 4, 5));
  store(to + 3 * to_, __builtin_shufflevector(AB, CD, 2, 3, 6, 7));
}

// sum += a[r * rowStride + p * stepStride] * b[p * ldb + column], p < depth: a tile of ROWS x COLUMNS vectors.
// 4 x 2 is the largest tile V8 keeps in registers; unrolling over p spills.
#define TILE(ROWS, COLUMNS, depth, a, rowStride, stepStride, b, ldb, sum)                          \
  do {                                                                                             \
    const float *a_ = (a), *b_ = (b);                                                              \
    _Pragma("clang loop unroll(disable)") for (int p_ = 0; p_ < (depth); p_++) {                   \
      f32x4 row_[COLUMNS];                                                                         \
      UNROLL for (int n_ = 0; n_ < COLUMNS; n_++) row_[n_] = load(b_ + n_ * LANES);                \
      UNROLL for (int r_ = 0; r_ < ROWS; r_++) {                                                   \
        f32x4 x_ = splat(a_[r_ * (rowStride)]);                                                    \
        UNROLL for (int n_ = 0; n_ < COLUMNS; n_++) sum[r_][n_] = fma4(x_, row_[n_], sum[r_][n_]); \
      }                                                                                            \
      a_ += (stepStride);                                                                          \
      b_ += (ldb);                                                                                 \
    }                                                                                              \
  } while (0)
