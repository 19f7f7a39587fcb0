// The three one-dimensional transforms of F(4, 3) with the points 0, ±5/8, ±3/2 and ∞.
//
// Source: Lavin & Gray, CVPR 2016, §4.3: y = Aᵀ((G g) ⊙ (Bᵀ d)), where the points are 0, ±1, ±2 and
// ∞; these halve the rounding error, and all factors of Bᵀ and Aᵀ are exact.
#ifndef ROBEVAL_WINOGRAD_TRANSFORMS_H
#define ROBEVAL_WINOGRAD_TRANSFORMS_H

#include "lanes.h"

// Left to itself the compiler would split vectors, to spare processors whose clock suffers.
#if defined(__x86_64__)
#define FOR_AVX512 __attribute__((target("arch=x86-64-v4"), min_vector_width(512)))
#else
#define FOR_AVX512
#endif
#define INLINED static inline __attribute__((always_inline)) FOR_AVX512
#define UNROLLED _Pragma("clang loop unroll(full)")

enum { TAPS = 3, STEP = 4, SPAN = 6, POINTS = SPAN * SPAN };

#define FUSED(factor, values, sum) __builtin_elementwise_fma((lanes)(factor), (values), (sum))

#define A 0.625f
#define B 1.5f
// 1 / (2a²(a² − b²)) and 1 / (2b²(b² − a²))
#define SCALE_A (1 / (2 * A * A * (A * A - B * B)))
#define SCALE_B (1 / (2 * B * B * (B * B - A * A)))

// u = G g
INLINED void transform_kernel(const lanes g[TAPS], lanes u[SPAN]) {
  lanes outer_a = FUSED(A * A, g[2], g[0]) * SCALE_A, middle_a = g[1] * (A * SCALE_A);
  lanes outer_b = FUSED(B * B, g[2], g[0]) * SCALE_B, middle_b = g[1] * (B * SCALE_B);
  u[0] = g[0] * (1 / (A * A * B * B));
  u[1] = outer_a + middle_a;
  u[2] = outer_a - middle_a;
  u[3] = outer_b + middle_b;
  u[4] = outer_b - middle_b;
  u[5] = g[2];
}

// v = Bᵀ d
INLINED void transform_pixels(const lanes d[SPAN], lanes v[SPAN]) {
  lanes even_a = FUSED(-B * B, d[2], d[4]), odd_a = FUSED(-B * B, d[1], d[3]);
  lanes even_b = FUSED(-A * A, d[2], d[4]), odd_b = FUSED(-A * A, d[1], d[3]);
  v[0] = FUSED(A * A * B * B, d[0], FUSED(-(A * A + B * B), d[2], d[4]));
  v[1] = FUSED(A, odd_a, even_a);
  v[2] = FUSED(-A, odd_a, even_a);
  v[3] = FUSED(B, odd_b, even_b);
  v[4] = FUSED(-B, odd_b, even_b);
  v[5] = FUSED(A * A * B * B, d[1], FUSED(-(A * A + B * B), d[3], d[5]));
}

// y = Aᵀ m
INLINED void transform_sums(const lanes m[SPAN], lanes y[STEP]) {
  lanes even_a = m[1] + m[2], odd_a = m[1] - m[2], even_b = m[3] + m[4], odd_b = m[3] - m[4];
  y[0] = m[0] + even_a + even_b;
  y[1] = FUSED(B, odd_b, odd_a * A);
  y[2] = FUSED(B * B, even_b, even_a * (A * A));
  y[3] = FUSED(B * B * B, odd_b, FUSED(A * A * A, odd_a, m[5]));
}

#endif
