// Softmax means of every prefix in one pass: the running maximum m and the sum s of exp(l - m) are rescaled when the
// maximum moves (online softmax, Milakov, Gimelshein 2018, https://arxiv.org/abs/1805.02867).
//   L_i = m_i + log s_i,   mean_i = keep_i mean_{i-1} + take_i v_i
// The weights come from m and s, never from the rounded L, so they are exact for logits of any size.
#include "exp.h"

enum { BLOCK = 64 };

typedef struct {
  float top, sum;
} Running;

// keep, take and, if wanted, L of `count` tokens; keep + take = 1
static void weights(const float *logits, int count, Running *running, float *keep, float *take, float *L) {
  float top[BLOCK], fade[BLOCK], rise[BLOCK], sum[BLOCK];
  float m = running->top, s = running->sum;
  for (int i = 0; i < BLOCK; i++) {
    float before = m, x = i < count ? logits[i] : m;
    if (x > m) m = x;
    top[i] = m;
    fade[i] = before - m;
    rise[i] = x - m;
  }
  for (int i = 0; i < BLOCK; i += LANES) {
    store(fade + i, exp4(load(fade + i)));
    store(rise + i, exp4(load(rise + i)));
  }
  for (int i = 0; i < count; i++) {
    float old = fade[i] * s;
    s = old + rise[i];
    sum[i] = s;
    keep[i] = old / s;
    take[i] = rise[i] / s;
  }
  if (L) {
    for (int i = count; i < BLOCK; i++) sum[i] = 1.f;
    for (int i = 0; i < BLOCK; i += LANES) store(sum + i, log4(load(sum + i)));
    for (int i = 0; i < count; i++) L[i] = top[i] + sum[i];
  }
  // the padding after the last token left the maximum as it was
  running->top = m;
  running->sum = s;
}

INLINE Running start(const float *mass) {
  Running r = {mass ? *mass : -1e30f, mass ? 1.f : 0.f};
  return r;
}

EXPORT(prefixSoftmaxScratch) int prefixSoftmaxScratch(int T, int V) { return 2 * roundUp(T, BLOCK) + V; }

// mass [heads] and before [heads, V] are the incoming state, or 0
EXPORT(prefixSoftmax) void prefixSoftmax(int heads, int T, int V, const float *logits, const float *v, const float *mass,
                                         const float *before, float *mean, float *L) {
  float keep[BLOCK], take[BLOCK];
  for (int h = 0; h < heads; h++) {
    Running running = start(mass ? mass + h : 0);
    const float *last = before ? before + (size_t)h * V : 0;
    for (int t0 = 0; t0 < T; t0 += BLOCK) {
      int count = atMost(T - t0, BLOCK);
      weights(logits + t0, count, &running, keep, take, L + t0);
      for (int i = 0; i < count; i++, v += V, mean += V) {
        f32x4 a = splat(keep[i]), b = splat(take[i]);
        int c = 0;
        if (last) {
          for (; c + LANES <= V; c += LANES) store(mean + c, fma4(a, load(last + c), b * load(v + c)));
          for (; c < V; c++) mean[c] = keep[i] * last[c] + take[i] * v[c];
        } else copy(v, mean, V);
        last = mean;
      }
    }
    logits += T;
    L += T;
  }
}

// gradients for dMean and dL; dMass [heads] and dBefore [heads, V] are those of the incoming state, or 0
EXPORT(prefixSoftmaxGrad) void prefixSoftmaxGrad(int heads, int T, int V, const float *logits, const float *v,
                                                 const float *mass, const float *before, const float *mean,
                                                 const float *dMean, const float *dL, float *dLogits, float *dv,
                                                 float *dMass, float *dBefore, float *scratch) {
  float *keep = scratch, *take = keep + roundUp(T, BLOCK), *R = take + roundUp(T, BLOCK);
  for (int h = 0; h < heads; h++) {
    size_t base = (size_t)h * T;
    Running running = start(mass ? mass + h : 0);
    for (int t = 0; t < T; t += BLOCK)
      weights(logits + base + t, atMost(T - t, BLOCK), &running, keep + t, take + t, 0);
    // R_i, r: what all tokens from i on send back through mean_i and L_i
    fill(R, 0.f, V);
    float r = 0.f, next = 0.f;
    for (int t = T - 1; t >= 0; t--) {
      size_t row = (base + t) * V;
      const float *d = dMean + row, *m = mean + row, *x = v + row;
      float *dx = dv + row;
      f32x4 a = splat(next), w = splat(take[t]), own = splat(0.f), through = own;
      int c = 0;
      for (; c + LANES <= V; c += LANES) {
        f32x4 y = load(d + c), back = fma4(a, load(R + c), y);
        own = fma4(y, load(m + c), own);
        through = fma4(back, load(x + c), through);
        store(R + c, back);
        store(dx + c, w * back);
      }
      float ownSum = sumLanes(own), throughSum = sumLanes(through);
      for (; c < V; c++) {
        R[c] = next * R[c] + d[c];
        ownSum += d[c] * m[c];
        throughSum += R[c] * x[c];
        dx[c] = take[t] * R[c];
      }
      r = next * r + dL[base + t] - ownSum;
      dLogits[base + t] = take[t] * (throughSum + r);
      next = keep[t];
    }
    if (dMass) {
      float sum = r;
      for (int c = 0; c < V; c++) {
        sum += R[c] * before[(size_t)h * V + c];
        dBefore[(size_t)h * V + c] = next * R[c];
      }
      dMass[h] = next * sum;
    }
  }
}
