// Batch normalisation over activations in oneDNN's blocked layout, see kernels.h.
//
// Sums over a batch are made of one row of doubles for each image, [images][blocks·16], so that
// they do not depend on how images are dealt out to threads.
#ifndef ROBEVAL_NORMALIZATION_H
#define ROBEVAL_NORMALIZATION_H

#include "kernels.h"

/// mean = Σ input / area and squares = Σ (input − mean)², for each image and channel.
void kernels_moments(kernels_shape shape, const float *input, double *mean, double *squares);

/// output = (input − mean)·scale + shift, plus `addend` unless that is null; then, unless `mask` is
/// null, the maximum with 0, and `mask` receives output > 0.
void kernels_normalize(
    kernels_shape shape, const float *input, const float *mean, const float *scale,
    const float *shift, const float *addend, float *output, uint16_t *mask);

/// sums = Σ cotangent and products = Σ cotangent·(input − mean), for each image and channel, over
/// the pixels where the mask is set (all if it is null).
void kernels_cotangent_sums(
    kernels_shape shape, const float *cotangent, const uint16_t *mask, const float *input,
    const float *mean, double *sums, double *products);

/// gradient = scale·(cotangent − share − (input − mean)·slope), plus `addend` unless that is null;
/// the cotangent counts as 0 where the mask is not set (unless that is null). `gradient` may be
/// `cotangent` or `addend`.
void kernels_normalize_backward(
    kernels_shape shape, const float *cotangent, const uint16_t *mask, const float *input,
    const float *mean, const float *scale, const float *share, const float *slope,
    const float *addend, float *gradient);

/// The mean and the biased variance of each of blocks·16 channels over a batch, from the results of
/// `kernels_moments`.
void kernels_combine_moments(
    kernels_shape shape, const double *mean, const double *squares, double *batch_mean,
    double *batch_variance);

/// total = Σ over the images, for each of blocks·16 channels.
void kernels_total(kernels_shape shape, const double *parts, double *total);

#endif
