// Cumulative sum along the middle axis of [outer, time, inner], forwards or backwards, with or without the element itself.
#include "simd.h"

EXPORT(cumsum) void cumsum(const float *x, float *y, int outer, int time, int inner, int exclusive, int reverse) {
  ptrdiff_t step = reverse ? -inner : inner;
  for (int o = 0; o < outer; o++) {
    ptrdiff_t first = ((ptrdiff_t)o * time + (reverse ? time - 1 : 0)) * inner;
    const float *from = x + first;
    float *to = y + first;
    if (inner == 1) {
      float sum = 0.f;
      for (int t = 0; t < time; t++, from += step, to += step) {
        float next = sum + *from;
        *to = exclusive ? sum : next;
        sum = next;
      }
      continue;
    }
    if (exclusive) fill(to, 0.f, inner);
    else copy(from, to, inner);
    for (int t = 1; t < time; t++, from += step, to += step) {
      const float *added = exclusive ? from : from + step;
      int c = 0;
      for (; c + LANES <= inner; c += LANES) store(to + step + c, load(to + c) + load(added + c));
      for (; c < inner; c++) to[step + c] = to[c] + added[c];
    }
  }
}
