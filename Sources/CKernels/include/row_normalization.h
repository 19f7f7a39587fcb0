// Channels divided by their norms, in oneDNN's blocked layout, see kernels.h.
#ifndef ROBEVAL_ROW_NORMALIZATION_H
#define ROBEVAL_ROW_NORMALIZATION_H

#include "kernels.h"

/// output = input·factor/max(‖channel‖, epsilon); `factors` holds blocks·16 values, `norms` receives as
/// many for each image: what was divided by.
void kernels_row_norm(
    kernels_shape shape, double epsilon, const float *factors, const float *input, float *norms,
    float *output);

/// The way back, and for each image and channel the sum of cotangent·input/norm in `sums`.
/// `gradient` may be `cotangent`.
void kernels_row_norm_backward(
    kernels_shape shape, double epsilon, const float *factors, const float *input,
    const float *norms, const float *cotangent, float *gradient, double *sums);

#endif
