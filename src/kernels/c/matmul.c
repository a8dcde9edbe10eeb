// C[M, N] = A B for any strides of A and B: A(i, p) = A[i * ai + p * ap], B(p, n) = B[p * bp + n * bn], C row-major.
// Blocks of B are packed into panels of 8 columns (Goto, van de Geijn 2008, https://doi.org/10.1145/1356052.1356053),
// A is packed only where its rows are not contiguous.
#include "simd.h"

enum { MR = 4, NV = 2, NR = NV * LANES, MC = 96, KC = 256, NC = 512 };

// floats of scratch that matmul needs
EXPORT(matmulScratch) int matmulScratch(int M, int N, int K) {
  if (M < MR || N == 1) return K + 4;
  return roundUp(atMost(N, NC), NR) * atMost(K, KC) + MC * atMost(K, KC) + MR * NR;
}

// B block [depth, columns] -> panels [columns / 8][depth][8], zeros beyond the edge
static void packB(const float *B, ptrdiff_t bp, ptrdiff_t bn, int depth, int columns, float *to) {
  for (int n = 0; n < columns; n += NR, to += (size_t)depth * NR) {
    const float *from = B + n * bn;
    int width = atMost(columns - n, NR), p = 0;
    if (width == NR && bn == 1)
      for (; p < depth; p++)
        UNROLL for (int j = 0; j < NR; j += LANES) store(to + p * NR + j, load(from + p * bp + j));
    else if (width == NR && bp == 1)
      for (; p + LANES <= depth; p += LANES)
        UNROLL for (int j = 0; j < NR; j += LANES) transpose4(from + p + j * bn, bn, to + p * NR + j, NR);
    for (; p < depth; p++)
      for (int j = 0; j < NR; j++) to[p * NR + j] = j < width ? from[p * bp + j * bn] : 0.f;
  }
}

// A block [rows, depth] -> tiles [rows / 4][depth][4], zeros beyond the edge
static void packA(const float *A, ptrdiff_t ai, ptrdiff_t ap, int rows, int depth, float *to) {
  for (int p = 0; p < depth; p++)
    for (int i = 0; i < rows; i += MR) {
      float *tile = to + (size_t)i * depth + p * MR;
      const float *from = A + i * ai + p * ap;
      int height = atMost(rows - i, MR);
      if (height == MR && ai == 1) store(tile, load(from));
      else
        for (int r = 0; r < MR; r++) tile[r] = r < height ? from[r * ai] : 0.f;
    }
}

#define BLOCK(ROWS)                                                                                         \
  do {                                                                                                      \
    f32x4 sum[ROWS][NV];                                                                                    \
    UNROLL for (int r = 0; r < ROWS; r++) UNROLL for (int n = 0; n < NV; n++)                               \
        sum[r][n] = add ? load(c + r * ldc + n * LANES) : splat(0.f);                                       \
    TILE(ROWS, NV, depth, a, ai, ap, b, NR, sum);                                                           \
    UNROLL for (int r = 0; r < ROWS; r++) UNROLL for (int n = 0; n < NV; n++)                               \
        store(c + r * ldc + n * LANES, sum[r][n]);                                                          \
  } while (0)

static void block(int rows, int depth, const float *a, ptrdiff_t ai, ptrdiff_t ap, const float *b, float *c,
                  ptrdiff_t ldc, int add) {
  switch (rows) {
    case 1: BLOCK(1); break;
    case 2: BLOCK(2); break;
    case 3: BLOCK(3); break;
    default: BLOCK(4);
  }
}

// the two full-height cases with their constant stride folded in
static __attribute__((noinline)) void blockRows(int depth, const float *a, ptrdiff_t ai, const float *b, float *c,
                                                ptrdiff_t ldc, int add) {
  const ptrdiff_t ap = 1;
  BLOCK(4);
}
static __attribute__((noinline)) void blockPacked(int depth, const float *a, const float *b, float *c, ptrdiff_t ldc,
                                                  int add) {
  const ptrdiff_t ai = 1, ap = MR;
  BLOCK(4);
}

