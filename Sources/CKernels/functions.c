#include "functions.h"

#include "exponential.h"

typedef double wide_lanes __attribute__((ext_vector_type(LANES)));

/// σ(x) and σ(x)·σ(−x).
INLINED void logistic(const lanes *x, lanes *value, lanes *slope) {
  lanes negative = *x < 0 ? *x : -*x, power, fraction;
  exponential(&negative, &power, &fraction);
  lanes small = power + power * fraction, share = 1 / (1 + small);
  *value = *x < 0 ? small * share : share;
  *slope = small * share * share;
}

INLINED void hyperbolic_tangent(const lanes *x, lanes *value, lanes *slope) {
  lanes negative = *x < 0 ? 2 * *x : -2 * *x, power, fraction;
  exponential(&negative, &power, &fraction);
  // exp(−2|x|) − 1 without cancellation near 0, where the power is 1.
  lanes less = power * fraction + (power - 1), share = 1 / (2 + less);
  *value = *x < 0 ? less * share : -less * share;
  *slope = 4 * (power + power * fraction) * share * share;
}

/// x·Φ(x); Φ(−|x|)/exp(−x²/2) is a polynomial in t = 1/(1 + 0.35·|x|), fitted for this file to
/// 4·10⁻⁸ of its value up to |x| = 13.2, where the exponential ends.
INLINED void gelu(const lanes *x, lanes *value, lanes *slope) {
  lanes size = *x < 0 ? -*x : *x, exponent = *x * *x * -0.5f, power, fraction;
  exponential(&exponent, &power, &fraction);
  lanes density = power + power * fraction, t = 1 / (1 + 0.35f * size);
  lanes ratio = t * -0.0291088931f + 0.14378804f;
  ratio = ratio * t - 0.255326897f;
  ratio = ratio * t + 0.158721566f;
  ratio = ratio * t - 0.0227904394f;
  ratio = ratio * t + 0.105369069f;
  ratio = ratio * t + 0.11986912f;
  ratio = ratio * t + 0.139856696f;
  ratio = ratio * t + 0.139621705f;
  lanes tail = density * (ratio * t);
  lanes share = *x < 0 ? tail : 1 - tail;
  *value = *x * share;
  *slope = share + *x * density * 0.39894228f;
}

INLINED void tanh_gelu(const lanes *x, lanes *value, lanes *slope) {
  // Beyond, the gate is 0 or 1; the square would overflow.
  lanes bounded = *x < -1000.0f ? (lanes)(-1000.0f) : *x;
  bounded = bounded > 1000.0f ? (lanes)(1000.0f) : bounded;
  lanes square = bounded * bounded, gate, change;
  lanes bend = 1.59576912f * bounded * (1 + 0.044715f * square);
  logistic(&bend, &gate, &change);
  *value = *x * gate;
  *slope = gate + bounded * change * (1.59576912f * (1 + 0.134145f * square));
}

INLINED void quick_gelu(const lanes *x, lanes *value, lanes *slope) {
  lanes scaled = 1.702f * *x, gate, change;
  logistic(&scaled, &gate, &change);
  *value = *x * gate;
  *slope = gate + scaled * change;
}

/// max(x, 0) + log(1 + u), u = exp(−|x|); the logarithm as 2·artanh(u/(2 + u)), at most 1/3.
INLINED void softplus(const lanes *x, lanes *value, lanes *slope) {
  lanes negative = *x < 0 ? *x : -*x, power, fraction, change;
  exponential(&negative, &power, &fraction);
  lanes small = power + power * fraction, s = small / (2 + small), square = s * s;
  lanes series = square * (1 / 15.0f) + 1 / 13.0f;
  series = series * square + 1 / 11.0f;
  series = series * square + 1 / 9.0f;
  series = series * square + 1 / 7.0f;
  series = series * square + 1 / 5.0f;
  series = series * square + 1 / 3.0f;
  *value = (*x < 0 ? (lanes)(0) : *x) + 2 * (s + s * square * series);
  logistic(x, slope, &change);
}

INLINED void elu(const lanes *x, float scale, lanes *value, lanes *slope) {
  lanes negative = *x > 0 ? (lanes)(0) : *x, power, fraction;
  exponential(&negative, &power, &fraction);
  *value = *x > 0 ? *x : scale * (power * fraction + (power - 1));
  *slope = *x > 0 ? (lanes)(1) : scale * (power + power * fraction);
}

