// Element-wise passes over activations in oneDNN's blocked layout nChw16c.
//
// An activation of one batch is [images][blocks][area][16]: `blocks` = channels / 16, rounded up;
// lanes beyond the last channel hold zero. Masks have one bit a value, 16 bits a pixel and block.
// Every pointer to blocked values is 64-byte aligned. No function's result for an image depends on
// the other images.
#ifndef ROBEVAL_KERNELS_H
#define ROBEVAL_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/// The extent of an activation of one batch.
typedef struct {
  size_t images, blocks, area;
} kernels_shape;

/// output = scale·input + shift per channel; `scale` and `shift` hold blocks·16 values.
void kernels_affine(
    kernels_shape shape, const float *input, const float *scale, const float *shift, float *output);

/// output = max(scale·input + shift, 0); `mask` receives output > 0 unless it is null.
void kernels_affine_relu(
    kernels_shape shape, const float *input, const float *scale, const float *shift, float *output,
    uint16_t *mask);

/// output = max(input, 0); `mask` receives output > 0 unless it is null. May work in place.
void kernels_relu(kernels_shape shape, const float *input, float *output, uint16_t *mask);

/// mask = input > 0.
void kernels_mask(kernels_shape shape, const float *input, uint16_t *mask);

/// sum = left + right. May work in place.
void kernels_add(kernels_shape shape, const float *left, const float *right, float *sum);

/// gradient = cotangent where the mask is set, otherwise 0. May work in place.
void kernels_apply_mask(
    kernels_shape shape, const float *cotangent, const uint16_t *mask, float *gradient);

/// sum = left + right where the mask is set, otherwise 0. May work in place.
void kernels_add_masked(
    kernels_shape shape, const float *left, const float *right, const uint16_t *mask, float *sum);

/// gradient = scale·cotangent where the mask is set (everywhere if it is null), otherwise 0; plus
/// `addend` unless that is null. `gradient` may be `cotangent` or `addend`.
void kernels_affine_backward(
    kernels_shape shape, const float *cotangent, const float *scale, const uint16_t *mask,
    const float *addend, float *gradient);

/// Planar images [images][channels][area] to blocks, as (x − mean) / deviation per channel;
/// the channels between `channels` and blocks·16 become zero.
void kernels_pack(
    kernels_shape shape, size_t channels, const float *planar, const float *mean,
    const float *deviation, float *blocked);

/// Planar images as (x − mean) / deviation per channel; they stay planar.
void kernels_normalize_planar(
    kernels_shape shape, size_t channels, const float *planar, const float *mean,
    const float *deviation, float *normalized);

/// Blocks to planar images, divided by the deviation per channel.
void kernels_unpack(
    kernels_shape shape, size_t channels, const float *blocked, const float *deviation,
    float *planar);

/// A window of one activation, channel by channel, copied to a window of another of equal size.
typedef struct {
  /// Blocks, height and width of the whole activation, and the window's first row and column.
  size_t blocks, height, width, top, left;
} kernels_window;

/// target[to[i]] = source[from[i]] for `count` channels, in windows of rows × columns.
void kernels_copy_channels(
    size_t images, size_t rows, size_t columns, kernels_window from_window, const int32_t *from,
    const float *source, kernels_window to_window, const int32_t *to, float *target, size_t count);

/// Blocks of images to blocks of vectors: value (channel, pixel) becomes channel·area + pixel.
void kernels_flatten(kernels_shape shape, size_t channels, const float *blocked, float *vectors);

/// The inverse of kernels_flatten; the lanes beyond the last channel become zero.
void kernels_unflatten(kernels_shape shape, size_t channels, const float *vectors, float *blocked);

#endif
