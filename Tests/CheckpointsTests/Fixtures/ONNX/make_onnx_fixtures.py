"""Writes tiny ONNX models with random weights and what the ONNX reference evaluator makes of them.

    python make_onnx_fixtures.py            # needs onnx and numpy; made with onnx 1.23.2

For every model `name.onnx`, `name.json` holds the image extents, two images and their logits, as
computed by onnx.reference.ReferenceEvaluator.
"""

import json
import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

FOLDER = pathlib.Path(__file__).parent
CLASSES = 4


class Builder:
    """Appends nodes and initializers; every method returns the name of its output."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.nodes, self.initializers = [], []

    def op(self, kind, *inputs, outputs=1, **attributes):
        position = len(self.nodes)
        names = [f"v{position}_{i}" for i in range(outputs)]
        self.nodes.append(
            helper.make_node(kind, list(inputs), names, name=f"{kind}_{position}", **attributes))
        return names[0] if outputs == 1 else names

    def constant(self, value, name=None, dtype=np.float32):
        name = name or f"c{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(np.asarray(value, dtype=dtype), name))
        return name

    def integers(self, *values):
        return self.constant(list(values), dtype=np.int64)

    def weights(self, name, *shape):
        scale = 1 / np.sqrt(max(np.prod(shape[1:]), 1))
        return self.constant(self.random.normal(0, scale, shape), name)

    def conv(self, x, name, outputs, inputs, kernel, bias=True, **attributes):
        parts = [self.weights(name + ".weight", outputs, inputs, kernel, kernel)]
        if bias:
            parts.append(self.weights(name + ".bias", outputs))
        return self.op("Conv", x, *parts, **attributes)

    def norm(self, x, name, channels):
        return self.op(
            "BatchNormalization", x,
            self.constant(self.random.uniform(0.5, 1.5, channels), name + ".weight"),
            self.weights(name + ".bias", channels),
            self.weights(name + ".running_mean", channels),
            self.constant(self.random.uniform(0.5, 1.5, channels), name + ".running_var"),
            epsilon=1e-3)

    def gemm(self, x, name, inputs):
        return self.op(
            "Gemm", x, self.weights(name + ".weight", CLASSES, inputs),
            self.weights(name + ".bias", CLASSES), transB=1)


def plain(b, x):
    """Normalisation, convolution, pooling with padding, flatten, two linear layers."""
    x = b.op("Sub", x, b.constant(np.reshape([.4, .5, .6], (1, 3, 1, 1))))
    x = b.op("Div", x, b.constant(np.reshape([.2, .25, .3], (1, 3, 1, 1))))
    x = b.op("Relu", b.conv(x, "conv1", 4, 3, 3, pads=[1, 1, 1, 1], kernel_shape=[3, 3]))
    x = b.op("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    x = b.op("AveragePool", x, kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=0)
    x = b.op("AveragePool", x, kernel_shape=[2, 2], pads=[1, 0, 0, 1], count_include_pad=1)
    x = b.op("Dropout", b.op("Flatten", x))
    x = b.op("Relu", b.gemm(x, "fc1", 4 * 4 * 4))
    return b.op("Gemm", x, b.weights("fc2.w", CLASSES, CLASSES), b.weights("fc2.b", 1, CLASSES),
                alpha=0.5, beta=2.0, transB=0)


def residual(b, x):
    """Batch normalisation, a projected shortcut, global pooling as ReduceMean with an input."""
    x = b.op("Mul", x, b.constant(255.0))
    x = b.op("Sub", x, b.constant(np.reshape([100.0, 110, 120], (3, 1, 1))))
    x = b.op("Mul", b.constant([1 / 64.0]), x)
    y = b.op("Relu", b.norm(b.conv(x, "conv1", 4, 3, 3, bias=False, pads=[1] * 4,
                                   strides=[2, 2]), "bn1", 4))
    y = b.norm(b.conv(y, "conv2", 4, 4, 3, bias=False, pads=[1] * 4), "bn2", 4)
    z = b.norm(b.conv(x, "down", 4, 3, 1, bias=False, strides=[2, 2]), "bn3", 4)
    x = b.op("Relu", b.op("Add", y, z))
    x = b.op("ReduceMean", x, b.integers(-1, -2), keepdims=0)
    return b.gemm(b.op("Identity", x), "fc", 4)


def silu(b, x):
    """x · σ(x) both ways round, factors and summands a channel, MatMul with a bias."""
    x = b.conv(x, "conv1", 6, 3, 3, bias=False)
    x = b.op("Add", x, b.weights("shift", 6, 1, 1))
    x = b.op("Mul", x, b.op("Sigmoid", x))
    x = b.op("Mul", x, b.constant(b.random.uniform(.5, 1.5, (6, 1, 1))))
    x = b.op("Add", b.weights("shift2", 1, 6, 1, 1), x)
    x = b.conv(x, "conv2", 6, 2, 3, group=3)
    x = b.op("Mul", b.op("Sigmoid", x), x)
    x = b.op("Div", b.op("Sub", x, b.constant(0.25)), b.constant(np.reshape([2.0] * 6, (6, 1, 1))))
    x = b.op("Squeeze", b.op("GlobalAveragePool", x), b.integers(2, 3))
    x = b.op("MatMul", x, b.weights("fc.weight", 6, CLASSES))
    return b.op("Add", x, b.weights("fc.bias", CLASSES))


def shuffle(b, x):
    """Split, depthwise convolution, concatenation and a channel shuffle."""
    x = b.op("Relu", b.conv(x, "conv1", 8, 3, 1))
    left, right = b.op("Split", x, b.integers(3, 5), outputs=2, axis=1)
    right = b.conv(right, "conv2", 5, 1, 3, group=5, pads=[1] * 4)
    x = b.op("Concat", left, right, axis=1)
    x = b.op("Reshape", x, b.integers(-1, 2, 4, 8, 8))
    x = b.op("Transpose", x, perm=[0, 2, 1, 3, 4])
    x = b.op("Reshape", x, b.integers(-1, 8, 8, 8))
    x = b.op("Slice", x, b.integers(1), b.integers(7), b.integers(1))
    x = b.conv(x, "conv3", 3, 6, 3, strides=[2, 2])
    return b.gemm(b.op("Flatten", x), "fc", 3 * 3 * 3)


def shortcut_a(b, x):
    """A shortcut without parameters: every second pixel, channels padded with zeros."""
    x = b.op("Relu", b.conv(x, "conv1", 4, 3, 3, pads=[1] * 4))
    y = b.conv(x, "conv2", 8, 4, 3, pads=[1] * 4, strides=[2, 2])
    z = b.op("Slice", x, b.integers(0), b.integers(2**63 - 1), b.integers(2), b.integers(2))
    z = b.op("Slice", z, b.integers(0), b.integers(2**63 - 1), b.integers(3), b.integers(2))
    z = b.op("Pad", z, b.integers(0, 2, 0, 0, 0, 2, 0, 0), "", mode="constant")
    x = b.op("Relu", b.op("Add", y, z))
    x = b.op("Pad", x, b.integers(0, 1, 1, 0), b.constant(0.5), b.integers(2, -1))
    x = b.op("AveragePool", x, kernel_shape=[5, 5])
    return b.gemm(b.op("Reshape", x, b.integers(0, -1)), "fc", 8)


def transposed(b, x):
    """Flattening rows, columns, channels in Keras' order, behind a rectifier."""
    x = b.conv(x, "conv1", 5, 3, 3, strides=[2, 1])
    x = b.op("Transpose", x, perm=[0, 2, 3, 1])
    x = b.op("Add", b.op("Relu", x), b.weights("shift", 5))
    x = b.gemm(b.op("Flatten", x), "fc1", 3 * 6 * 5)
    return b.gemm(b.op("Relu", x), "fc2", CLASSES)


