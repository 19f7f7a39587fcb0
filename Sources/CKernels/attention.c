#include "attention.h"

#include <string.h>

#include "exponential.h"

// Rows and vectors of a product that are held in registers.
enum { ROWS = 4, COLUMNS = 2 };

static size_t rounded(size_t count, size_t unit) { return (count + unit - 1) / unit * unit; }

/// Where the matrices of one head and window lie, and how far their rows are apart.
typedef struct {
  size_t queries, keys, width, columns;
  float *q, *k, *v, *g, *gq, *gk, *k_turned, *v_turned, *p, *dp;
} matrices;

static matrices divided(kernels_attention attention, float *room) {
  matrices m = {
      .queries = rounded(attention.queries, ROWS),
      .keys = rounded(attention.keys, ROWS),
      .width = rounded(attention.width, LANES),
      .columns = rounded(attention.keys, LANES),
  };
  size_t few = m.queries * m.width, many = m.keys * m.width;
  size_t turned = rounded(attention.width, ROWS) * m.columns;
  m.q = room;
  m.g = m.q + few;
  m.gq = m.g + few;
  m.k = m.gq + few;
  m.v = m.k + many;
  m.gk = m.v + many;
  m.k_turned = m.gk + many;
  m.v_turned = m.k_turned + turned;
  m.p = m.v_turned + turned;
  m.dp = m.p + m.queries * m.columns;
  return m;
}

size_t kernels_attention_room(kernels_attention attention) {
  matrices m = divided(attention, NULL);
  return 3 * m.queries * m.width + 3 * m.keys * m.width +
         2 * rounded(attention.width, ROWS) * m.columns + 2 * m.queries * m.columns;
}

/// c = a·b for ROWS rows and `vectors` columns of 16; a(row, i) is a[row·a_row + i·a_inner].
///
/// Sums go through the inner index in order. Multiplications and additions may be fused: like
/// convolutions, these products depend on the processor's instructions.
#define TILE(vectors)                                                                              \
  {                                                                                                \
    _Pragma("clang fp contract(fast)") lanes sums[ROWS][vectors];                                  \
    for (size_t row = 0; row < ROWS; row++)                                                        \
      for (size_t column = 0; column < vectors; column++) sums[row][column] = 0;                   \
    for (size_t i = 0; i < inner; i++) {                                                           \
      const lanes *right = (const lanes *)(b + i * b_row) + start;                                 \
      for (size_t row = 0; row < ROWS; row++) {                                                    \
        lanes left = (lanes)(a[(top + row) * a_row + i * a_inner]);                                \
        for (size_t column = 0; column < vectors; column++)                                        \
          sums[row][column] += left * right[column];                                               \
      }                                                                                            \
    }                                                                                              \
    for (size_t row = 0; row < ROWS; row++)                                                        \
      for (size_t column = 0; column < vectors; column++)                                          \
        ((lanes *)(c + (top + row) * c_row))[start + column] = sums[row][column];                  \
  }

INLINED void product(
    size_t rows, size_t inner, size_t columns, const float *a, size_t a_row, size_t a_inner,
    const float *b, size_t b_row, float *c, size_t c_row) {
  size_t vectors = columns / LANES;
  for (size_t start = 0; start < vectors;) {
    if (vectors - start >= COLUMNS) {
      for (size_t top = 0; top < rows; top += ROWS) TILE(COLUMNS)
      start += COLUMNS;
    } else {
      for (size_t top = 0; top < rows; top += ROWS) TILE(1)
      start++;
    }
  }
}

/// The channels of one head at some pixels as rows of a matrix, times a factor.
INLINED void take(
    kernels_channels channels, const float *activation, size_t image, size_t head, size_t width,
    const int32_t *places, size_t count, float factor, float *matrix, size_t row_length) {
  const float *source = activation + image * channels.blocks * channels.area * LANES;
  for (size_t j = 0; j < width; j++) {
    size_t channel = channels.first + head * width + j;
    const float *plane = source + channel / LANES * channels.area * LANES + channel % LANES;
    for (size_t i = 0; i < count; i++)
      matrix[i * row_length + j] = plane[(size_t)places[i] * LANES] * factor;
  }
}

/// The inverse of `take`.
INLINED void put(
    kernels_channels channels, float *activation, size_t image, size_t head, size_t width,
    const int32_t *places, size_t count, float factor, const float *matrix, size_t row_length) {
  float *target = activation + image * channels.blocks * channels.area * LANES;
  for (size_t j = 0; j < width; j++) {
    size_t channel = channels.first + head * width + j;
    float *plane = target + channel / LANES * channels.area * LANES + channel % LANES;
    for (size_t i = 0; i < count; i++)
      plane[(size_t)places[i] * LANES] = matrix[i * row_length + j] * factor;
  }
}

