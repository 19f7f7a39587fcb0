// The exponential function that all kernels share, so that a value's bits depend on nothing else.
#ifndef ROBEVAL_EXPONENTIAL_H
#define ROBEVAL_EXPONENTIAL_H

#include "lanes.h"

// Inlined into every clone; by pointers, because clones pass vectors in different ways.
#define INLINED static inline __attribute__((always_inline))

/// exp(x) = power·(1 + fraction) for x ≤ 0, to 2 units in the last place; power is 2ⁿ, or 0 where
/// exp(x) is below 2⁻¹²⁵. What is not a number stays so.
INLINED void exponential(const lanes *x, lanes *power, lanes *fraction) {
  lanes bounded = *x < -86.5f ? (lanes)(-86.5f) : *x;
  // Adding 1.5·2²³ rounds to a whole number, which then stands in the last bits.
  lanes shifted = bounded * 1.44269504f + 12582912.0f;
  lanes n = shifted - 12582912.0f;
  // log 2 in two parts, of which the first has so few digits that its product with n is exact.
  lanes r = (bounded - n * 0.693145752f) - n * 1.42860677e-6f;
  lanes tail = r * (1 / 5040.0f) + 1 / 720.0f;
  tail = tail * r + 1 / 120.0f;
  tail = tail * r + 1 / 24.0f;
  tail = tail * r + 1 / 6.0f;
  tail = tail * r + 0.5f;
  *fraction = r + r * r * tail;
  union {
    lanes values;
    integers words;
  } exponent = {.values = shifted};
  exponent.words = (exponent.words - 0x4b400000 + 127) << 23;
  *power = *x < -86.5f ? (lanes)(0) : exponent.values;
}

#endif