def computed_reshape(b, x):
    """The flatten of older exporters: the shape is computed from the activation."""
    x = b.conv(x, "conv1", 4, 3, 3)
    rows = b.op("Unsqueeze", b.op("Gather", b.op("Shape", x), b.constant(0, dtype=np.int64)),
                b.integers(0))
    rest = b.op("Div", b.op("Mul", b.integers(288), b.integers(1)), b.integers(2))
    rest = b.op("Cast", b.op("Cast", rest, to=TensorProto.FLOAT), to=TensorProto.INT64)
    x = b.op("Reshape", x, b.op("Concat", rows, rest, axis=0))
    weight = b.op("Transpose", b.op("Mul", b.weights("w", CLASSES, 144), b.constant(0.5)),
                  perm=[1, 0])
    return b.op("Add", b.op("MatMul", x, weight), b.op("Constant", value_floats=[.1, .2, .3, .4]))


def softmax_head(b, x):
    """Probabilities; expected are the logits."""
    x = b.op("Relu", b.conv(x, "conv1", 4, 3, 3, strides=[2, 2]))
    x = b.op("ReduceMean", x, b.integers(2, 3), keepdims=1)
    x = b.op("Reshape", x, b.integers(-1, 4))
    return b.gemm(x, "fc", 4)


def storage(b, x):
    """Parameters in float16, float64 and as lists of numbers, cast to float32."""
    weight = b.constant(b.random.normal(0, .3, (4, 3, 2, 2)), "conv.weight", np.float16)
    bias = b.constant(b.random.normal(0, .3, 4), "conv.bias", np.float64)
    x = b.op("Conv", x, b.op("Cast", weight, to=TensorProto.FLOAT),
             b.op("Cast", bias, to=TensorProto.FLOAT), strides=[2, 2])
    listed = b.random.normal(0, .1, CLASSES * 64).tolist()
    b.initializers.append(
        helper.make_tensor("fc.weight", TensorProto.FLOAT, [CLASSES, 64], listed))
    halves = helper.make_tensor("half", TensorProto.FLOAT16, [CLASSES], [.5, -1.25, 3, 1e-4])
    halves = b.op("Cast", b.op("Constant", value=halves), to=TensorProto.FLOAT)
    x = b.op("Flatten", x)
    return b.op("Gemm", x, "fc.weight", halves, transB=1)


