#include "winograd.h"

#include "winograd_transforms.h"

enum {
  // Tiles worked on at once.
  TILES = 144,
  // Tiles of one product: their sums for two blocks of outputs are as many as registers hold.
  GROUP = 12,
  // Blocks of channels whose transformed kernels, for two blocks of outputs, stay in the second
  // cache.
  DEPTH = 8
};

static inline size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

// The distance between two of 36 planes of vectors. Were it a multiple of pages, all of them would
// compete for the same lines of the first cache.
#define PLANE(vectors) (((vectors) + 1) * LANES)

// Scratch memory: pixels [36][inputs][at most TILES][16], sums [36][TILES][2][16] and kernels
// [36][DEPTH·16][2][16], all transformed.
enum { SUMS_PLANE = PLANE(2 * TILES), KERNELS_PLANE = PLANE(2 * DEPTH * LANES) };

// How the results are cut into tiles, some tiles of all, and how their pixels lie in memory.
typedef struct {
  size_t height, width, rows, columns, tiles, first, count, block_stride, plane_stride;
} tiling;

static tiling tiled(winograd_shape shape) {
  size_t height = shape.height + 2 * shape.padding - 2, width = shape.width + 2 * shape.padding - 2;
  tiling t = {height, width, (height + STEP - 1) / STEP, (width + STEP - 1) / STEP};
  t.tiles = shape.images * t.rows * t.columns;
  t.block_stride = smaller(t.tiles, TILES) * LANES;
  t.plane_stride = PLANE(shape.inputs * smaller(t.tiles, TILES));
  return t;
}

size_t winograd_scratch(winograd_shape shape) {
  return POINTS * (tiled(shape).plane_stride + SUMS_PLANE + KERNELS_PLANE);
}

typedef struct {
  size_t image, row, column;
} place;

static inline place place_of(tiling t, size_t tile) {
  return (place){
      tile / (t.rows * t.columns), tile / t.columns % t.rows * STEP, tile % t.columns * STEP};
}

// The kernels of up to two blocks of outputs and DEPTH blocks of inputs.
typedef struct {
  size_t block, outputs, begin, depth;
} panel;

static inline panel panel_at(winograd_shape shape, size_t block, size_t begin) {
  return (panel){
      block, smaller(shape.outputs - block, 2), begin, smaller(shape.inputs - begin, DEPTH)};
}

static inline panel panel_after(winograd_shape shape, panel p) {
  if (p.begin + p.depth < shape.inputs) return panel_at(shape, p.block, p.begin + p.depth);
  return p.block + 2 < shape.outputs ? panel_at(shape, p.block + 2, 0) : panel_at(shape, 0, 0);
}

static inline const lanes *
kernels_of(winograd_weights weights, panel p, size_t half, size_t input) {
  return (const lanes *)(weights.values + (p.block + half) * weights.output_stride +
                         (p.begin * LANES + input) * weights.input_stride);
}

// Fetches one of 36 parts of a panel's kernels, in the shade of products.
static void fetch_kernels(winograd_weights weights, panel p, size_t part) {
  size_t inputs = p.depth * LANES, count = p.outputs * inputs;
  for (size_t n = part * count / POINTS; n < (part + 1) * count / POINTS; n++) {
    const lanes *g = kernels_of(weights, p, n / inputs, n % inputs);
    for (int tap = 0; tap < TAPS * TAPS; tap++) __builtin_prefetch(g + tap, 0, 2);
  }
}

FOR_AVX512 static void prepare_kernels(winograd_weights weights, panel p, float *kernels) {
  for (size_t half = 0; half < p.outputs; half++)
    for (size_t i = 0; i < p.depth * LANES; i++) {
      const lanes *g = kernels_of(weights, p, half, i);
      lanes columns[TAPS][SPAN];
      UNROLLED for (int x = 0; x < TAPS; x++) {
        lanes column[TAPS];
        UNROLLED for (int y = 0; y < TAPS; y++)
          column[y] = g[weights.turned ? TAPS * TAPS - 1 - (y * TAPS + x) : y * TAPS + x];
        transform_kernel(column, columns[x]);
      }
      UNROLLED for (int y = 0; y < SPAN; y++) {
        lanes u[SPAN];
        transform_kernel((lanes[]){columns[0][y], columns[1][y], columns[2][y]}, u);
        UNROLLED for (int x = 0; x < SPAN; x++)
          *(lanes *)(kernels + (y * SPAN + x) * KERNELS_PLANE + (i * 2 + half) * LANES) = u[x];
      }
    }
}

// Transforms the pixels below some tiles.
FOR_AVX512 static void prepare_pixels(
    winograd_shape shape, tiling t, const float *input, float *pixels) {
  for (size_t n = 0; n < t.count; n++) {
    place p = place_of(t, t.first + n);
    bool inside = p.row >= shape.padding && p.column >= shape.padding &&
                  p.row + SPAN <= shape.height + shape.padding &&
                  p.column + SPAN <= shape.width + shape.padding;
    for (size_t block = 0; block < shape.inputs; block++) {
      const lanes *image = (const lanes *)input +
                           (p.image * shape.inputs + block) * shape.height * shape.width;
      float *target = pixels + block * t.block_stride + n * LANES;
      lanes columns[SPAN][SPAN];
      UNROLLED for (int x = 0; x < SPAN; x++) {
        lanes d[SPAN];
        // Left of and above the image the differences wrap around to huge numbers.
        size_t column = p.column + x - shape.padding;
        UNROLLED for (int y = 0; y < SPAN; y++) {
          size_t row = p.row + y - shape.padding;
          bool exists = inside || (row < shape.height && column < shape.width);
          d[y] = exists ? image[row * shape.width + column] : (lanes)(0);
        }
        transform_pixels(d, columns[x]);
      }
      UNROLLED for (int y = 0; y < SPAN; y++) {
        lanes d[SPAN], v[SPAN];
        UNROLLED for (int x = 0; x < SPAN; x++) d[x] = columns[x][y];
        transform_pixels(d, v);
        UNROLLED for (int x = 0; x < SPAN; x++)
          *(lanes *)(target + (y * SPAN + x) * t.plane_stride) = v[x];
      }
    }
  }
}