INLINED void turn(const float *matrix, size_t rows, size_t row_length, size_t width, float *turned,
                  size_t turned_length) {
  for (size_t row = 0; row < rows; row++)
    for (size_t j = 0; j < width; j++) turned[j * turned_length + row] = matrix[row * row_length + j];
}

/// Scores become shares, row by row; columns beyond the last key become zero.
INLINED void share(
    kernels_attention attention, const matrices *m, size_t head, size_t window, const float *bias) {
  const int32_t *regions =
      attention.regions ? attention.regions + window * attention.queries : NULL;
  for (size_t query = 0; query < attention.queries; query++) {
    float *row = m->p + query * m->columns;
    if (bias) {
      const int32_t *places = attention.bias_places + query * attention.keys;
      const float *own = bias + head * attention.bias_step;
      for (size_t key = 0; key < attention.keys; key++) row[key] += own[places[key]];
    }
    if (regions)
      for (size_t key = 0; key < attention.keys; key++)
        if (regions[key] != regions[query]) row[key] -= 100.0f;
    for (size_t key = attention.keys; key < m->columns; key++) row[key] = -3e38f;
    lanes *values = (lanes *)row, largest = values[0], sum = 0;
    size_t vectors = m->columns / LANES;
    for (size_t i = 1; i < vectors; i++) largest = values[i] > largest ? values[i] : largest;
    float top = largest[0];
    for (size_t lane = 1; lane < LANES; lane++) top = largest[lane] > top ? largest[lane] : top;
    for (size_t i = 0; i < vectors; i++) {
      lanes x = values[i] - top, power, fraction;
      exponential(&x, &power, &fraction);
      values[i] = power + power * fraction;
      sum += values[i];
    }
    float total = 0;
    for (size_t lane = 0; lane < LANES; lane++) total += sum[lane];
    float factor = 1 / total;
    for (size_t i = 0; i < vectors; i++) values[i] *= factor;
  }
}

/// Queries times the scale, keys, values and the shares.
INLINED void prepare(
    kernels_attention attention, const matrices *m, size_t image, size_t head, size_t window,
    kernels_channels query_channels, const float *queries, kernels_channels key_channels,
    const float *keys, kernels_channels value_channels, const float *values, const float *bias) {
  const int32_t *query_places = attention.query_places + window * attention.queries;
  const int32_t *key_places = attention.key_places + window * attention.keys;
  take(query_channels, queries, image, head, attention.width, query_places, attention.queries,
       attention.scale, m->q, m->width);
  take(key_channels, keys, image, head, attention.width, key_places, attention.keys, 1, m->k,
       m->width);
  take(value_channels, values, image, head, attention.width, key_places, attention.keys, 1, m->v,
       m->width);
  turn(m->k, attention.keys, m->width, attention.width, m->k_turned, m->columns);
  product(m->queries, attention.width, m->columns, m->q, m->width, 1, m->k_turned, m->columns,
          m->p, m->columns);
  share(attention, m, head, window, bias);
}

/// Zeros in the lanes beyond the last channel, where an activation has some.
INLINED void clear(kernels_channels channels, size_t images, size_t count, float *activation) {
  if (count % LANES)
    memset(activation, 0, images * channels.blocks * channels.area * LANES * sizeof(float));
}

VECTORISED
void kernels_attend(
    kernels_attention attention, size_t images, kernels_channels query_channels,
    const float *queries, kernels_channels key_channels, const float *keys,
    kernels_channels value_channels, const float *values, const float *bias,
    kernels_channels output_channels, float *output, float *room) {
  matrices m = divided(attention, room);
  memset(room, 0, kernels_attention_room(attention) * sizeof(float));
  clear(output_channels, images, attention.heads * attention.width, output);
  for (size_t image = 0; image < images; image++)
    for (size_t head = 0; head < attention.heads; head++)
      for (size_t window = 0; window < attention.windows; window++) {
        prepare(attention, &m, image, head, window, query_channels, queries, key_channels, keys,
                value_channels, values, bias);
        product(m.queries, attention.keys, m.width, m.p, m.columns, 1, m.v, m.width, m.g, m.width);
        put(output_channels, output, image, head, attention.width,
            attention.query_places + window * attention.queries, attention.queries, 1, m.g,
            m.width);
      }
}

