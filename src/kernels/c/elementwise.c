// Element-wise and reducing kernels that a training step spends its time in besides matmul.
#include "exp.h"

// exp of the whole float range: 0 below -87.33, infinity above 88.72
INLINE f32x4 expFull4(f32x4 x) {
  // exp4 saturates at 88.37; the last third of an octave is done at half its size
  i32x4 high = x > splat(88.f);
  f32x4 y = exp4(choose(high, x - splat(0.69314718f), x));
  f32x4 doubled = choose(high, y + y, y);
  return choose(x > splat(88.722839f), splat(__builtin_inff()), doubled);
}

EXPORT(exponential) void exponential(const float *x, float *y, int count) {
  int i = 0;
  // four at a time: a single exponential waits for itself
  for (; i + 4 * LANES <= count; i += 4 * LANES) {
    f32x4 v[4];
    UNROLL for (int u = 0; u < 4; u++) v[u] = expFull4(load(x + i + u * LANES));
    UNROLL for (int u = 0; u < 4; u++) store(y + i + u * LANES, v[u]);
  }
  for (; i + LANES <= count; i += LANES) store(y + i, expFull4(load(x + i)));
  for (; i < count; i++) y[i] = expFull4(splat(x[i])).x;
}

// Abramowitz, Stegun 1964, 7.1.26, absolute error 1.5e-7: the formula of the stock kernel
INLINE f32x4 erf4(f32x4 x) {
  f32x4 size = fromBits(bitsOf(x) & 0x7fffffff);
  f32x4 t = splat(1.f) / fma4(splat(0.3275911f), size, splat(1.f));
  f32x4 p = fma4(splat(1.061405429f), t, splat(-1.453152027f));
  p = fma4(p, t, splat(1.421413741f));
  p = fma4(p, t, splat(-0.284496736f));
  p = fma4(p, t, splat(0.254829592f));
  f32x4 y = splat(1.f) - p * t * exp4(-size * size);
  return fromBits(bitsOf(y) | (bitsOf(x) & (int32_t)0x80000000));
}

EXPORT(errorFunction) void errorFunction(const float *x, float *y, int count) {
  int i = 0;
  for (; i + 2 * LANES <= count; i += 2 * LANES) {
    f32x4 a = erf4(load(x + i)), b = erf4(load(x + i + LANES));
    store(y + i, a);
    store(y + i + LANES, b);
  }
  for (; i < count; i++) y[i] = erf4(splat(x[i])).x;
}

INLINE f32x4 least(f32x4 a, f32x4 b) { return choose((a < b) | (a != a), a, b); }
INLINE f32x4 largest(f32x4 a, f32x4 b) { return choose((a > b) | (a != a), a, b); }

// y = min or max of x and other, which has `count` numbers or one; NaN wins
EXPORT(extreme) void extreme(const float *x, const float *other, float *y, int count, int single, int maximum) {
  f32x4 one = splat(*other);
  int i = 0;
  for (; i + LANES <= count; i += LANES) {
    f32x4 a = load(x + i), b = single ? one : load(other + i);
    store(y + i, maximum ? largest(a, b) : least(a, b));
  }
  for (; i < count; i++) {
    f32x4 a = splat(x[i]), b = single ? one : splat(other[i]);
    y[i] = (maximum ? largest(a, b) : least(a, b)).x;
  }
}

// y[outer, inner] = scale * sum over n of x[outer, n, inner]
EXPORT(reduceSum) void reduceSum(const float *x, float *y, int outer, int n, int inner, float scale) {
  if (inner == 1) {
    for (int o = 0; o < outer; o++, x += n) {
      f32x4 s0 = splat(0.f), s1 = s0;
      int i = 0;
      for (; i + 2 * LANES <= n; i += 2 * LANES) {
        s0 += load(x + i);
        s1 += load(x + i + LANES);
      }
      float sum = sumLanes(s0 + s1);
      for (; i < n; i++) sum += x[i];
      y[o] = scale * sum;
    }
    return;
  }
  for (int o = 0; o < outer; o++, y += inner) {
    fill(y, 0.f, inner);
    for (int i = 0; i < n; i++, x += inner) {
      int c = 0;
      for (; c + LANES <= inner; c += LANES) store(y + c, load(y + c) + load(x + c));
      for (; c < inner; c++) y[c] += x[c];
    }
    if (scale != 1.f)
      for (int c = 0; c < inner; c++) y[c] *= scale;
  }
}

// y[outer, count, inner] = x[outer, ids, inner]; ids are in range
EXPORT(gatherRows) void gatherRows(const float *x, const int32_t *ids, float *y, int outer, int length, int count,
                                   int inner) {
  for (int o = 0; o < outer; o++, x += (size_t)length * inner)
    for (int i = 0; i < count; i++, y += inner) copy(x + (size_t)ids[i] * inner, y, inner);
}