INLINED void clamp(const lanes *x, float lower, float upper, lanes *value, lanes *slope) {
  *value = *x < lower ? (lanes)(lower) : *x;
  *value = *x > upper ? (lanes)(upper) : *value;
  *slope = *x > lower ? (lanes)(1) : (lanes)(0);
  *slope = *x < upper ? *slope : (lanes)(0);
}

/// A function and its derivative.
INLINED void evaluate(kernels_function function, const lanes *x, lanes *value, lanes *slope) {
  switch (function.name) {
  case kernels_sigmoid: logistic(x, value, slope); break;
  case kernels_tanh: hyperbolic_tangent(x, value, slope); break;
  case kernels_gelu: gelu(x, value, slope); break;
  case kernels_tanh_gelu: tanh_gelu(x, value, slope); break;
  case kernels_quick_gelu: quick_gelu(x, value, slope); break;
  case kernels_softplus: softplus(x, value, slope); break;
  case kernels_hard_swish: {
    lanes line = *x * (1 / 6.0f) + 0.5f, change;
    clamp(&line, 0, 1, value, &change);
    *value = *x * *value;
    *slope = *x > -3.0f ? *x * (1 / 3.0f) + 0.5f : (lanes)(0);
    *slope = *x >= 3.0f ? (lanes)(1) : *slope;
    break;
  }
  case kernels_leaky_relu:
    *value = *x > 0 ? *x : function.first * *x;
    *slope = *x > 0 ? (lanes)(1) : (lanes)(function.first);
    break;
  case kernels_elu: elu(x, function.first, value, slope); break;
  case kernels_hard_sigmoid: {
    lanes line = function.first * *x + function.second;
    clamp(&line, 0, 1, value, slope);
    *slope = *slope * function.first;
    break;
  }
  case kernels_clamp: clamp(x, function.first, function.second, value, slope); break;
  }
}

VECTORISED
void kernels_apply(
    kernels_shape shape, size_t channels, kernels_function function, const float *input,
    float *output) {
  const integers places = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  for (size_t plane = 0; plane < shape.images * shape.blocks; plane++) {
    size_t left = channels - plane % shape.blocks * LANES;
    integers count = (integers)((int)(left < LANES ? left : LANES));
    for (size_t pixel = plane * shape.area; pixel < (plane + 1) * shape.area; pixel++) {
      lanes x = ((const lanes *)input)[pixel], value, slope;
      evaluate(function, &x, &value, &slope);
      ((lanes *)output)[pixel] = places < count ? value : (lanes)(0);
    }
  }
}

VECTORISED
void kernels_apply_backward(
    kernels_shape shape, kernels_function function, const float *input, const float *cotangent,
    float *gradient) {
  for (size_t pixel = 0; pixel < shape.images * shape.blocks * shape.area; pixel++) {
    lanes x = ((const lanes *)input)[pixel], value, slope;
    evaluate(function, &x, &value, &slope);
    ((lanes *)gradient)[pixel] = ((const lanes *)cotangent)[pixel] * slope;
  }
}

VECTORISED
void kernels_multiply(
    kernels_shape shape, const float *left, size_t right_area, const float *right,
    float *product) {
  for (size_t plane = 0; plane < shape.images * shape.blocks; plane++) {
    const lanes *x = (const lanes *)left + plane * shape.area;
    const lanes *z = (const lanes *)right + plane * right_area;
    lanes *y = (lanes *)product + plane * shape.area;
    size_t step = right_area == shape.area;
    for (size_t pixel = 0; pixel < shape.area; pixel++) y[pixel] = x[pixel] * z[pixel * step];
  }
}

VECTORISED
void kernels_product_sums(
    kernels_shape shape, const float *left, const float *right, float *sums) {
  for (size_t plane = 0; plane < shape.images * shape.blocks; plane++) {
    wide_lanes sum = 0;
    for (size_t pixel = plane * shape.area; pixel < (plane + 1) * shape.area; pixel++)
      sum += __builtin_convertvector(
          ((const lanes *)left)[pixel] * ((const lanes *)right)[pixel], wide_lanes);
    ((lanes *)sums)[plane] = __builtin_convertvector(sum, lanes);
  }
}
