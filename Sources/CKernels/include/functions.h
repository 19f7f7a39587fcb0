// Functions of one value and products over activations in oneDNN's blocked layout, see kernels.h.
//
// Exponentials are our own, so that a value's bits depend on nothing but the value: neither on
// where it stands in memory nor on the machine's vectors.
#ifndef ROBEVAL_FUNCTIONS_H
#define ROBEVAL_FUNCTIONS_H

#include "kernels.h"

/// The functions of Graphs.ElementFunction.
typedef enum {
  kernels_sigmoid,
  kernels_tanh,
  kernels_gelu,
  kernels_tanh_gelu,
  kernels_quick_gelu,
  kernels_softplus,
  kernels_hard_swish,
  /// x or first·x.
  kernels_leaky_relu,
  /// x or first·(exp(x) − 1).
  kernels_elu,
  /// first·x + second within 0…1.
  kernels_hard_sigmoid,
  /// x within first…second.
  kernels_clamp,
} kernels_function_name;

/// A function and its numbers.
typedef struct {
  kernels_function_name name;
  float first, second;
} kernels_function;

/// output = function(input); the lanes beyond the last channel become zero. May work in place.
void kernels_apply(
    kernels_shape shape, size_t channels, kernels_function function, const float *input,
    float *output);

/// gradient = cotangent·function′(input). `gradient` may be `cotangent`.
void kernels_apply_backward(
    kernels_shape shape, kernels_function function, const float *input, const float *cotangent,
    float *gradient);

/// product = left·right; `right` has shape.area pixels or 1, which `right_area` says.
void kernels_multiply(
    kernels_shape shape, const float *left, size_t right_area, const float *right, float *product);

/// sums = Σ left·right over the pixels, for each image and channel.
void kernels_product_sums(
    kernels_shape shape, const float *left, const float *right, float *sums);

#endif
