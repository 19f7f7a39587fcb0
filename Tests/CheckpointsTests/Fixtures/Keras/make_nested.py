"""Writes nested.keras, nested_old.keras, nested.h5 and nested.json with Keras 3.15 on PyTorch.

Run in this folder: KERAS_BACKEND=torch python make_nested.py

A model in a model, preprocessing, a separable convolution, layers of one class under names of their
own, and one sigmoid at the end, whose z is expected. nested_old.keras has no names in its weights, as
Keras 3.0 wrote it.
"""

import io
import json
import zipfile

import h5py
import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(3)
random = np.random.default_rng(3)
inner = keras.Sequential(
    [layers.Input((6, 6, 3)), layers.Conv2D(4, 3, padding="same", activation="relu", name="mine"),
     layers.BatchNormalization(), layers.MaxPooling2D()], name="inner")
image = layers.Input((6, 6, 3))
x = layers.RandomFlip()(image)
x = layers.Normalization(mean=[0.5, 0.4, 0.3], variance=[0.1, 0.2, 0.3])(x)
x = inner(x)
x = layers.SeparableConv2D(5, 2)(x)
x = layers.Conv2D(6, 1, name="zz")(x)
x = layers.Conv2D(6, 1, name="aa", activation="relu")(x)
x = layers.GlobalMaxPooling2D(keepdims=True)(x)
x = layers.Reshape((6,))(x)
model = keras.Model(image, layers.Dense(1, activation="sigmoid")(x))
for weight in model.weights:
    if weight.path.split("/")[-1] in ("kernel", "bias", "beta", "moving_mean", "depthwise_kernel", "pointwise_kernel"):
        weight.assign(random.normal(0, 0.5, weight.shape).astype("float32"))
    elif weight.path.split("/")[-1] in ("gamma", "moving_variance"):
        weight.assign(random.uniform(0.5, 1.5, weight.shape).astype("float32"))
model.save("nested.keras")
model.save("nested.h5")
images = random.uniform(0, 1, (3, 6, 6, 3)).astype("float32")
model.layers[-1].activation = keras.activations.linear
z = keras.ops.convert_to_numpy(model(images, training=False))
with open("nested.json", "w") as file:
    json.dump(
        {"largest": 1, "shape": [3, 6, 6], "images": images.transpose(0, 3, 1, 2).reshape(3, -1).tolist(),
         "logits": np.concatenate([0 * z, z], 1).astype(float).tolist()}, file)
with zipfile.ZipFile("nested.keras") as archive:
    parts = {name: archive.read(name) for name in archive.namelist()}
weights = io.BytesIO(parts["model.weights.h5"])
with h5py.File(weights, "a") as file:
    names = []
    file.visit(lambda name: names.append(name) if name.endswith("vars") else None)
    for name in names:
        file[name].attrs.pop("name", None)
parts["model.weights.h5"] = weights.getvalue()
with zipfile.ZipFile("nested_old.keras", "w") as archive:
    for name, content in parts.items():
        archive.writestr(name, content)
