#include "normalization.h"

#include "lanes.h"

typedef double doubles __attribute__((ext_vector_type(LANES), may_alias));

// Sums are made in float over so many pixels, and from then on in double.
enum { RUN = 64, CHAINS = 4 };

#define WIDENED(values) __builtin_convertvector((values), doubles)
#define END_OF_RUN(pixel, area) ((pixel) + RUN < (area) ? (pixel) + RUN : (area))

VECTORISED
void kernels_moments(kernels_shape shape, const float *input, double *mean, double *squares) {
  for (size_t plane = 0; plane < shape.images * shape.blocks; plane++) {
    const lanes *x = (const lanes *)input + plane * shape.area;
    doubles total = 0;
    for (size_t start = 0; start < shape.area; start += RUN) {
      size_t end = END_OF_RUN(start, shape.area);
      // Several chains, because one addition waits for the one before.
      lanes sums[CHAINS] = {0};
      size_t pixel = start;
      for (; pixel + CHAINS <= end; pixel += CHAINS)
        for (size_t chain = 0; chain < CHAINS; chain++) sums[chain] += x[pixel + chain];
      for (; pixel < end; pixel++) sums[0] += x[pixel];
      total += WIDENED((sums[0] + sums[1]) + (sums[2] + sums[3]));
    }
    total /= (double)shape.area;
    // The plane is still in the cache.
    lanes center = __builtin_convertvector(total, lanes);
    doubles spread = 0;
    for (size_t start = 0; start < shape.area; start += RUN) {
      size_t end = END_OF_RUN(start, shape.area);
      lanes sums[CHAINS] = {0};
      size_t pixel = start;
      for (; pixel + CHAINS <= end; pixel += CHAINS)
        for (size_t chain = 0; chain < CHAINS; chain++) {
          lanes deviation = x[pixel + chain] - center;
          sums[chain] += deviation * deviation;
        }
      for (; pixel < end; pixel++) sums[0] += (x[pixel] - center) * (x[pixel] - center);
      spread += WIDENED((sums[0] + sums[1]) + (sums[2] + sums[3]));
    }
    // The centre is the mean but for rounding.
    doubles offset = total - WIDENED(center);
    spread -= offset * offset * (double)shape.area;
    ((doubles *)mean)[plane] = total;
    ((doubles *)squares)[plane] = spread;
  }
}

VECTORISED
void kernels_normalize(
    kernels_shape shape, const float *input, const float *mean, const float *scale,
    const float *shift, const float *addend, float *output, uint16_t *mask) {
  for (size_t plane = 0; plane < shape.images * shape.blocks; plane++) {
    lanes center = ((const lanes *)mean)[plane % shape.blocks];
    lanes a = ((const lanes *)scale)[plane % shape.blocks];
    lanes b = ((const lanes *)shift)[plane % shape.blocks];
    for (size_t pixel = plane * shape.area; pixel < (plane + 1) * shape.area; pixel++) {
      lanes y = (((const lanes *)input)[pixel] - center) * a + b;
      if (addend) y += ((const lanes *)addend)[pixel];
      if (mask) {
        y = RECTIFIED(y);
        mask[pixel] = POSITIVE(y);
      }
      ((lanes *)output)[pixel] = y;
    }
  }
}

VECTORISED
void kernels_cotangent_sums(
    kernels_shape shape, const float *cotangent, const uint16_t *mask, const float *input,
    const float *mean, double *sums, double *products) {
  for (size_t plane = 0; plane < shape.images * shape.blocks; plane++) {
    lanes center = ((const lanes *)mean)[plane % shape.blocks];
    const lanes *c = (const lanes *)cotangent + plane * shape.area;
    const lanes *x = (const lanes *)input + plane * shape.area;
    const uint16_t *kept = mask ? mask + plane * shape.area : 0;
    doubles sum = 0, product = 0;
    for (size_t start = 0; start < shape.area; start += RUN) {
      size_t end = END_OF_RUN(start, shape.area);
      lanes left[2] = {0}, right[2] = {0};
      for (size_t pixel = start; pixel < end; pixel++) {
        lanes value = kept ? KEPT(kept[pixel], c[pixel]) : c[pixel];
        left[pixel % 2] += value;
        right[pixel % 2] += value * (x[pixel] - center);
      }
      sum += WIDENED(left[0] + left[1]);
      product += WIDENED(right[0] + right[1]);
    }
    ((doubles *)sums)[plane] = sum;
    ((doubles *)products)[plane] = product;
  }
}

VECTORISED
void kernels_normalize_backward(
    kernels_shape shape, const float *cotangent, const uint16_t *mask, const float *input,
    const float *mean, const float *scale, const float *share, const float *slope,
    const float *addend, float *gradient) {
  for (size_t plane = 0; plane < shape.images * shape.blocks; plane++) {
    lanes center = ((const lanes *)mean)[plane % shape.blocks];
    lanes a = ((const lanes *)scale)[plane % shape.blocks];
    lanes level = ((const lanes *)share)[plane % shape.blocks];
    lanes tilt = ((const lanes *)slope)[plane % shape.blocks];
    for (size_t pixel = plane * shape.area; pixel < (plane + 1) * shape.area; pixel++) {
      lanes c = ((const lanes *)cotangent)[pixel];
      if (mask) c = KEPT(mask[pixel], c);
      lanes result = (c - level - (((const lanes *)input)[pixel] - center) * tilt) * a;
      if (addend) result += ((const lanes *)addend)[pixel];
      ((lanes *)gradient)[pixel] = result;
    }
  }
}

VECTORISED
void kernels_total(kernels_shape shape, const double *parts, double *total) {
  size_t channels = shape.blocks * LANES;
  for (size_t channel = 0; channel < channels; channel++) total[channel] = 0;
  for (size_t image = 0; image < shape.images; image++)
    for (size_t channel = 0; channel < channels; channel++)
      total[channel] += parts[image * channels + channel];
}

VECTORISED
void kernels_combine_moments(
    kernels_shape shape, const double *mean, const double *squares, double *batch_mean,
    double *batch_variance) {
  size_t channels = shape.blocks * LANES;
  kernels_total(shape, mean, batch_mean);
  kernels_total(shape, squares, batch_variance);
  for (size_t channel = 0; channel < channels; channel++)
    batch_mean[channel] /= (double)shape.images;
  for (size_t image = 0; image < shape.images; image++)
    for (size_t channel = 0; channel < channels; channel++) {
      double offset = mean[image * channels + channel] - batch_mean[channel];
      batch_variance[channel] += offset * offset * (double)shape.area;
    }
  for (size_t channel = 0; channel < channels; channel++)
    batch_variance[channel] /= (double)(shape.images * shape.area);
}
