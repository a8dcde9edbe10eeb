// Causal linear attention in blocks of 16 tokens with the state in cache:
//   S_t = exp(g_t) S_{t-1} + k_t v_t^T,   o_t = S_t^T q_t.
// Within a block the products are triangular 16 x 16 matrices, between blocks the state is carried (the chunkwise form
// of Hua et al. 2022, https://arxiv.org/abs/2202.10447). Decays enter as products of exp(g), never as differences of
// sums, so a strong decay costs no precision. K and V are padded to multiples of 8 in scratch.
#include "exp.h"

enum { C = 16 };

typedef struct {
  int K, V, Kp, Vp; // widths and padded widths
} Sizes;

INLINE Sizes sizesOf(int K, int V) {
  Sizes s = {K, V, roundUp(K, 8), roundUp(V, 8)};
  return s;
}

// decay inside one block
typedef struct {
  float between[C * C]; // [i][j]: prod of exp(g) over j < s <= i, for j <= i
  float fromStart[C];   // prod over s <= i
  float toEnd[C];       // prod over s > j
  float whole;
} Decay;

// products this small only slow the machine down as denormals
INLINE float flush(float x) { return x < 1e-30f ? 0.f : x; }

static void decayOf(const float *g, int count, Decay *d) {
  float factor[C];
  for (int i = 0; i < C; i++) factor[i] = i < count ? g[i] : 0.f;
  for (int i = 0; i < C; i += LANES) store(factor + i, exp4(load(factor + i)));
  float product = 1.f;
  for (int i = 0; i < C; i++) {
    d->fromStart[i] = product = flush(product * factor[i]);
    for (int j = 0; j < i; j++) d->between[i * C + j] = flush(d->between[(i - 1) * C + j] * factor[i]);
    d->between[i * C + i] = 1.f;
  }
  for (int j = 0; j < C; j++) d->toEnd[j] = d->between[(C - 1) * C + j];
  d->whole = product;
}

// `count` rows of `width` floats as C rows of `padded` floats; the tensor itself where nothing has to be padded
static const float *rowsOf(const float *from, int count, int width, int padded, float *buffer) {
  if (count == C && width == padded) return from;
  for (int i = 0; i < C; i++) {
    float *to = buffer + i * padded;
    if (i < count) copy(from + (size_t)i * width, to, width);
    fill(to + (i < count ? width : 0), 0.f, i < count ? padded - width : padded);
  }
  return buffer;
}

static void writeRows(const float *from, int count, int width, int padded, float *to) {
  for (int i = 0; i < count; i++) copy(from + i * padded, to + (size_t)i * width, width);
}

static void scaleRows(const float *from, const float *factor, int width, float *to) {
  for (int i = 0; i < C; i++) {
    f32x4 x = splat(factor[i]);
    for (int n = 0; n < width; n += LANES) store(to + i * width + n, x * load(from + i * width + n));
  }
}

static void transposeRows(const float *from, int rows, int columns, float *to) {
  for (int i = 0; i < rows; i += LANES)
    for (int j = 0; j < columns; j += LANES) transpose4(from + i * columns + j, columns, to + j * rows + i, rows);
}

static void loadState(const float *from, Sizes s, float *S) {
  fill(S, 0.f, s.Kp * s.Vp);
  if (from)
    for (int i = 0; i < s.K; i++) copy(from + (size_t)i * s.V, S + i * s.Vp, s.V);
}

static void writeState(const float *S, Sizes s, float *to) {
  for (int i = 0; i < s.K; i++) copy(S + i * s.Vp, to + (size_t)i * s.V, s.V);
}

#define ZERO(ROWS, sum) UNROLL for (int r = 0; r < ROWS; r++) UNROLL for (int n = 0; n < 2; n++) sum[r][n] = splat(0.f)

