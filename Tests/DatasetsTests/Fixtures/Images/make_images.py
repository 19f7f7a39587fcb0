"""Writes the pictures of ImageFolderTests with Pillow 11 and numpy.

Run in this folder: python make_images.py

`source.png` was resized by Pillow to the sizes in the names `bilinear-HxW.png` and
`bicubic-HxW.png`; Pillow 13 changed the order of the two passes, here for 7x100 only. `folder` has
two classes; `<preprocessing>.png` holds every seventh row and column of what torchvision's Resize
and CenterCrop, written out here, make of folder/b/photo.jpg.
"""

import os

import numpy as np
from PIL import Image

random = np.random.default_rng(5)


def scene(height, width, noise):
    y, x = np.mgrid[0:height, 0:width].astype("float64")
    planes = [
        128 + 100 * np.sin(x / 9 + y / 17),
        128 + 100 * np.cos(y / 7 - x / 23),
        255 * ((x // 16 + y // 12) % 2),
    ]
    values = np.stack(planes, 2) + random.normal(0, noise, (height, width, 3))
    return Image.fromarray(values.clip(0, 255).astype("uint8"))


def resized(image, side, filter):
    width, height = image.size
    if width <= height:
        return image.resize((side, int(side * height / width)), filter)
    return image.resize((int(side * width / height), side), filter)


def cropped(image, side):
    width, height = image.size
    left, top = int(round((width - side) / 2)), int(round((height - side) / 2))
    if width < side:
        left = -((side - width) // 2)
    if height < side:
        top = -((side - height) // 2)
    return image.crop((left, top, left + side, top + side))


source = scene(41, 67, 30)
source.save("source.png")
for name, filter in [("bilinear", Image.BILINEAR), ("bicubic", Image.BICUBIC)]:
    for height, width in [(16, 24), (41, 20), (90, 67), (7, 100), (1, 1)]:
        source.resize((width, height), filter).save(f"{name}-{height}x{width}.png")

os.makedirs("folder/a", exist_ok=True)
os.makedirs("folder/b", exist_ok=True)
small = scene(9, 8, 20)
small.save("folder/a/rgb.png")
small.convert("L").save("folder/a/grey.png")
small.quantize(16).save("folder/a/palette.png")
alpha = small.copy()
alpha.putalpha(Image.fromarray(random.integers(0, 255, (9, 8), dtype="uint8")))
alpha.save("folder/a/transparent.png", gamma=0.6)
np.stack(
    [np.asarray(Image.open(f"folder/a/{name}.png").convert("RGB")) for name in ("grey", "palette", "rgb", "transparent")]
).tofile("small.bin")

photo = scene(271, 320, 4)
photo.save("folder/b/photo.jpg", quality=60)
scene(240, 301, 4).convert("L").save("folder/b/grey.jpg", quality=40)
photo = Image.open("folder/b/photo.jpg").convert("RGB")
for name, image in {
    "Res256Crop224": cropped(resized(photo, 256, Image.BILINEAR), 224),
    "BicubicRes256Crop224": cropped(resized(photo, 256, Image.BICUBIC), 224),
    "Crop288": cropped(photo, 288),
    "Res224": resized(photo, 224, Image.BILINEAR),
    "none": photo,
}.items():
    Image.fromarray(np.asarray(image)[::7, ::7]).save(name + ".png")
grey = Image.open("folder/b/grey.jpg").convert("RGB")
Image.fromarray(np.asarray(cropped(resized(grey, 256, Image.BILINEAR), 224))[::7, ::7]).save("grey.png")
