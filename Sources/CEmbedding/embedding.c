#include "embedding.h"

#include <string.h>

// A fused product would make other bits where a processor has one.
#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__) && !__has_feature(thread_sanitizer)
#define CLONED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CLONED
#endif

#define LANES 8
typedef double lanes __attribute__((ext_vector_type(LANES)));

static double sum(const lanes *values) {
  double total = 0;
  for (int lane = 0; lane < LANES; lane++) total += (*values)[lane];
  return total;
}

CLONED void embedding_forces(
    const double *joint, const double *xs, const double *ys, double x, double y, size_t count,
    double sums[5]) {
  lanes weight = 0, pullX = 0, pullY = 0, pushX = 0, pushY = 0;
  size_t start = 0;
  for (; start + LANES <= count; start += LANES) {
    lanes p, otherX, otherY;
    memcpy(&p, joint + start, sizeof p);
    memcpy(&otherX, xs + start, sizeof otherX);
    memcpy(&otherY, ys + start, sizeof otherY);
    lanes dx = x - otherX, dy = y - otherY;
    lanes w = 1 / (1 + dx * dx + dy * dy);
    lanes pull = p * w, push = w * w;
    weight += w;
    pullX += pull * dx;
    pullY += pull * dy;
    pushX += push * dx;
    pushY += push * dy;
  }
  sums[0] += sum(&weight);
  sums[1] += sum(&pullX);
  sums[2] += sum(&pullY);
  sums[3] += sum(&pushX);
  sums[4] += sum(&pushY);
  for (; start < count; start++) {
    double dx = x - xs[start], dy = y - ys[start], w = 1 / (1 + dx * dx + dy * dy);
    sums[0] += w;
    sums[1] += joint[start] * w * dx;
    sums[2] += joint[start] * w * dy;
    sums[3] += w * w * dx;
    sums[4] += w * w * dy;
  }
}