def auto_pad(b, x):
    """Padding computed from the stride, more on one side, and a Pad that is only zeros."""
    x = b.conv(x, "conv1", 4, 3, 3, auto_pad="SAME_UPPER", strides=[2, 2])
    x = b.conv(x, "conv2", 4, 4, 2, auto_pad="SAME_LOWER")
    x = b.op("MaxPool", x, kernel_shape=[2, 2], strides=[1, 1], auto_pad="SAME_UPPER")
    x = b.op("Pad", x, b.integers(0, 0, 0, 1, 0, 0, 1, 2))
    x = b.conv(x, "conv3", 4, 4, 3, auto_pad="VALID")
    x = b.op("AveragePool", x, kernel_shape=[2, 2], strides=[2, 2], ceil_mode=0)
    return b.gemm(b.op("Flatten", x, axis=-3), "fc", 8)


def opset9(b, x):
    """Attributes where newer opsets have inputs."""
    x = b.op("Pad", x, mode="constant", pads=[0, 0, 1, 1, 0, 0, 1, 1], value=0.25)
    x = b.conv(x, "conv1", 6, 3, 3)
    x = b.op("Slice", x, starts=[0, 1], ends=[2**31 - 1, 5], axes=[0, 1])
    left, right = b.op("Split", x, outputs=2, axis=1, split=[2, 2])
    x = b.op("ReduceMean", b.op("Add", left, right), axes=[2, 3], keepdims=1)
    return b.gemm(b.op("Squeeze", x, axes=[2, 3]), "fc", 2)


