#ifndef CPNG_SHIM_H
#define CPNG_SHIM_H
#include <png.h>
#include <string.h>

// Macros that Swift cannot import.
static inline png_image robeval_png_image(void) {
  png_image image;
  memset(&image, 0, sizeof image);
  image.version = PNG_IMAGE_VERSION;
  return image;
}
static inline png_uint_32 robeval_png_format_rgba(void) { return PNG_FORMAT_RGBA; }
#endif
