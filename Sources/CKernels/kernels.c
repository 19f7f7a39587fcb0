#include "kernels.h"

#include "lanes.h"

#include <string.h>

VECTORISED
void kernels_affine(
    kernels_shape shape, const float *input, const float *scale, const float *shift,
    float *output) {
  for (size_t plane = 0; plane < shape.images * shape.blocks; plane++) {
    lanes a = ((const lanes *)scale)[plane % shape.blocks];
    lanes b = ((const lanes *)shift)[plane % shape.blocks];
    for (size_t pixel = plane * shape.area; pixel < (plane + 1) * shape.area; pixel++)
      ((lanes *)output)[pixel] = ((const lanes *)input)[pixel] * a + b;
  }
}

VECTORISED
void kernels_affine_relu(
    kernels_shape shape, const float *input, const float *scale, const float *shift, float *output,
    uint16_t *mask) {
  for (size_t plane = 0; plane < shape.images * shape.blocks; plane++) {
    lanes a = ((const lanes *)scale)[plane % shape.blocks];
    lanes b = ((const lanes *)shift)[plane % shape.blocks];
    for (size_t pixel = plane * shape.area; pixel < (plane + 1) * shape.area; pixel++) {
      lanes y = RECTIFIED(((const lanes *)input)[pixel] * a + b);
      if (mask) mask[pixel] = POSITIVE(y);
      ((lanes *)output)[pixel] = y;
    }
  }
}

VECTORISED
void kernels_relu(kernels_shape shape, const float *input, float *output, uint16_t *mask) {
  for (size_t pixel = 0; pixel < shape.images * shape.blocks * shape.area; pixel++) {
    lanes y = RECTIFIED(((const lanes *)input)[pixel]);
    if (mask) mask[pixel] = POSITIVE(y);
    ((lanes *)output)[pixel] = y;
  }
}

VECTORISED
void kernels_mask(kernels_shape shape, const float *input, uint16_t *mask) {
  for (size_t pixel = 0; pixel < shape.images * shape.blocks * shape.area; pixel++)
    mask[pixel] = POSITIVE(((const lanes *)input)[pixel]);
}

VECTORISED
void kernels_add(kernels_shape shape, const float *left, const float *right, float *sum) {
  for (size_t pixel = 0; pixel < shape.images * shape.blocks * shape.area; pixel++)
    ((lanes *)sum)[pixel] = ((const lanes *)left)[pixel] + ((const lanes *)right)[pixel];
}

VECTORISED
void kernels_apply_mask(
    kernels_shape shape, const float *cotangent, const uint16_t *mask, float *gradient) {
  for (size_t pixel = 0; pixel < shape.images * shape.blocks * shape.area; pixel++)
    ((lanes *)gradient)[pixel] = KEPT(mask[pixel], ((const lanes *)cotangent)[pixel]);
}

VECTORISED
void kernels_add_masked(
    kernels_shape shape, const float *left, const float *right, const uint16_t *mask,
    float *sum) {
  for (size_t pixel = 0; pixel < shape.images * shape.blocks * shape.area; pixel++) {
    lanes total = ((const lanes *)left)[pixel] + ((const lanes *)right)[pixel];
    ((lanes *)sum)[pixel] = KEPT(mask[pixel], total);
  }
}

VECTORISED
void kernels_affine_backward(
    kernels_shape shape, const float *cotangent, const float *scale, const uint16_t *mask,
    const float *addend, float *gradient) {
  for (size_t plane = 0; plane < shape.images * shape.blocks; plane++) {
    lanes a = ((const lanes *)scale)[plane % shape.blocks];
    for (size_t pixel = plane * shape.area; pixel < (plane + 1) * shape.area; pixel++) {
      lanes scaled = ((const lanes *)cotangent)[pixel] * a;
      if (mask) scaled = KEPT(mask[pixel], scaled);
      if (addend) scaled = ((const lanes *)addend)[pixel] + scaled;
      ((lanes *)gradient)[pixel] = scaled;
    }
  }
}