// sums += kernels · pixels, for `count` tiles and `outputs` blocks at one of the 36 points.
INLINED void multiply(
    const size_t count, const size_t outputs, const float *kernels, const float *pixels,
    size_t stride, size_t depth, bool begins, float *sums) {
  lanes totals[GROUP][2];
  UNROLLED for (size_t n = 0; n < count; n++)
    UNROLLED for (size_t half = 0; half < outputs; half++)
      totals[n][half] = begins ? (lanes)(0) : ((const lanes *)sums)[n * 2 + half];
  for (size_t block = 0; block < depth; block++, pixels += stride)
    _Pragma("clang loop unroll_count(4)")
    for (size_t lane = 0; lane < LANES; lane++, kernels += 2 * LANES)
      UNROLLED for (size_t n = 0; n < count; n++)
        UNROLLED for (size_t half = 0; half < outputs; half++)
          totals[n][half] = FUSED(
              pixels[n * LANES + lane], ((const lanes *)kernels)[half], totals[n][half]);
  UNROLLED for (size_t n = 0; n < count; n++)
    UNROLLED for (size_t half = 0; half < outputs; half++)
      ((lanes *)sums)[n * 2 + half] = totals[n][half];
}

FOR_AVX512 static void multiply_tiles(
    size_t tiles, size_t outputs, const float *kernels, const float *pixels, size_t stride,
    size_t depth, bool begins, float *sums) {
#define MULTIPLY(count)                                                                            \
  case count:                                                                                      \
    if (outputs == 2) multiply(count, 2, kernels, pixels, stride, depth, begins, sums);            \
    else multiply(count, 1, kernels, pixels, stride, depth, begins, sums);                         \
    break;
  for (size_t done = 0; done < tiles; done += GROUP) {
    switch (smaller(tiles - done, GROUP)) {
      MULTIPLY(1) MULTIPLY(2) MULTIPLY(3) MULTIPLY(4) MULTIPLY(5) MULTIPLY(6)
      MULTIPLY(7) MULTIPLY(8) MULTIPLY(9) MULTIPLY(10) MULTIPLY(11) MULTIPLY(12)
    }
    pixels += GROUP * LANES;
    sums += GROUP * 2 * LANES;
  }
}

// Turns sums into results, for some tiles and up to two blocks of outputs from `block` on.
FOR_AVX512 static void store_results(
    winograd_shape shape, tiling t, size_t block, size_t outputs, const float *sums,
    winograd_finish finish, float *output) {
  for (size_t half = 0; half < outputs; half++) {
    lanes shift = finish.bias ? ((const lanes *)finish.bias)[block + half] : (lanes)(0);
    for (size_t n = 0; n < t.count; n++) {
      place p = place_of(t, t.first + n);
      size_t start = (p.image * shape.outputs + block + half) * t.height * t.width;
      lanes columns[SPAN][STEP];
      UNROLLED for (int x = 0; x < SPAN; x++) {
        lanes m[SPAN];
        UNROLLED for (int y = 0; y < SPAN; y++)
          m[y] = *(const lanes *)(sums + (y * SPAN + x) * SUMS_PLANE + (n * 2 + half) * LANES);
        transform_sums(m, columns[x]);
      }
      UNROLLED for (int y = 0; y < STEP; y++) {
        if (p.row + y >= t.height) break;
        lanes m[SPAN], values[STEP];
        UNROLLED for (int x = 0; x < SPAN; x++) m[x] = columns[x][y];
        transform_sums(m, values);
        UNROLLED for (int x = 0; x < STEP; x++) {
          if (p.column + x >= t.width) break;
          size_t pixel = start + (p.row + y) * t.width + p.column + x;
          lanes value = values[x] + shift;
          if (finish.adds) value += ((const lanes *)output)[pixel];
          if (finish.rectifies) value = RECTIFIED(value);
          if (finish.mask) finish.mask[pixel] = POSITIVE(value);
          ((lanes *)output)[pixel] = value;
        }
      }
    }
  }
}

void winograd_convolve(
    winograd_shape shape, const float *input, winograd_weights weights, winograd_finish finish,
    float *output, float *scratch) {
  tiling t = tiled(shape);
  float *pixels = scratch, *sums = pixels + POINTS * t.plane_stride;
  float *kernels = sums + POINTS * SUMS_PLANE;
  for (t.first = 0; t.first < t.tiles; t.first += TILES) {
    t.count = smaller(t.tiles - t.first, TILES);
    prepare_pixels(shape, t, input, pixels);
    panel p = panel_at(shape, 0, 0);
    do {
      panel next = panel_after(shape, p);
      prepare_kernels(weights, p, kernels);
      for (size_t point = 0; point < POINTS; point++) {
        fetch_kernels(weights, next, point);
        multiply_tiles(
            t.count, p.outputs, kernels + point * KERNELS_PLANE,
            pixels + point * t.plane_stride + p.begin * t.block_stride, t.block_stride, p.depth,
            p.begin == 0, sums + point * SUMS_PLANE);
      }
      if (next.begin == 0) store_results(shape, t, p.block, p.outputs, sums, finish, output);
      p = next;
    } while (p.block > 0 || p.begin > 0);
  }
}
