// Causal convolution over time. One filter per head ([rows, T, V] with filter [K]) is a sum of shifted rows, computed in
// tiles of 4 tokens x 8 channels; one filter per channel ([B, T, D] with filter [K, D]) is a loop over taps.
#include "simd.h"

// y_t = sum_d h(d) x_{t+d} for d in [first, first + K); taps: h with 3 zeros on either side, so that a tile of four
// tokens can run over all its sources without asking which of them a token may see
static void correlate(const float *x, float *y, int T, int V, int K, int first, const float *taps) {
  for (int t = 0; t < T; t += 4) {
    int rows = atMost(T - t, 4);
    int from = t + first, to = t + 3 + first + K;
    if (from < 0) from = 0;
    if (to > T) to = T;
    int depth = to - from, skip = from - t - first;
    const float *h = taps + 3 + skip;
    if (depth < 0) depth = 0;
    int c = 0;
    for (; c + 2 * LANES <= V; c += 2 * LANES) {
      f32x4 sum[4][2];
      UNROLL for (int r = 0; r < 4; r++) UNROLL for (int n = 0; n < 2; n++) sum[r][n] = splat(0.f);
      TILE(4, 2, depth, h, -1, 1, x + (size_t)from * V + c, V, sum);
      UNROLL for (int r = 0; r < 4; r++) if (r < rows) UNROLL for (int n = 0; n < 2; n++)
          store(y + (size_t)(t + r) * V + c + n * LANES, sum[r][n]);
    }
    for (; c + LANES <= V; c += LANES) {
      f32x4 sum[4][1];
      UNROLL for (int r = 0; r < 4; r++) sum[r][0] = splat(0.f);
      TILE(4, 1, depth, h, -1, 1, x + (size_t)from * V + c, V, sum);
      UNROLL for (int r = 0; r < 4; r++) if (r < rows) store(y + (size_t)(t + r) * V + c, sum[r][0]);
    }
    for (; c < V; c++)
      for (int r = 0; r < rows; r++) {
        float sum = 0.f;
        for (int p = 0; p < depth; p++) sum += h[p - r] * x[(size_t)(from + p) * V + c];
        y[(size_t)(t + r) * V + c] = sum;
      }
  }
}

EXPORT(causalConvScratch) int causalConvScratch(int K) { return K + 6; }

// x, y [batch, heads, T, V], kernel [heads, K], last tap = current token
EXPORT(causalConv) void causalConv(int batch, int heads, int T, int V, int K, const float *x, const float *kernel, float *y,
                                   float *taps) {
  fill(taps, 0.f, K + 6);
  for (int i = 0; i < batch * heads; i++, x += (size_t)T * V, y += (size_t)T * V) {
    copy(kernel + (size_t)(i % heads) * K, taps + 3, K);
    correlate(x, y, T, V, K, 1 - K, taps);
  }
}

// sum over t and channels of dy_t x_{t-lag} for four lags at once
static void lagProducts(const float *x, const float *dy, int T, int V, int lag, float *out) {
  f32x4 sum[4];
  UNROLL for (int n = 0; n < 4; n++) sum[n] = splat(0.f);
  float rest[4] = {0.f, 0.f, 0.f, 0.f};
  for (int t = lag; t < T; t++) {
    const float *d = dy + (size_t)t * V;
    int lags = atMost(t - lag + 1, 4);
    int c = 0;
    if (lags == 4) {
      const float *s = x + (size_t)(t - lag) * V;
      for (; c + LANES <= V; c += LANES) {
        f32x4 g = load(d + c);
        UNROLL for (int n = 0; n < 4; n++) sum[n] = fma4(g, load(s + c - (ptrdiff_t)n * V), sum[n]);
      }
    }
    for (; c < V; c++)
      for (int n = 0; n < lags; n++) rest[n] += d[c] * x[(size_t)(t - lag - n) * V + c];
  }
  for (int n = 0; n < 4; n++) out[n] = sumLanes(sum[n]) + rest[n];
}

EXPORT(causalConvGrad) void causalConvGrad(int batch, int heads, int T, int V, int K, const float *x, const float *kernel,
                                           const float *dy, float *dx, float *dKernel, float *taps) {
  fill(taps, 0.f, K + 6);
  fill(dKernel, 0.f, heads * K);
  for (int i = 0; i < batch * heads; i++, x += (size_t)T * V, dy += (size_t)T * V, dx += (size_t)T * V) {
    const float *w = kernel + (size_t)(i % heads) * K;
    float *dw = dKernel + (size_t)(i % heads) * K, products[4];
    for (int k = 0; k < K; k++) taps[3 + k] = w[K - 1 - k];
    correlate(dy, dx, T, V, K, 0, taps);
    for (int lag = 0; lag < K; lag += 4) {
      lagProducts(x, dy, T, V, lag, products);
      for (int n = 0; n < atMost(K - lag, 4); n++) dw[K - 1 - lag - n] += products[n];
    }
  }
}

// x, y [batch, T, D], kernel [K, D], last tap = current token
EXPORT(depthwiseCausalConv) void depthwiseCausalConv(int batch, int T, int D, int K, const float *x, const float *kernel,
                                                     float *y) {
  for (int b = 0; b < batch; b++, x += (size_t)T * D)
    for (int t = 0; t < T; t++, y += D) {
      int taps = atMost(K, t + 1);
      const float *w = kernel + (size_t)(K - taps) * D, *s = x + (size_t)(t + 1 - taps) * D;
      int c = 0;
      for (; c + LANES <= D; c += LANES) {
        f32x4 sum = splat(0.f);
        for (int i = 0; i < taps; i++) sum = fma4(load(w + (size_t)i * D + c), load(s + (size_t)i * D + c), sum);
        store(y + c, sum);
      }
      for (; c < D; c++) {
        float sum = 0.f;
        for (int i = 0; i < taps; i++) sum += w[(size_t)i * D + c] * s[(size_t)i * D + c];
        y[c] = sum;
      }
    }
}

EXPORT(depthwiseCausalConvGrad) void depthwiseCausalConvGrad(int batch, int T, int D, int K, const float *x,
                                                             const float *kernel, const float *dy, float *dx,
                                                             float *dKernel) {
  fill(dKernel, 0.f, K * D);
  for (int b = 0; b < batch; b++, x += (size_t)T * D, dy += (size_t)T * D)
    for (int t = 0; t < T; t++, dx += D) {
      // token t reached tokens t .. t + taps - 1, through taps K - 1, K - 2, ...
      int taps = atMost(K, T - t);
      const float *w = kernel + (size_t)(K - 1) * D, *d = dy + (size_t)t * D, *s = x + (size_t)t * D;
      float *dw = dKernel + (size_t)(K - 1) * D;
      int c = 0;
      for (; c + LANES <= D; c += LANES) {
        f32x4 sum = splat(0.f), own = load(s + c);
        for (int i = 0; i < taps; i++) {
          f32x4 g = load(d + (size_t)i * D + c);
          float *to = dw - (size_t)i * D + c;
          sum = fma4(load(w - (size_t)i * D + c), g, sum);
          store(to, fma4(own, g, load(to)));
        }
        store(dx + c, sum);
      }
      for (; c < D; c++) {
        float sum = 0.f;
        for (int i = 0; i < taps; i++) {
          float g = d[(size_t)i * D + c];
          sum += w[c - (ptrdiff_t)i * D] * g;
          dw[c - (ptrdiff_t)i * D] += s[c] * g;
        }
        dx[c] = sum;
      }
    }
}