// c[0..N) = a B with contiguous rows of B, four rows at a time: streams B once, nothing is packed
static void rowTimesRows(int N, int K, const float *a, const float *B, ptrdiff_t bp, float *c) {
  fill(c, 0.f, N);
  int p = 0;
  for (; p + 4 <= K; p += 4) {
    const float *b0 = B + p * bp, *b1 = b0 + bp, *b2 = b1 + bp, *b3 = b2 + bp;
    f32x4 x0 = splat(a[p]), x1 = splat(a[p + 1]), x2 = splat(a[p + 2]), x3 = splat(a[p + 3]);
    int n = 0;
    for (; n + LANES <= N; n += LANES)
      store(c + n, fma4(x3, load(b3 + n), fma4(x2, load(b2 + n), fma4(x1, load(b1 + n), fma4(x0, load(b0 + n), load(c + n))))));
    for (; n < N; n++) c[n] += a[p] * b0[n] + a[p + 1] * b1[n] + a[p + 2] * b2[n] + a[p + 3] * b3[n];
  }
  for (; p < K; p++) {
    const float *b = B + p * bp;
    f32x4 x = splat(a[p]);
    int n = 0;
    for (; n + LANES <= N; n += LANES) store(c + n, fma4(x, load(b + n), load(c + n)));
    for (; n < N; n++) c[n] += a[p] * b[n];
  }
}

// c[0..N) = a B with contiguous columns of B: one dot product each
static void rowTimesColumns(int N, int K, const float *a, const float *B, ptrdiff_t bp, ptrdiff_t bn, float *c) {
  for (int n = 0; n < N; n++) {
    const float *b = B + n * bn;
    f32x4 s0 = splat(0.f), s1 = s0;
    int p = 0;
    if (bp == 1)
      for (; p + 2 * LANES <= K; p += 2 * LANES) {
        s0 = fma4(load(a + p), load(b + p), s0);
        s1 = fma4(load(a + p + LANES), load(b + p + LANES), s1);
      }
    float sum = sumLanes(s0 + s1);
    for (; p < K; p++) sum += a[p] * b[p * bp];
    c[n] = sum;
  }
}

static void fewRows(int M, int N, int K, const float *A, ptrdiff_t ai, ptrdiff_t ap, const float *B, ptrdiff_t bp,
                    ptrdiff_t bn, float *C, float *row) {
  for (int i = 0; i < M; i++) {
    const float *a = A + i * ai;
    if (ap != 1) {
      for (int p = 0; p < K; p++) row[p] = a[p * ap];
      a = row;
    }
    if (bn == 1) rowTimesRows(N, K, a, B, bp, C + (size_t)i * N);
    else rowTimesColumns(N, K, a, B, bp, bn, C + (size_t)i * N);
  }
}

EXPORT(matmul) void matmul(int M, int N, int K, const float *A, int ai, int ap, const float *B, int bp, int bn, float *C,
                           float *scratch) {
  if (K == 0) {
    fill(C, 0.f, M * N);
    return;
  }
  // a column is a row of the transposed problem
  if (N == 1) {
    fewRows(1, M, K, B, 0, bp, A, ap, ai, C, scratch);
    return;
  }
  if (M < MR) {
    fewRows(M, N, K, A, ai, ap, B, bp, bn, C, scratch);
    return;
  }
  const int packed = ap != 1;
  float *panels = scratch;
  float *tiles = panels + (size_t)roundUp(atMost(N, NC), NR) * atMost(K, KC);
  float *edge = tiles + (size_t)MC * atMost(K, KC);
  for (int j0 = 0; j0 < N; j0 += NC) {
    int columns = atMost(N - j0, NC);
    for (int p0 = 0; p0 < K; p0 += KC) {
      int depth = atMost(K - p0, KC), add = p0 > 0;
      packB(B + (ptrdiff_t)p0 * bp + (ptrdiff_t)j0 * bn, bp, bn, depth, columns, panels);
      for (int i0 = 0; i0 < M; i0 += MC) {
        int rows = atMost(M - i0, MC);
        const float *Ablock = A + (ptrdiff_t)i0 * ai + (ptrdiff_t)p0 * ap;
        if (packed) packA(Ablock, ai, ap, rows, depth, tiles);
        for (int n = 0; n < columns; n += NR) {
          const float *b = panels + (size_t)n * depth;
          int width = atMost(columns - n, NR);
          for (int i = 0; i < rows; i += MR) {
            int height = atMost(rows - i, MR);
            const float *a = packed ? tiles + (size_t)i * depth : Ablock + (ptrdiff_t)i * ai;
            float *c = C + (size_t)(i0 + i) * N + j0 + n;
            if (width < NR) { // the right edge goes through a full tile
              if (add)
                for (int r = 0; r < height; r++) copy(c + (size_t)r * N, edge + r * NR, width);
              block(height, depth, a, packed ? 1 : ai, packed ? MR : 1, b, edge, NR, add);
              for (int r = 0; r < height; r++) copy(edge + r * NR, c + (size_t)r * N, width);
            } else if (height < MR) block(height, depth, a, packed ? 1 : ai, packed ? MR : 1, b, c, N, add);
            else if (packed) blockPacked(depth, a, b, c, N, add);
            else blockRows(depth, a, ai, b, c, N, add);
          }
        }
      }
    }
  }
}
