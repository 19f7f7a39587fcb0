"""Makes autoaugment.h5: images changed by Pillow as the usual CIFAR-10 AutoAugment does.

    python3 make_autoaugment.py autoaugment.h5     (written with Pillow 13.0, h5py, numpy)

`image` is what is changed, `results` what became of it, `names` says how: operation, magnitude, sign.
"""

import sys

import h5py
import numpy as np
from PIL import Image, ImageEnhance, ImageOps

GREY = (128, 128, 128)


def change(image, operation, magnitude, sign):
    share = magnitude / 9
    factor = 1 + sign * 0.9 * share
    width, height = image.size

    def moved(matrix, **options):
        return image.transform(image.size, Image.Transform.AFFINE, matrix, **options)

    cubic = {"resample": Image.Resampling.BICUBIC, "fillcolor": GREY}
    shift = sign * 150 / 331 * share
    return {
        "shearX": lambda: moved((1, sign * 0.3 * share, 0, 0, 1, 0), **cubic),
        "shearY": lambda: moved((1, 0, 0, sign * 0.3 * share, 1, 0), **cubic),
        "translateX": lambda: moved((1, 0, shift * width, 0, 1, 0)),
        "translateY": lambda: moved((1, 0, 0, 0, 1, shift * height)),
        "rotate": lambda: image.rotate(sign * 30 * share, fillcolor=GREY),
        "color": lambda: ImageEnhance.Color(image).enhance(factor),
        "posterize": lambda: ImageOps.posterize(image, int(np.round(8 - 4 * share))),
        "solarize": lambda: ImageOps.solarize(image, 256 * (1 - share)),
        "contrast": lambda: ImageEnhance.Contrast(image).enhance(factor),
        "sharpness": lambda: ImageEnhance.Sharpness(image).enhance(factor),
        "brightness": lambda: ImageEnhance.Brightness(image).enhance(factor),
        "autoContrast": lambda: ImageOps.autocontrast(image),
        "equalize": lambda: ImageOps.equalize(image),
        "invert": lambda: ImageOps.invert(image),
    }[operation]()


OPERATIONS = (
    "shearX shearY translateX translateY rotate color posterize solarize contrast sharpness "
    "brightness autoContrast equalize invert"
).split()


def main(path):
    # Many values, unevenly spread, edges in both directions; not square.
    random = np.random.default_rng(3)
    height, width = 20, 26
    rows, columns = np.mgrid[0:height, 0:width]
    smooth = 90 + 60 * np.sin(rows / 3)[..., None] + 50 * np.cos(columns / 4)[..., None]
    pixels = smooth + random.normal(0, 18, (height, width, 3)) + [0, 12, -25]
    pixels = np.clip(pixels, 20, 235).astype(np.uint8)
    image = Image.fromarray(pixels)
    names, results = [], []
    for operation in OPERATIONS:
        plain = operation in ("autoContrast", "equalize", "invert")
        signs = (1,) if plain or operation in ("posterize", "solarize") else (-1, 1)
        for magnitude in (0,) if plain else (0, 2, 5, 7, 9):
            for sign in signs:
                names.append(f"{operation} {magnitude} {sign}")
                results.append(np.asarray(change(image, operation, magnitude, sign)))
    with h5py.File(path, "w") as file:
        file["image"] = pixels.transpose(2, 0, 1)
        file.create_dataset(
            "results", data=np.stack(results).transpose(0, 3, 1, 2), compression="gzip")
        file["names"] = np.array(names, dtype="S24")


main(sys.argv[1])