def functions(b, x):
    """Every function of one value, GELU as five nodes in three orders, bounds as inputs."""
    x = b.conv(x, "conv1", 6, 3, 3)
    x = b.op("LeakyRelu", x, alpha=0.1)
    x = b.op("Tanh", b.op("Elu", b.op("Mul", x, b.constant(3.0)), alpha=0.7))
    x = b.conv(b.op("HardSigmoid", x), "conv2", 6, 6, 1)
    x = b.op("HardSwish", b.op("Mul", x, b.constant(4.0)))
    x = b.conv(b.op("HardSigmoid", b.op("Softplus", x), alpha=0.3, beta=0.1), "conv3", 6, 6, 1)
    for order in range(3):
        error = b.op("Erf", b.op("Div", x, b.constant(2 ** 0.5)) if order < 2
                     else b.op("Mul", b.constant(0.5 ** 0.5), x))
        share = b.op("Add", error, b.constant(1.0)) if order else b.op("Add", b.constant([1.0]), error)
        if order == 0:
            y = b.op("Mul", b.op("Mul", x, share), b.constant(0.5))
        elif order == 1:
            y = b.op("Mul", b.op("Mul", b.constant(0.5), x), share)
        else:
            y = b.op("Mul", x, b.op("Mul", share, b.constant([0.5])))
        x = b.conv(y, f"gelu{order}", 6, 6, 1)
    x = b.op("Clip", b.op("Mul", x, b.constant(2.0)), b.constant(-0.25), b.constant(0.5))
    x = b.op("Clip", b.conv(x, "conv4", 6, 6, 1), "", b.constant(0.75))
    x = b.op("Clip", x, b.constant(-0.5))
    x = b.op("Flatten", b.op("GlobalAveragePool", x))
    return b.gemm(b.op("Sigmoid", x), "fc", 6)


def gates(b, x):
    """Squeeze and excitation both ways round, products of activations, GELU as one node."""
    x = b.conv(x, "conv1", 6, 3, 3)
    y = b.op("Relu", b.conv(b.op("GlobalAveragePool", x), "squeeze", 2, 6, 1))
    gate = b.op("Sigmoid", b.conv(y, "excite", 6, 2, 1))
    x = b.op("Add", b.op("Mul", x, gate), b.op("Mul", gate, b.op("Gelu", x)))
    z = b.op("ReduceMean", x, b.integers(2, 3), keepdims=0)
    z = b.op("Gemm", z, b.weights("fc1", 6, 6), b.weights("fc1.bias", 6), transB=1)
    z = b.op("Unsqueeze", b.op("HardSigmoid", z), b.integers(2, 3))
    x = b.op("Mul", b.op("Gelu", x, approximate="tanh"), z)
    x = b.op("Mul", b.op("Sigmoid", b.op("Mul", x, b.constant(1.702))), x)
    x = b.op("Mul", b.op("Sigmoid", x), b.op("Tanh", x))
    return b.gemm(b.op("Flatten", b.op("GlobalAveragePool", x)), "fc", 6)


def positions(b, x):
    """Layer norms of channels that stand last, linear layers of each position, means in place of values."""
    x = b.conv(x, "stem", 6, 3, 2, strides=[2, 2])
    y = b.op("Transpose", x, perm=[0, 2, 3, 1])
    y = b.op("LayerNormalization", y, b.weights("norm.weight", 6), b.weights("norm.bias", 6),
             axis=-1, epsilon=1e-6)
    y = b.op("Add", b.weights("fc1.bias", 10), b.op("MatMul", y, b.weights("fc1", 6, 10)))
    y = b.op("Add", b.op("MatMul", b.op("Tanh", y), b.weights("fc2", 10, 6)), b.weights("fc2.bias", 6))
    y = b.op("Transpose", y, perm=[0, 3, 1, 2])
    x = b.op("Add", x, b.op("Mul", y, b.weights("gamma", 1, 6, 1, 1)))
    for number in range(2):
        mean = b.constant(b.random.normal(0, 0.3, (1, 6, 1, 1)))
        near = b.op("Less", b.op("Abs", b.op("Sub", x, mean)),
                    b.constant(b.random.uniform(0.2, 0.6, (1, 6, 1, 1))))
        ones = b.op("ConstantOfShape", b.op("Shape", x),
                    value=helper.make_tensor("value", TensorProto.FLOAT, [1], [1.0]))
        x = b.op("Where", near, mean if number else b.op("Mul", mean, ones), x)
        x = b.conv(x, f"conv{number}", 6, 6, 1)
    x = b.op("LayerNormalization", b.op("Flatten", b.op("GlobalAveragePool", x)),
             b.weights("head.weight", 6), axis=1)
    return b.gemm(x, "fc", 6)


