"""Writes the Keras fixtures of CheckpointsTests with Keras 3.15 on PyTorch 2.x and h5py 3.x.

Run in this folder: KERAS_BACKEND=torch python make_keras_fixtures.py

Each `name.h5` has its images and what Keras computes from them before a final softmax in name.json.
"""

import json

import h5py
import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(7)
random = np.random.default_rng(7)


def randomise(model):
    """Weights that tell every axis and every statistic apart."""
    for weight in model.weights:
        if "seed" in weight.path:
            continue
        values = random.normal(0, 0.3, weight.shape)
        if weight.path.endswith("variance") or weight.path.endswith("gamma"):
            values = random.uniform(0.5, 1.5, weight.shape)
        weight.assign(values.astype("float32"))


def expect(name, model, shape, largest):
    """Images with channels first in [0, 1], and the logits of a model of pixels up to `largest`."""
    images = random.uniform(0, 1, (3, *shape)).astype("float32")
    last = model.layers[-1]
    if getattr(last, "activation", None) is keras.activations.softmax:
        last.activation = keras.activations.linear
    logits = keras.ops.convert_to_numpy(model(images * np.float32(largest), training=False))
    record = {
        "largest": largest,
        "shape": [shape[2], shape[0], shape[1]],
        "images": images.transpose(0, 3, 1, 2).reshape(3, -1).tolist(),
        "logits": logits.astype("float64").tolist(),
    }
    with open(name + ".json", "w") as file:
        json.dump(record, file)


def functional():
    """Every layer that is read, with odd sizes so that "same" is asymmetric."""
    image = keras.Input((13, 11, 3), name="image")
    x = layers.Rescaling(1 / 127.5, offset=-1)(image)
    x = layers.ZeroPadding2D(((1, 0), (0, 2)))(x)
    x = layers.Conv2D(8, 3, strides=2, padding="same", name="stem")(x)
    x = layers.BatchNormalization()(x)
    x = layers.ReLU()(x)
    y = layers.DepthwiseConv2D((3, 2), padding="same", depth_multiplier=2, use_bias=False)(x)
    y = layers.BatchNormalization(scale=False)(y)
    y = layers.Activation("silu")(y)
    y = layers.Conv2D(8, 1, groups=2)(y)
    x = layers.Add()([x, y, x])
    z = layers.MaxPooling2D(3, strides=2, padding="same")(x)
    w = layers.AveragePooling2D(3, strides=2, padding="same")(x)
    x = layers.Concatenate()([z, w])
    x = layers.Dense(6, activation="relu")(x)
    x = layers.Flatten()(x)
    x = layers.BatchNormalization(center=False, epsilon=1e-2)(x)
    x = layers.Dropout(0.5)(x)
    x = layers.Dense(9, activation="swish")(x)
    x = layers.Dense(4, activation="softmax")(x)
    return keras.Model(image, x)


def sequential():
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(4, 4, strides=3, padding="same", activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(3),
            layers.Activation("softmax"),
        ]
    )


def older(config):
    """The same model as Keras 2 describes it."""
    config = json.loads(json.dumps(config))
    for layer in config["config"]["layers"]:
        inner = layer["config"]
        inner["dtype"] = "float32"
        if "batch_shape" in inner:
            inner["batch_input_shape"] = inner.pop("batch_shape")
        layer["inbound_nodes"] = [
            [
                [*tensor["config"]["keras_history"], {}]
                for argument in node["args"]
                for tensor in (argument if isinstance(argument, list) else [argument])
            ]
            for node in layer["inbound_nodes"]
        ]
    config["config"]["input_layers"] = [["image", 0, 0]]
    config["config"]["output_layers"] = [[config["config"]["layers"][-1]["name"], 0, 0]]
    return config


model = functional()
randomise(model)
model.save("functional.h5")
with h5py.File("functional.h5", "r") as new, h5py.File("functional2.h5", "w") as old:
    new.copy("model_weights", old)
    old.attrs["keras_version"] = "2.4.0"
    old.attrs["model_config"] = json.dumps(older(json.loads(new.attrs["model_config"])))
expect("functional", model, (13, 11, 3), 255)

model = sequential()
randomise(model)
model.save("sequential.h5")
cut = keras.Model(model.inputs, model.layers[-2].output)
expect("sequential", cut, (8, 8, 1), 1)

# Weights only, for a network of the registry; a short pattern, so that the file stays small.
image = keras.Input((28, 28, 1))
x = image
for layer in range(4):
    x = layers.Conv2D(16, 3, padding="same", activation="relu", name=f"clf/c{layer + 1}".replace("/", "_"))(x)
    if layer % 2:
        x = layers.MaxPooling2D()(x)
x = layers.Dense(256, activation="relu", name="clf_d1")(layers.Flatten()(x))
model = keras.Model(image, layers.Dense(10, name="clf_d2")(x))
for weight in model.weights:
    count = int(np.prod(weight.shape))
    values = (np.arange(count) * 7 % 61 - 30) / 256
    weight.assign(values.reshape(weight.shape).astype("float32"))
with h5py.File("weights.h5", "w") as file:
    names = [layer.name.replace("_", "/") for layer in model.layers if layer.weights]
    file.attrs["layer_names"] = [name.encode() for name in names]
    file.attrs["keras_version"] = b"2.3.0-tf"
    for name in names:
        group = file.create_group(name)
        weights = model.get_layer(name.replace("/", "_")).weights
        paths = [f"{name}/{weight.name}:0" for weight in weights]
        group.attrs["weight_names"] = [path.encode() for path in paths]
        for path, weight in zip(paths, weights):
            group.create_dataset(
                path, data=keras.ops.convert_to_numpy(weight), compression="gzip", shuffle=True
            )
expect("weights", model, (28, 28, 1), 1)