// P[i][j] = a_i . b_j for j <= i, else 0; bT is b transposed, [width][C]
static void triangle(const float *a, const float *bT, int width, float *P) {
  i32x4 lane = {0, 1, 2, 3};
  for (int i = 0; i < C; i += 4)
    for (int j = 0; j < C; j += 8) {
      f32x4 sum[4][2];
      ZERO(4, sum);
      if (j < i + 4) TILE(4, 2, width, a + i * width, width, 1, bT + j, C, sum);
      UNROLL for (int r = 0; r < 4; r++) UNROLL for (int n = 0; n < 2; n++) {
        i32x4 seen = lane + (j + n * LANES) <= (i32x4)(i + r);
        store(P + (i + r) * C + j + n * LANES, choose(seen, sum[r][n], splat(0.f)));
      }
    }
}

static void weigh(float *P, const float *between) {
  for (int i = 0; i < C; i++)
    for (int j = 0; j <= i; j++) P[i * C + j] *= between[i * C + j];
}

// out[i] = factor_i (a_i B) + sum_{j <= i} P[i][j] c_j : a [C][depth], B [depth][width], c and out [C][width]
static void stateAndBlock(const float *a, const float *B, int depth, const float *factor, const float *P, const float *c,
                          int width, float *out) {
  for (int n0 = 0; n0 < width; n0 += 8)
    for (int i = 0; i < C; i += 4) {
      f32x4 sum[4][2];
      ZERO(4, sum);
      TILE(4, 2, depth, a + i * depth, depth, 1, B + n0, width, sum);
      if (factor)
        UNROLL for (int r = 0; r < 4; r++) UNROLL for (int n = 0; n < 2; n++) sum[r][n] *= splat(factor[i + r]);
      TILE(4, 2, i + 4, P + i * C, C, 1, c + n0, width, sum);
      UNROLL for (int r = 0; r < 4; r++) UNROLL for (int n = 0; n < 2; n++)
          store(out + (i + r) * width + n0 + n * LANES, sum[r][n]);
    }
}

// out[j] = factor_j (a_j B) + sum_{i >= j} P[i][j] c_i
static void stateAndLater(const float *a, const float *B, int depth, const float *factor, const float *P, const float *c,
                          int width, float *out) {
  for (int n0 = 0; n0 < width; n0 += 8)
    for (int j = 0; j < C; j += 4) {
      f32x4 sum[4][2];
      ZERO(4, sum);
      TILE(4, 2, depth, a + j * depth, depth, 1, B + n0, width, sum);
      if (factor)
        UNROLL for (int r = 0; r < 4; r++) UNROLL for (int n = 0; n < 2; n++) sum[r][n] *= splat(factor[j + r]);
      TILE(4, 2, C - j, P + j * C + j, 1, C, c + j * width + n0, width, sum);
      UNROLL for (int r = 0; r < 4; r++) UNROLL for (int n = 0; n < 2; n++)
          store(out + (j + r) * width + n0 + n * LANES, sum[r][n]);
    }
}

// S = whole S + sum_i a_i b_i^T : a [C][height], b [C][width], S [height][width]
static void addOuter(float *S, float whole, const float *a, int height, const float *b, int width) {
  for (int n0 = 0; n0 < width; n0 += 8)
    for (int i = 0; i < height; i += 4) {
      f32x4 sum[4][2];
      UNROLL for (int r = 0; r < 4; r++) UNROLL for (int n = 0; n < 2; n++)
          sum[r][n] = splat(whole) * load(S + (i + r) * width + n0 + n * LANES);
      TILE(4, 2, C, a + i, 1, height, b + n0, width, sum);
      UNROLL for (int r = 0; r < 4; r++) UNROLL for (int n = 0; n < 2; n++)
          store(S + (i + r) * width + n0 + n * LANES, sum[r][n]);
    }
}

static float dot(const float *a, const float *b, int count) {
  f32x4 sum = splat(0.f);
  for (int i = 0; i < count; i += LANES) sum = fma4(load(a + i), load(b + i), sum);
  return sumLanes(sum);
}

EXPORT(linearScanScratch) int linearScanScratch(int K, int V) {
  Sizes s = sizesOf(K, V);
  return s.Kp * s.Vp + 3 * C * s.Kp + 3 * C * s.Vp + C * C;
}