VECTORISED
void kernels_attend_backward(
    kernels_attention attention, size_t images, kernels_channels query_channels,
    const float *queries, kernels_channels key_channels, const float *keys,
    kernels_channels value_channels, const float *values, const float *bias,
    kernels_channels output_channels, const float *cotangent, float *query_gradient,
    float *key_gradient, float *value_gradient, double *bias_gradient, size_t bias_count,
    float *room) {
  matrices m = divided(attention, room);
  memset(room, 0, kernels_attention_room(attention) * sizeof(float));
  size_t channels = attention.heads * attention.width;
  clear(query_channels, images, query_channels.first + channels, query_gradient);
  clear(key_channels, images, key_channels.first + channels, key_gradient);
  clear(value_channels, images, value_channels.first + channels, value_gradient);
  for (size_t image = 0; image < images; image++)
    for (size_t head = 0; head < attention.heads; head++)
      for (size_t window = 0; window < attention.windows; window++) {
        const int32_t *query_places = attention.query_places + window * attention.queries;
        const int32_t *key_places = attention.key_places + window * attention.keys;
        prepare(attention, &m, image, head, window, query_channels, queries, key_channels, keys,
                value_channels, values, bias);
        take(output_channels, cotangent, image, head, attention.width, query_places,
             attention.queries, 1, m.g, m.width);
        turn(m.v, attention.keys, m.width, attention.width, m.v_turned, m.columns);
        // Values: shares, turned, times the cotangent.
        product(m.keys, attention.queries, m.width, m.p, 1, m.columns, m.g, m.width, m.gk, m.width);
        put(value_channels, value_gradient, image, head, attention.width, key_places,
            attention.keys, 1, m.gk, m.width);
        product(m.queries, attention.width, m.columns, m.g, m.width, 1, m.v_turned, m.columns, m.dp,
                m.columns);
        for (size_t query = 0; query < attention.queries; query++) {
          lanes *p = (lanes *)(m.p + query * m.columns), *dp = (lanes *)(m.dp + query * m.columns);
          lanes sum = 0;
          for (size_t i = 0; i < m.columns / LANES; i++) sum += p[i] * dp[i];
          float total = 0;
          for (size_t lane = 0; lane < LANES; lane++) total += sum[lane];
          for (size_t i = 0; i < m.columns / LANES; i++) dp[i] = p[i] * (dp[i] - total);
        }
        if (bias_gradient) {
          double *own = bias_gradient + image * bias_count + head * attention.bias_step;
          for (size_t query = 0; query < attention.queries; query++)
            for (size_t key = 0; key < attention.keys; key++)
              own[attention.bias_places[query * attention.keys + key]] +=
                  m.dp[query * m.columns + key];
        }
        product(m.queries, attention.keys, m.width, m.dp, m.columns, 1, m.k, m.width, m.gq, m.width);
        put(query_channels, query_gradient, image, head, attention.width, query_places,
            attention.queries, attention.scale, m.gq, m.width);
        product(m.keys, attention.queries, m.width, m.dp, 1, m.columns, m.q, m.width, m.gk,
                m.width);
        put(key_channels, key_gradient, image, head, attention.width, key_places, attention.keys, 1,
            m.gk, m.width);
      }
}

void kernels_move(
    size_t images, size_t count, const int32_t *from, size_t source_stride, const float *source,
    const int32_t *to, size_t target_stride, float *target) {
  for (size_t image = 0; image < images; image++) {
    const float *x = source + image * source_stride;
    float *y = target + image * target_stride;
    for (size_t i = 0; i < count; i++) y[to[i]] = x[from[i]];
  }
}

void kernels_move_adding(
    size_t images, size_t count, const int32_t *from, size_t source_stride, const float *source,
    const int32_t *to, size_t target_stride, float *target) {
  for (size_t image = 0; image < images; image++) {
    const float *x = source + image * source_stride;
    float *y = target + image * target_stride;
    for (size_t i = 0; i < count; i++) y[to[i]] += x[from[i]];
  }
}

VECTORISED
void kernels_move_vectors(
    size_t images, size_t count, const int32_t *from, size_t source_stride, const float *source,
    const int32_t *to, size_t target_stride, float *target) {
  for (size_t image = 0; image < images; image++) {
    const lanes *x = (const lanes *)source + image * source_stride;
    lanes *y = (lanes *)target + image * target_stride;
    for (size_t i = 0; i < count; i++) y[to[i]] = x[from[i]];
  }
}

VECTORISED
void kernels_move_vectors_adding(
    size_t images, size_t count, const int32_t *from, size_t source_stride, const float *source,
    const int32_t *to, size_t target_stride, float *target) {
  for (size_t image = 0; image < images; image++) {
    const lanes *x = (const lanes *)source + image * source_stride;
    lanes *y = (lanes *)target + image * target_stride;
    for (size_t i = 0; i < count; i++) y[to[i]] += x[from[i]];
  }
}
