// Layer normalisation and mean-centred sparsification over activations in oneDNN's blocked layout, see
// kernels.h.
#ifndef ROBEVAL_LAYER_NORMALIZATION_H
#define ROBEVAL_LAYER_NORMALIZATION_H

#include "kernels.h"

/// output = (input − center)·factor·scale + shift, where center is the mean of the channels of one
/// pixel and factor is 1/√(variance + epsilon); `centers` and `factors` hold images·area values.
void kernels_layer_norm(
    kernels_shape shape, size_t channels, double epsilon, const float *input, const float *scale,
    const float *shift, float *centers, float *factors, float *output);

/// gradient = factor·(h − mean h − x̂·mean(h·x̂)), h = scale·cotangent, means over the channels of a
/// pixel. `gradient` may be `cotangent`.
void kernels_layer_norm_backward(
    kernels_shape shape, size_t channels, const float *input, const float *centers,
    const float *factors, const float *scale, const float *cotangent, float *gradient);

/// sums = Σ cotangent and products = Σ cotangent·x̂ over the pixels, for each image and channel.
void kernels_layer_norm_sums(
    kernels_shape shape, const float *input, const float *centers, const float *factors,
    const float *cotangent, double *sums, double *products);

/// output = mean where |input − mean| < threshold·√variance, else input.
void kernels_mean_sparse(
    kernels_shape shape, const float *mean, const float *variance, float threshold,
    const float *input, float *output);

/// gradient = cotangent, but 0 where the output is the mean. `gradient` may be `cotangent`.
void kernels_mean_sparse_backward(
    kernels_shape shape, const float *mean, const float *variance, float threshold,
    const float *input, const float *cotangent, float *gradient);

#endif
