// Vector exponential and logarithm. NaN stays NaN: a poisoned logit must not come out as a number.
#pragma once
#include "simd.h"

INLINE i32x4 bitsOf(f32x4 x) { return __builtin_bit_cast(i32x4, x); }
INLINE f32x4 fromBits(i32x4 x) { return __builtin_bit_cast(f32x4, x); }
INLINE f32x4 choose(i32x4 mask, f32x4 yes, f32x4 no) { return fromBits((bitsOf(yes) & mask) | (bitsOf(no) & ~mask)); }

// exp, relative error 2e-7; 0 below -87.33 (no denormals, which are slow), at most exp(88.37).
// Degree-5 minimax polynomial after reduction by multiples of log 2, evaluated after Estrin.
INLINE f32x4 exp4(f32x4 x) {
  f32x4 top = choose(x > splat(88.37f), splat(88.37f), x);
  f32x4 y = choose(x < splat(-87.33f), splat(-87.33f), top);
  f32x4 shifted = fma4(y, splat(1.44269504088896341f), splat(12582912.f)); // rounds to an integer in the low bits
  f32x4 n = shifted - splat(12582912.f);
  f32x4 r = fma4(n, splat(2.12194440e-4f), fma4(n, splat(-0.693359375f), y));
  f32x4 r2 = r * r;
  f32x4 low = fma4(r, splat(0.16667114198207855f), splat(0.499992311000824f));
  f32x4 high = fma4(r, splat(0.008312512189149857f), splat(0.041890159249305725f));
  f32x4 p = fma4(r2, fma4(r2, high, low), r + splat(1.f));
  f32x4 value = fromBits(bitsOf(p) + (bitsOf(shifted) << 23));
  value = choose(x < splat(-87.33f), splat(0.f), value);
  return choose(x == x, value, x);
}

INLINE float exp1(float x) { return exp4(splat(x)).x; }

// natural logarithm of positive normal numbers, absolute error 1e-7 near 1, relative 2e-7 elsewhere (Cephes logf, 1992)
INLINE f32x4 log4(f32x4 x) {
  i32x4 bits = bitsOf(x);
  i32x4 exponent = ((bits >> 23) & 255) - 126;
  f32x4 m = fromBits((bits & 0x007fffff) | 0x3f000000); // in [0.5, 1)
  i32x4 small = m < splat(0.707106781186547524f);
  f32x4 e = __builtin_convertvector(exponent, f32x4) - choose(small, splat(1.f), splat(0.f));
  f32x4 f = m + choose(small, m, splat(0.f)) - splat(1.f);
  f32x4 z = f * f;
  f32x4 p = splat(7.0376836292e-2f);
  p = fma4(p, f, splat(-1.1514610310e-1f));
  p = fma4(p, f, splat(1.1676998740e-1f));
  p = fma4(p, f, splat(-1.2420140846e-1f));
  p = fma4(p, f, splat(1.4249322787e-1f));
  p = fma4(p, f, splat(-1.6668057665e-1f));
  p = fma4(p, f, splat(2.0000714765e-1f));
  p = fma4(p, f, splat(-2.4999993993e-1f));
  p = fma4(p, f, splat(3.3333331174e-1f));
  f32x4 y = fma4(e, splat(-2.12194440e-4f), f * z * p);
  y = fma4(z, splat(-0.5f), y);
  f32x4 value = fma4(e, splat(0.693359375f), f + y);
  return choose(x == x, value, x);
}
