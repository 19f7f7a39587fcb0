// What all kernels share: one pixel of one block as a vector, masks, and clones for processors.
#ifndef ROBEVAL_LANES_H
#define ROBEVAL_LANES_H

#include <stdint.h>

// Bits must not depend on the machine: no contraction into fused multiply-adds.
#pragma STDC FP_CONTRACT OFF

// The resolvers of target_clones run before ThreadSanitizer's own start-up.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define VECTORISED
#endif
#endif
#if !defined(VECTORISED) && defined(__x86_64__)
#define VECTORISED                                                                                 \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#endif
#ifndef VECTORISED
#define VECTORISED
#endif

enum { LANES = 16 };

// One pixel of one block. Vectors, because the compiler does not find masks in scalar loops;
// macros, because clones of a helper would each pass vectors in another way.
typedef float lanes __attribute__((ext_vector_type(LANES), may_alias));
typedef int integers __attribute__((ext_vector_type(LANES)));
typedef _Bool bits __attribute__((ext_vector_type(LANES)));
typedef union {
  bits set;
  uint16_t word;
} mask_word;

#define RECTIFIED(values) ((values) > 0 ? (values) : (lanes)(0))
#define POSITIVE(values) (((mask_word){.set = __builtin_convertvector((values) > 0, bits)}).word)
#define KEPT(mask, values)                                                                         \
  (-__builtin_convertvector(((mask_word){.word = (mask)}).set, integers) ? (values) : (lanes)(0))

#endif