// `heads` sequences; g and state may be 0 (no decay, zero state)
EXPORT(linearScan) void linearScan(int heads, int T, int K, int V, const float *q, const float *k, const float *v,
                                   const float *g, const float *state, float *o, float *last, float *scratch) {
  Sizes s = sizesOf(K, V);
  float *S = scratch, *qb = S + s.Kp * s.Vp, *kb = qb + C * s.Kp, *kT = kb + C * s.Kp, *vb = kT + C * s.Kp;
  float *ob = vb + C * s.Vp, *scaled = ob + C * s.Vp, *P = scaled + C * s.Vp;
  Decay decay;
  for (int h = 0; h < heads; h++) {
    loadState(state ? state + (size_t)h * K * V : 0, s, S);
    for (int t = 0; t < T; t += C) {
      int count = atMost(T - t, C);
      size_t row = (size_t)h * T + t;
      const float *qc = rowsOf(q + row * K, count, K, s.Kp, qb), *kc = rowsOf(k + row * K, count, K, s.Kp, kb);
      const float *vc = rowsOf(v + row * V, count, V, s.Vp, vb), *added = vc;
      transposeRows(kc, C, s.Kp, kT);
      triangle(qc, kT, s.Kp, P);
      if (g) {
        decayOf(g + row, count, &decay);
        weigh(P, decay.between);
        scaleRows(vc, decay.toEnd, s.Vp, scaled);
        added = scaled;
      }
      float *oc = count == C && V == s.Vp ? o + row * V : ob;
      stateAndBlock(qc, S, s.Kp, g ? decay.fromStart : 0, P, vc, s.Vp, oc);
      if (oc == ob) writeRows(ob, count, V, s.Vp, o + row * V);
      addOuter(S, g ? decay.whole : 1.f, kc, s.Kp, added, s.Vp);
    }
    writeState(S, s, last + (size_t)h * K * V);
  }
}

EXPORT(linearScanGradScratch) int linearScanGradScratch(int T, int K, int V, int decayed) {
  Sizes s = sizesOf(K, V);
  int states = decayed ? roundUp(T, C) / C * s.Kp * s.Vp + roundUp(T, C) : 0;
  return 2 * s.Kp * s.Vp + 6 * C * s.Kp + 6 * C * s.Vp + 3 * C * C + states;
}

