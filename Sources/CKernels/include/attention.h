// Attention, and values at other places, over activations in oneDNN's blocked layout, see kernels.h.
#ifndef ROBEVAL_ATTENTION_H
#define ROBEVAL_ATTENTION_H

#include "kernels.h"

/// Which positions see each other.
typedef struct {
  /// Into how many heads channels are split, and how many channels each has.
  size_t heads, width;
  /// How many windows there are, and how many queries and keys each has.
  size_t windows, queries, keys;
  /// What products of queries and keys are multiplied by.
  float scale;
  /// The pixels of queries and keys, window by window.
  const int32_t *query_places, *key_places;
  /// A number for each of them; scores of different numbers are smaller by 100. Null if none are.
  const int32_t *regions;
  /// For each query and key of a window, where in `bias` that of the first head is; null without.
  const int32_t *bias_places;
  /// How much further that of the next head is.
  size_t bias_step;
} kernels_attention;

/// Some channels of an activation.
typedef struct {
  size_t blocks, area, first;
} kernels_channels;

/// How many floats both functions need to work in.
size_t kernels_attention_room(kernels_attention attention);

/// output = softmax(scale·q·k + bias)·v for each image, head and window; `bias` may be null.
void kernels_attend(
    kernels_attention attention, size_t images, kernels_channels query_channels,
    const float *queries, kernels_channels key_channels, const float *keys,
    kernels_channels value_channels, const float *values, const float *bias,
    kernels_channels output_channels, float *output, float *room);

/// Writes the gradients of queries, keys and values at their channels, and adds those of the bias to
/// `bias_gradient`, `bias_count` doubles an image; null where it is not wanted.
void kernels_attend_backward(
    kernels_attention attention, size_t images, kernels_channels query_channels,
    const float *queries, kernels_channels key_channels, const float *keys,
    kernels_channels value_channels, const float *values, const float *bias,
    kernels_channels output_channels, const float *cotangent, float *query_gradient,
    float *key_gradient, float *value_gradient, double *bias_gradient, size_t bias_count,
    float *room);

/// target[to[i]] = source[from[i]], for each image; strides are in floats, `source_stride` may be 0.
void kernels_move(
    size_t images, size_t count, const int32_t *from, size_t source_stride, const float *source,
    const int32_t *to, size_t target_stride, float *target);

/// target[to[i]] += source[from[i]] in order, for each image.
void kernels_move_adding(
    size_t images, size_t count, const int32_t *from, size_t source_stride, const float *source,
    const int32_t *to, size_t target_stride, float *target);

/// The same of whole vectors of 16 values; places and strides are in vectors.
void kernels_move_vectors(
    size_t images, size_t count, const int32_t *from, size_t source_stride, const float *source,
    const int32_t *to, size_t target_stride, float *target);

/// The same of whole vectors of 16 values, added in order.
void kernels_move_vectors_adding(
    size_t images, size_t count, const int32_t *from, size_t source_stride, const float *source,
    const int32_t *to, size_t target_stride, float *target);

#endif