def layer_norm(b, x, axes, square):
    """A layer norm put together from its parts."""
    def mean(values):
        if square == "Mul":
            return b.op("ReduceMean", values, axes=axes)
        return b.op("ReduceMean", values, b.integers(*axes))
    centred = b.op("Sub", x, mean(x))
    squares = b.op("Mul", centred, centred) if square == "Mul" else b.op("Pow", centred, b.constant(2.0))
    return b.op("Div", centred, b.op("Sqrt", b.op("Add", mean(squares), b.constant(1e-6))))


def ceiling(b, x):
    """Windows that reach over the edge, and layer norms of channels that stand first and last."""
    x = b.op("MaxPool", b.conv(x, "conv1", 6, 3, 3, pads=[1, 1, 1, 1]), kernel_shape=[3, 3],
             strides=[2, 2], ceil_mode=1)
    x = layer_norm(b, x, [1], "Pow")
    x = b.op("Add", b.op("Mul", b.weights("norm1.weight", 6, 1, 1), x), b.weights("norm1.bias", 6, 1, 1))
    x = b.op("AveragePool", b.conv(x, "conv2", 6, 6, 1), kernel_shape=[3, 3], strides=[2, 2],
             ceil_mode=1, count_include_pad=0)
    x = layer_norm(b, b.op("Transpose", x, perm=[0, 2, 3, 1]), [-1], "Pow")
    return b.gemm(b.op("Flatten", b.op("Transpose", x, perm=[0, 3, 1, 2])), "fc", 6 * 2 * 2)


def opset13(b, x):
    """A layer norm with axes as attributes, its square a product."""
    x = layer_norm(b, b.conv(x, "conv1", 6, 3, 3), [1], "Mul")
    return b.gemm(b.op("Flatten", b.op("GlobalAveragePool", b.op("Relu", x))), "fc", 6)


def embedded(b, x, class_token, positions):
    """Patches of 2×2 pixels as tokens behind a class token, and what is added by position."""
    x = b.conv(x, "patch", 8, 3, 2, strides=[2, 2])
    x = b.op("Transpose", b.op("Reshape", x, b.integers(0, 8, -1)), perm=[0, 2, 1])
    token = b.op("Expand", b.weights(class_token, 1, 1, 8), b.op(
        "Concat", b.op("Slice", b.op("Shape", x), b.integers(0), b.integers(1)), b.integers(1, 8),
        axis=0))
    return b.op("Add", b.op("Concat", token, x, axis=1), b.weights(positions, 1, 17, 8))


def linear(b, x, name, outputs, inputs):
    y = b.op("MatMul", x, b.weights(name + ".weight", inputs, outputs))
    return b.op("Add", b.weights(name + ".bias", outputs), y)


def parts(b, x, split, tokens):
    """Queries, keys and values of two heads of 4 channels, taken apart in one of three ways."""
    x = b.op("Transpose", b.op("Reshape", linear(b, x, "qkv", 24, 8), b.integers(-1, tokens, 3, 2, 4)),
             perm=[2, 0, 3, 1, 4])
    if split == "Gather":
        return [b.op("Gather", x, b.constant(i, dtype=np.int64), axis=0) for i in range(3)]
    if split == "Split":
        return [b.op("Squeeze", part, b.integers(0)) for part in b.op("Split", x, axis=0, outputs=3)]
    return [b.op("Squeeze", b.op("Slice", x, b.integers(i), b.integers(i + 1), b.integers(0)),
                 b.integers(0)) for i in range(3)]


def head(b, x):
    x = b.op("LayerNormalization", x, b.weights("norm.weight", 8), b.weights("norm.bias", 8))
    return b.gemm(b.op("Gather", x, b.constant(0, dtype=np.int64), axis=1), "head", 8)