// gradients of linearScan for dO (of o) and dLast (of the last state); dg is written only with g
EXPORT(linearScanGrad) void linearScanGrad(int heads, int T, int K, int V, const float *q, const float *k, const float *v,
                                           const float *g, const float *state, const float *dO, const float *dLast,
                                           float *dq, float *dk, float *dv, float *dg, float *dState, float *scratch) {
  Sizes s = sizesOf(K, V);
  int area = s.Kp * s.Vp, blocks = roundUp(T, C) / C;
  float *S = scratch, *ST = S + area;
  float *qb = ST + area, *kb = qb + C * s.Kp, *kT = kb + C * s.Kp, *qT = kT + C * s.Kp, *dK = qT + C * s.Kp;
  float *kScaled = dK + C * s.Kp;
  float *vb = kScaled + C * s.Kp, *gb = vb + C * s.Vp, *vT = gb + C * s.Vp, *gT = vT + C * s.Vp, *dV = gT + C * s.Vp;
  float *gScaled = dV + C * s.Vp;
  float *P = gScaled + C * s.Vp, *A = P + C * C, *none = A + C * C;
  float *through = none + C * C, *states = through + (g ? blocks * C : 0);
  Decay decay;
  fill(none, 0.f, C * C);
  for (int h = 0; h < heads; h++) {
    // forward: dq, and with decay the state before each block and q_i . dq_i as far as it came through that state
    loadState(state ? state + (size_t)h * K * V : 0, s, S);
    transposeRows(S, s.Kp, s.Vp, ST);
    for (int t = 0; t < T; t += C) {
      int count = atMost(T - t, C);
      size_t row = (size_t)h * T + t;
      const float *kc = rowsOf(k + row * K, count, K, s.Kp, kb), *vc = rowsOf(v + row * V, count, V, s.Vp, vb);
      const float *gc = rowsOf(dO + row * V, count, V, s.Vp, gb), *added = kc;
      transposeRows(vc, C, s.Vp, vT);
      triangle(gc, vT, s.Vp, P);
      if (g) {
        const float *qc = rowsOf(q + row * K, count, K, s.Kp, qb);
        decayOf(g + row, count, &decay);
        copy(ST, states + (size_t)(t / C) * area, area);
        stateAndBlock(gc, ST, s.Vp, decay.fromStart, none, kc, s.Kp, dK);
        for (int i = 0; i < C; i++) through[t + i] = dot(qc + i * s.Kp, dK + i * s.Kp, s.Kp);
        weigh(P, decay.between);
        scaleRows(kc, decay.toEnd, s.Kp, kScaled);
        added = kScaled;
      }
      stateAndBlock(gc, ST, s.Vp, g ? decay.fromStart : 0, P, kc, s.Kp, dK);
      writeRows(dK, count, K, s.Kp, dq + row * K);
      addOuter(ST, g ? decay.whole : 1.f, vc, s.Vp, added, s.Kp);
    }
    // backward: S is now the gradient of the state after the block
    loadState(dLast ? dLast + (size_t)h * K * V : 0, s, S);
    for (int t = (blocks - 1) * C; t >= 0; t -= C) {
      int count = atMost(T - t, C);
      size_t row = (size_t)h * T + t;
      const float *qc = rowsOf(q + row * K, count, K, s.Kp, qb), *kc = rowsOf(k + row * K, count, K, s.Kp, kb);
      const float *vc = rowsOf(v + row * V, count, V, s.Vp, vb), *gc = rowsOf(dO + row * V, count, V, s.Vp, gb);
      const float *added = gc;
      transposeRows(kc, C, s.Kp, kT);
      triangle(qc, kT, s.Kp, A);
      transposeRows(vc, C, s.Vp, vT);
      triangle(gc, vT, s.Vp, P);
      transposeRows(S, s.Kp, s.Vp, ST);
      if (g) {
        decayOf(g + row, count, &decay);
        // dg_t = exp(g_t) <S_{t-1}, R_t>: pairs across t inside the block, state to inside, inside to later, state to later
        float across = decay.whole * dot(states + (size_t)(t / C) * area, ST, area);
        stateAndLater(vc, ST, s.Vp, decay.toEnd, none, qc, s.Kp, dK);
        float later[C], pairs[C];
        fill(pairs, 0.f, C);
        float inside = 0.f;
        for (int j = 0; j < C; j++) {
          later[j] = inside;
          inside += dot(kc + j * s.Kp, dK + j * s.Kp, s.Kp);
        }
        float earlier = 0.f;
        for (int m = C - 1; m >= 0; m--) {
          float sum = 0.f;
          for (int j = 0; j < m; j++) {
            pairs[j] += P[m * C + j] * A[m * C + j] * decay.between[m * C + j];
            sum += pairs[j];
          }
          earlier += through[t + m];
          if (m < count) dg[row + m] = across + sum + earlier + later[m];
        }
        weigh(A, decay.between);
        weigh(P, decay.between);
        scaleRows(gc, decay.fromStart, s.Vp, gScaled);
        added = gScaled;
      }
      stateAndLater(vc, ST, s.Vp, g ? decay.toEnd : 0, P, qc, s.Kp, dK);
      writeRows(dK, count, K, s.Kp, dk + row * K);
      stateAndLater(kc, S, s.Kp, g ? decay.toEnd : 0, A, gc, s.Vp, dV);
      writeRows(dV, count, V, s.Vp, dv + row * V);
      addOuter(S, g ? decay.whole : 1.f, qc, s.Kp, added, s.Vp);
    }
    writeState(S, s, dState + (size_t)h * K * V);
  }
}