void kernels_pack(
    kernels_shape shape, size_t channels, const float *planar, const float *mean,
    const float *deviation, float *blocked) {
  memset(blocked, 0, shape.images * shape.blocks * shape.area * LANES * sizeof *blocked);
  for (size_t image = 0; image < shape.images; image++)
    for (size_t channel = 0; channel < channels; channel++) {
      const float *x = planar + (image * channels + channel) * shape.area;
      float *y = blocked + (image * shape.blocks + channel / LANES) * shape.area * LANES;
      for (size_t pixel = 0; pixel < shape.area; pixel++)
        y[pixel * LANES + channel % LANES] = (x[pixel] - mean[channel]) / deviation[channel];
    }
}

VECTORISED
void kernels_normalize_planar(
    kernels_shape shape, size_t channels, const float *planar, const float *mean,
    const float *deviation, float *normalized) {
  for (size_t plane = 0; plane < shape.images * channels; plane++) {
    float m = mean[plane % channels], d = deviation[plane % channels];
    const float *x = planar + plane * shape.area;
    float *y = normalized + plane * shape.area;
    for (size_t pixel = 0; pixel < shape.area; pixel++) y[pixel] = (x[pixel] - m) / d;
  }
}

void kernels_unpack(
    kernels_shape shape, size_t channels, const float *blocked, const float *deviation,
    float *planar) {
  for (size_t image = 0; image < shape.images; image++)
    for (size_t channel = 0; channel < channels; channel++) {
      const float *x = blocked + (image * shape.blocks + channel / LANES) * shape.area * LANES;
      float *y = planar + (image * channels + channel) * shape.area;
      for (size_t pixel = 0; pixel < shape.area; pixel++)
        y[pixel] = x[pixel * LANES + channel % LANES] / deviation[channel];
    }
}

void kernels_copy_channels(
    size_t images, size_t rows, size_t columns, kernels_window from_window, const int32_t *from,
    const float *source, kernels_window to_window, const int32_t *to, float *target,
    size_t count) {
  for (size_t image = 0; image < images; image++)
    for (size_t i = 0; i < count; i++) {
      size_t a = (size_t)from[i], b = (size_t)to[i];
      const float *x = source + ((image * from_window.blocks + a / LANES) * from_window.height *
                                     from_window.width * LANES + a % LANES);
      float *y = target + ((image * to_window.blocks + b / LANES) * to_window.height *
                               to_window.width * LANES + b % LANES);
      for (size_t row = 0; row < rows; row++)
        for (size_t column = 0; column < columns; column++)
          y[((to_window.top + row) * to_window.width + to_window.left + column) * LANES] =
              x[((from_window.top + row) * from_window.width + from_window.left + column) * LANES];
    }
}

void kernels_flatten(kernels_shape shape, size_t channels, const float *blocked, float *vectors) {
  size_t length = (channels * shape.area + LANES - 1) / LANES * LANES;
  memset(vectors, 0, shape.images * length * sizeof *vectors);
  for (size_t image = 0; image < shape.images; image++)
    for (size_t channel = 0; channel < channels; channel++)
      for (size_t pixel = 0; pixel < shape.area; pixel++)
        vectors[image * length + channel * shape.area + pixel] =
            blocked[((image * shape.blocks + channel / LANES) * shape.area + pixel) * LANES +
                    channel % LANES];
}

void kernels_unflatten(
    kernels_shape shape, size_t channels, const float *vectors, float *blocked) {
  size_t length = (channels * shape.area + LANES - 1) / LANES * LANES;
  memset(blocked, 0, shape.images * shape.blocks * shape.area * LANES * sizeof *blocked);
  for (size_t image = 0; image < shape.images; image++)
    for (size_t channel = 0; channel < channels; channel++)
      for (size_t pixel = 0; pixel < shape.area; pixel++)
        blocked[((image * shape.blocks + channel / LANES) * shape.area + pixel) * LANES +
                channel % LANES] = vectors[image * length + channel * shape.area + pixel];
}
