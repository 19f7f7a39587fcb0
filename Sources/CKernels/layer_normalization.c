#include "layer_normalization.h"

#include "lanes.h"

typedef double doubles __attribute__((ext_vector_type(LANES), may_alias));

// So many pixels are done at once, because blocks of one pixel lie far apart.
enum { PIXELS = 8 };

#define WIDENED(values) __builtin_convertvector((values), doubles)
// Inlined into every clone; by pointers, because clones pass vectors in different ways.
#define INLINED static inline __attribute__((always_inline))

/// The sum of all lanes, always in the same order.
INLINED double across(const doubles *values) {
  double sums[4] = {0};
  for (size_t lane = 0; lane < LANES; lane += 4)
    for (size_t chain = 0; chain < 4; chain++) sums[chain] += (*values)[lane + chain];
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

/// Ones for the channels of a block, zeros beyond the last.
INLINED void inside(size_t channels, size_t block, lanes *result) {
  for (size_t lane = 0; lane < LANES; lane++)
    (*result)[lane] = block * LANES + lane < channels ? 1.0f : 0.0f;
}

VECTORISED
void kernels_layer_norm(
    kernels_shape shape, size_t channels, double epsilon, const float *input, const float *scale,
    const float *shift, float *centers, float *factors, float *output) {
  lanes present = 0;
  inside(channels, shape.blocks - 1, &present);
  for (size_t image = 0; image < shape.images; image++)
    for (size_t start = 0; start < shape.area; start += PIXELS) {
      size_t count = shape.area - start < PIXELS ? shape.area - start : PIXELS;
      const lanes *x = (const lanes *)input + image * shape.blocks * shape.area + start;
      lanes *y = (lanes *)output + image * shape.blocks * shape.area + start;
      float *center = centers + image * shape.area + start;
      float *factor = factors + image * shape.area + start;
      doubles sums[PIXELS] = {0}, squares[PIXELS] = {0};
      // Lanes beyond the last channel hold zeros.
      for (size_t block = 0; block < shape.blocks; block++)
        for (size_t pixel = 0; pixel < count; pixel++)
          sums[pixel] += WIDENED(x[block * shape.area + pixel]);
      for (size_t pixel = 0; pixel < count; pixel++)
        center[pixel] = (float)(across(&sums[pixel]) / (double)channels);
      for (size_t block = 0; block < shape.blocks; block++)
        for (size_t pixel = 0; pixel < count; pixel++) {
          lanes deviation = x[block * shape.area + pixel] - center[pixel];
          if (block == shape.blocks - 1) deviation *= present;
          squares[pixel] += WIDENED(deviation) * WIDENED(deviation);
        }
      for (size_t pixel = 0; pixel < count; pixel++) {
        double variance = across(&squares[pixel]) / (double)channels;
        factor[pixel] = (float)(1 / __builtin_sqrt(variance + epsilon));
      }
      for (size_t block = 0; block < shape.blocks; block++) {
        lanes a = ((const lanes *)scale)[block], b = ((const lanes *)shift)[block];
        for (size_t pixel = 0; pixel < count; pixel++)
          y[block * shape.area + pixel] =
              (x[block * shape.area + pixel] - center[pixel]) * factor[pixel] * a + b;
      }
    }
}

VECTORISED
void kernels_layer_norm_backward(
    kernels_shape shape, size_t channels, const float *input, const float *centers,
    const float *factors, const float *scale, const float *cotangent, float *gradient) {
  lanes present = 0;
  inside(channels, shape.blocks - 1, &present);
  for (size_t image = 0; image < shape.images; image++)
    for (size_t start = 0; start < shape.area; start += PIXELS) {
      size_t count = shape.area - start < PIXELS ? shape.area - start : PIXELS;
      size_t first = image * shape.blocks * shape.area + start;
      const lanes *x = (const lanes *)input + first, *c = (const lanes *)cotangent + first;
      lanes *g = (lanes *)gradient + first;
      const float *center = centers + image * shape.area + start;
      const float *factor = factors + image * shape.area + start;
      doubles sums[PIXELS] = {0}, products[PIXELS] = {0};
      for (size_t block = 0; block < shape.blocks; block++) {
        lanes a = ((const lanes *)scale)[block];
        for (size_t pixel = 0; pixel < count; pixel++) {
          size_t place = block * shape.area + pixel;
          // Beyond the last channel the cotangent is zero, hence these are.
          lanes h = a * c[place];
          sums[pixel] += WIDENED(h);
          products[pixel] += WIDENED(h * ((x[place] - center[pixel]) * factor[pixel]));
        }
      }
      float levels[PIXELS], tilts[PIXELS];
      for (size_t pixel = 0; pixel < count; pixel++) {
        levels[pixel] = (float)(across(&sums[pixel]) / (double)channels);
        tilts[pixel] = (float)(across(&products[pixel]) / (double)channels);
      }
      for (size_t block = 0; block < shape.blocks; block++) {
        lanes a = ((const lanes *)scale)[block];
        for (size_t pixel = 0; pixel < count; pixel++) {
          size_t place = block * shape.area + pixel;
          lanes normal = (x[place] - center[pixel]) * factor[pixel];
          lanes result =
              (a * c[place] - levels[pixel] - normal * tilts[pixel]) * factor[pixel];
          g[place] = block == shape.blocks - 1 ? result * present : result;
        }
      }
    }
}

VECTORISED
void kernels_layer_norm_sums(
    kernels_shape shape, const float *input, const float *centers, const float *factors,
    const float *cotangent, double *sums, double *products) {
  for (size_t plane = 0; plane < shape.images * shape.blocks; plane++) {
    const lanes *x = (const lanes *)input + plane * shape.area;
    const lanes *c = (const lanes *)cotangent + plane * shape.area;
    const float *center = centers + plane / shape.blocks * shape.area;
    const float *factor = factors + plane / shape.blocks * shape.area;
    doubles sum = 0, product = 0;
    for (size_t pixel = 0; pixel < shape.area; pixel++) {
      sum += WIDENED(c[pixel]);
      product += WIDENED(c[pixel] * ((x[pixel] - center[pixel]) * factor[pixel]));
    }
    ((doubles *)sums)[plane] = sum;
    ((doubles *)products)[plane] = product;
  }
}

/// How near to the mean a value is replaced by it.
INLINED void reach(const lanes *variance, float threshold, lanes *result) {
  for (size_t lane = 0; lane < LANES; lane++)
    (*result)[lane] = threshold * __builtin_sqrtf((*variance)[lane]);
}

VECTORISED
void kernels_mean_sparse(
    kernels_shape shape, const float *mean, const float *variance, float threshold,
    const float *input, float *output) {
  for (size_t plane = 0; plane < shape.images * shape.blocks; plane++) {
    lanes center = ((const lanes *)mean)[plane % shape.blocks];
    lanes bound = 0;
    reach((const lanes *)variance + plane % shape.blocks, threshold, &bound);
    for (size_t pixel = plane * shape.area; pixel < (plane + 1) * shape.area; pixel++) {
      lanes x = ((const lanes *)input)[pixel], distance = x - center;
      distance = distance < 0 ? -distance : distance;
      ((lanes *)output)[pixel] = distance < bound ? center : x;
    }
  }
}

VECTORISED
void kernels_mean_sparse_backward(
    kernels_shape shape, const float *mean, const float *variance, float threshold,
    const float *input, const float *cotangent, float *gradient) {
  for (size_t plane = 0; plane < shape.images * shape.blocks; plane++) {
    lanes center = ((const lanes *)mean)[plane % shape.blocks];
    lanes bound = 0;
    reach((const lanes *)variance + plane % shape.blocks, threshold, &bound);
    for (size_t pixel = plane * shape.area; pixel < (plane + 1) * shape.area; pixel++) {
      lanes distance = ((const lanes *)input)[pixel] - center;
      distance = distance < 0 ? -distance : distance;
      ((lanes *)gradient)[pixel] =
          distance < bound ? (lanes)(0) : ((const lanes *)cotangent)[pixel];
    }
  }
}
