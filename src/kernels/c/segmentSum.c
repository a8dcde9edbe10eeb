// out[segments, width] = sums of the rows of x[rows, width] by their segment id: the gradient of a gather, and so of an
// embedding. Ids outside [0, segments) are dropped, as the cpu backend does.
#include "simd.h"

EXPORT(segmentSum) void segmentSum(const float *x, const int32_t *ids, float *out, int rows, int width, int segments) {
  for (int s = 0; s < segments; s++) fill(out + (size_t)s * width, 0.f, width);
  for (int r = 0; r < rows; r++, x += width) {
    int id = ids[r];
    if (id < 0 || id >= segments) continue;
    float *to = out + (size_t)id * width;
    int c = 0;
    for (; c + LANES <= width; c += LANES) store(to + c, load(to + c) + load(x + c));
    for (; c < width; c++) to[c] += x[c];
  }
}
