#include "row_normalization.h"

#include "lanes.h"

typedef double doubles __attribute__((ext_vector_type(LANES), may_alias));

#define WIDENED(values) __builtin_convertvector((values), doubles)

VECTORISED
void kernels_row_norm(
    kernels_shape shape, double epsilon, const float *factors, const float *input, float *norms,
    float *output) {
  for (size_t plane = 0; plane < shape.images * shape.blocks; plane++) {
    const lanes *x = (const lanes *)input + plane * shape.area;
    lanes *y = (lanes *)output + plane * shape.area;
    doubles squares = 0;
    for (size_t pixel = 0; pixel < shape.area; pixel++)
      squares += WIDENED(x[pixel]) * WIDENED(x[pixel]);
    lanes divisor;
    for (size_t lane = 0; lane < LANES; lane++) {
      double norm = __builtin_sqrt(squares[lane]);
      divisor[lane] = (float)(norm < epsilon ? epsilon : norm);
    }
    ((lanes *)norms)[plane] = divisor;
    lanes factor = ((const lanes *)factors)[plane % shape.blocks] / divisor;
    for (size_t pixel = 0; pixel < shape.area; pixel++) y[pixel] = x[pixel] * factor;
  }
}

VECTORISED
void kernels_row_norm_backward(
    kernels_shape shape, double epsilon, const float *factors, const float *input,
    const float *norms, const float *cotangent, float *gradient, double *sums) {
  for (size_t plane = 0; plane < shape.images * shape.blocks; plane++) {
    const lanes *x = (const lanes *)input + plane * shape.area;
    const lanes *c = (const lanes *)cotangent + plane * shape.area;
    lanes *g = (lanes *)gradient + plane * shape.area;
    lanes divisor = ((const lanes *)norms)[plane];
    doubles sum = 0;
    for (size_t pixel = 0; pixel < shape.area; pixel++)
      sum += WIDENED(c[pixel]) * WIDENED(x[pixel] / divisor);
    ((doubles *)sums)[plane] = sum;
    // A norm below ε is not what was divided by.
    lanes tilt = divisor > (float)epsilon ? __builtin_convertvector(sum, lanes) : (lanes)(0);
    lanes factor = ((const lanes *)factors)[plane % shape.blocks] / divisor;
    for (size_t pixel = 0; pixel < shape.area; pixel++)
      g[pixel] = (c[pixel] - x[pixel] / divisor * tilt) * factor;
  }
}
