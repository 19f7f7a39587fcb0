// Convolutions with 3×3 kernels in steps of one pixel by Winograd's F(4×4, 3×3), on activations in
// oneDNN's blocked layout, see kernels.h.
//
// Every tile of 4×4 results takes 36 products a pair of channels instead of 144. Each sum over
// channels is one chain of fused multiply-adds in the order of the channels, so that no image's
// bits depend on the other images or on how they are dealt out to threads. Needs AVX-512.
//
// Source: Lavin & Gray, Fast algorithms for convolutional neural networks, CVPR 2016, §4.3.
#ifndef ROBEVAL_WINOGRAD_H
#define ROBEVAL_WINOGRAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The extents of a convolution.
typedef struct {
  /// Images, and blocks of 16 channels of the input and the output.
  size_t images, inputs, outputs;
  /// Pixels of the input, and zeros on every side of it: 0, 1 or 2.
  size_t height, width, padding;
} winograd_shape;

/// Where the weights are.
typedef struct {
  /// [3·3][16]: sixteen outputs' kernels of one input channel, 64-byte aligned.
  const float *values;
  /// The distance, in floats, to the next block of outputs and to the next input channel.
  size_t output_stride, input_stride;
  /// Whether kernels are turned by 180°, as going backward through a convolution wants them.
  bool turned;
} winograd_weights;

/// What becomes of the sums.
typedef struct {
  /// One value an output channel, in whole blocks; null for none.
  const float *bias;
  /// Whether the values already at the destination are added.
  bool adds;
  /// Whether the maximum with 0 is stored.
  bool rectifies;
  /// Receives output > 0 unless it is null.
  uint16_t *mask;
} winograd_finish;

/// How many floats a call works in.
size_t winograd_scratch(winograd_shape shape);

/// output = weights ∗ input, finished. `scratch` is 64-byte aligned; its values do not matter.
void winograd_convolve(
    winograd_shape shape, const float *input, winograd_weights weights, winograd_finish finish,
    float *output, float *scratch);

#endif