def vit(b, x):
    """Attention as timm's is exported: keys turned, queries scaled, tokens in front."""
    x = embedded(b, x, "cls_token", "pos_embed")
    q, k, v = parts(b, x, "Split", 17)
    scores = b.op("MatMul", b.op("Mul", q, b.constant(0.5)), b.op("Transpose", k, perm=[0, 1, 3, 2]))
    y = b.op("MatMul", b.op("Softmax", scores, axis=-1), v)
    y = b.op("Reshape", b.op("Transpose", y, perm=[0, 2, 1, 3]), b.integers(-1, 17, 8))
    return head(b, b.op("Add", x, linear(b, y, "proj", 8, 8)))


def fused(b, x):
    """Attention as PyTorch's fused operator is exported: both factors scaled, keys turned as a matrix
    of all heads, a bias for each pair."""
    x = embedded(b, x, "cls_token", "pos_embed")
    q, k, v = parts(b, x, "Slice", 17)
    turned = b.op("Transpose", b.op("Reshape", k, b.integers(-1, 17, 4)), perm=[0, 2, 1])
    turned = b.op("Reshape", turned, b.integers(1, 2, 4, 17))
    factor = b.constant(0.7)
    scores = b.op("MatMul", b.op("Mul", q, factor), b.op("Mul", turned, factor))
    scores = b.op("Add", scores, b.weights("bias", 1, 2, 17, 17))
    y = b.op("MatMul", b.op("Softmax", scores, axis=-1), v)
    y = b.op("Reshape", b.op("Transpose", y, perm=[0, 2, 1, 3]), b.integers(1, 17, 8))
    return head(b, b.op("Add", linear(b, y, "proj", 8, 8), x))


def windows(b, x):
    """Windows of 2×2 positions, moved by one, with a bias and a mask, as Swin's are exported."""
    x = b.op("Transpose", b.conv(x, "patch", 8, 3, 2, strides=[2, 2]), perm=[0, 2, 3, 1])
    y = b.op("LayerNormalization", x, b.weights("norm1.weight", 8), b.weights("norm1.bias", 8))
    for axis in (1, 2):
        y = b.op("Concat", b.op("Slice", y, b.integers(1), b.integers(2**63 - 1), b.integers(axis)),
                 b.op("Slice", y, b.integers(0), b.integers(1), b.integers(axis)), axis=axis)
    y = b.op("Transpose", b.op("Reshape", y, b.integers(1, 2, 2, 2, 2, 8)), perm=[0, 1, 3, 2, 4, 5])
    q, k, v = parts(b, b.op("Reshape", y, b.integers(-1, 4, 8)), "Gather", 4)
    scores = b.op("MatMul", b.op("Mul", q, b.constant(0.5)), b.op("Transpose", k, perm=[0, 1, 3, 2]))
    scores = b.op("Add", scores, b.weights("table", 1, 2, 4, 4))
    bands = np.array([[3 * (0, 0, 1, 2)[2 * i + y] + (0, 0, 1, 2)[2 * j + x] for y in (0, 1) for x in
                       (0, 1)] for i in (0, 1) for j in (0, 1)])
    mask = np.where(bands[:, :, None] == bands[:, None, :], 0, -100)
    scores = b.op("Add", b.op("Reshape", scores, b.integers(1, 4, 2, 4, 4)),
                  b.constant(mask[None, :, None]))
    y = b.op("MatMul", b.op("Softmax", b.op("Reshape", scores, b.integers(-1, 2, 4, 4)), axis=-1), v)
    y = b.op("Reshape", b.op("Transpose", y, perm=[0, 2, 1, 3]), b.integers(-1, 4, 8))
    y = b.op("Reshape", linear(b, y, "proj", 8, 8), b.integers(-1, 2, 2, 2, 2, 8))
    y = b.op("Reshape", b.op("Transpose", y, perm=[0, 1, 3, 2, 4, 5]), b.integers(1, 4, 4, 8))
    for axis in (1, 2):
        y = b.op("Concat", b.op("Slice", y, b.integers(-1), b.integers(2**63 - 1), b.integers(axis)),
                 b.op("Slice", y, b.integers(0), b.integers(-1), b.integers(axis)), axis=axis)
    x = b.op("Add", x, y)
    # Two by two patches as one.
    x = b.op("Transpose", b.op("Reshape", x, b.integers(0, 2, 2, 2, 2, 8)), perm=[0, 1, 3, 4, 2, 5])
    x = b.op("LayerNormalization", b.op("Reshape", x, b.integers(-1, 2, 2, 32)),
             b.weights("norm2.weight", 32), b.weights("norm2.bias", 32))
    x = b.op("MatMul", x, b.weights("reduction.weight", 32, 16))
    return b.gemm(b.op("ReduceMean", x, axes=[1, 2], keepdims=0), "head", 16)


def combined(b, x):
    """Sums, maxima and slopes in other words, and weights of eight bits."""
    weights = b.constant(b.random.integers(-128, 128, (6, 3, 3, 3)), "quantised", np.int8)
    scales = b.constant(b.random.uniform(1e-3, 3e-3, 6))
    zeros = b.constant(b.random.integers(-9, 9, 6), dtype=np.int8)
    x = b.op("Conv", x, b.op("DequantizeLinear", weights, scales, zeros, axis=0),
             b.weights("conv1.bias", 6))
    y = b.op("Selu", x)
    z = b.op("Max", b.op("Min", y, b.op("Abs", x)), b.op("PRelu", x, b.weights("slope", 6, 1, 1)))
    x = b.op("Sum", x, y, z)
    top = b.op("ReduceMax", x, b.integers(2, 3), keepdims=1)
    total = b.op("ReduceSum", x, b.integers(3, 2))
    x = b.op("Sum", top, b.op("GlobalMaxPool", b.op("Neg", x)), total)
    return b.gemm(b.op("Flatten", x), "fc", 6)


MODELS = {
    "plain": (plain, 13, "N"), "residual": (residual, 18, 1), "silu": (silu, 17, "N"),
    "shuffle": (shuffle, 13, 2), "shortcut_a": (shortcut_a, 21, "N"),
    "transposed": (transposed, 17, "N"), "computed_reshape": (computed_reshape, 14, "N"),
    "softmax_head": (softmax_head, 18, 1), "auto_pad": (auto_pad, 13, "N"),
    "opset9": (opset9, 9, 1), "storage": (storage, 17, "N"),
    "functions": (functions, 17, "N"), "gates": (gates, 20, "N"),
    "positions": (positions, 17, "N"), "ceiling": (ceiling, 18, "N"), "opset13": (opset13, 13, "N"),
    "vit": (vit, 17, "N"), "fused": (fused, 18, 1), "windows": (windows, 17, 1),
    "combined": (combined, 19, "N"),
}


def model(nodes, initializers, output, opset, batch):
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, [batch, 3, 8, 8])
    logits = helper.make_tensor_value_info(output, TensorProto.FLOAT, [batch, CLASSES])
    graph = helper.make_graph(nodes, "tiny", [image], [logits], initializers)
    result = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=4 if opset < 10 else 8,
        producer_name="make_onnx_fixtures", producer_version="1")
    onnx.checker.check_model(result)
    return result


def write(name, build, opset, batch, seed):
    b = Builder(seed)
    output = build(b, "image")
    images = b.random.uniform(0, 1, (2, 3, 8, 8)).astype(np.float32)
    shown = model(b.nodes, b.initializers, output, opset, batch)
    size = batch if isinstance(batch, int) else 1
    evaluator = ReferenceEvaluator(shown)
    logits = [
        evaluator.run(None, {"image": np.repeat(image[None], size, 0)})[0][0].tolist()
        for image in images
    ]
    if name == "softmax_head":
        b.op("Softmax", output, axis=1)
        shown = model(b.nodes, b.initializers, b.nodes[-1].output[0], opset, batch)
    (FOLDER / f"{name}.onnx").write_bytes(shown.SerializeToString())
    content = {
        "shape": [3, 8, 8],
        "images": [[float(f"{p:.9g}") for p in image.ravel().tolist()] for image in images],
        "logits": logits,
    }
    (FOLDER / f"{name}.json").write_text(json.dumps(content) + "\n")


if __name__ == "__main__":
    for seed, (name, (build, opset, batch)) in enumerate(MODELS.items()):
        write(name, build, opset, batch, seed)
