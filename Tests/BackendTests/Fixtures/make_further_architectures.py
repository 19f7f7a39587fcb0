"""Writes further-architectures.json: float64 results of networks that architectures.json lacks.

The networks are written down here from their papers and public descriptions, in PyTorch, with the
parameter names of the public checkpoints. Run: python make_further_architectures.py
"""

import json
import os

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F


def hashed(tensor, count):
    h = np.arange(count, dtype=np.uint64) * 2654435761 + (tensor + 1) * 2246822519 + 374761393
    h = h.astype(np.uint32)
    h ^= h >> np.uint32(15)
    h *= np.uint32(2246822519)
    h ^= h >> np.uint32(13)
    h *= np.uint32(3266489917)
    return h ^ (h >> np.uint32(16))


def uniform(tensor, shape):
    return (hashed(tensor, int(np.prod(shape))).astype(np.float64) / 2**32 - 0.5).reshape(shape)


def parameter(name, shape, number, gain):
    u = uniform(number, shape)
    if len(shape) >= 2:
        value = u * np.sqrt(12 * gain / np.prod(shape[1:]))
    elif name.endswith("running_var"):
        value = 1 + 0.8 * (u + 0.5)
    elif name.endswith(".weight"):
        value = 1 + 0.4 * u
    else:
        value = 0.4 * u
    return torch.from_numpy(value.astype(np.float32).astype(np.float64))


def image(number, shape):
    return torch.from_numpy((uniform(1000 + number, shape) + 0.5).astype(np.float32).astype(np.float64))


def conv(inputs, outputs, kernel, stride=1, padding=None, groups=1, bias=False):
    padding = kernel // 2 if padding is None else padding
    return nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=bias)


def pooled(x):
    return x.mean((2, 3))


class ShuffleUnit2(nn.Module):
    """Without downsampling: the first half of the channels passes."""

    def __init__(self, channels):
        super().__init__()
        c = channels // 2
        self.conv1, self.bn1 = conv(c, c, 1), nn.BatchNorm2d(c)
        self.conv2, self.bn2 = conv(c, c, 3, groups=c), nn.BatchNorm2d(c)
        self.conv3, self.bn3 = conv(c, c, 1), nn.BatchNorm2d(c)

    def forward(self, x):
        kept, y = x.chunk(2, 1)
        y = F.relu(self.bn1(self.conv1(y)))
        y = self.bn2(self.conv2(y))
        y = F.relu(self.bn3(self.conv3(y)))
        return F.channel_shuffle(torch.cat([kept, y], 1), 2)


class ShuffleDown2(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        c = outputs // 2
        self.conv1, self.bn1 = conv(inputs, inputs, 3, 2, groups=inputs), nn.BatchNorm2d(inputs)
        self.conv2, self.bn2 = conv(inputs, c, 1), nn.BatchNorm2d(c)
        self.conv3, self.bn3 = conv(inputs, c, 1), nn.BatchNorm2d(c)
        self.conv4, self.bn4 = conv(c, c, 3, 2, groups=c), nn.BatchNorm2d(c)
        self.conv5, self.bn5 = conv(c, c, 1), nn.BatchNorm2d(c)

    def forward(self, x):
        left = F.relu(self.bn2(self.conv2(self.bn1(self.conv1(x)))))
        right = F.relu(self.bn3(self.conv3(x)))
        right = F.relu(self.bn5(self.conv5(self.bn4(self.conv4(right)))))
        return F.channel_shuffle(torch.cat([left, right], 1), 2)


class ShuffleNetV2(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.conv1, self.bn1 = conv(3, 24, 1), nn.BatchNorm2d(24)
        inputs = 24
        for number, (outputs, units) in enumerate([(116, 3), (232, 7), (464, 3)]):
            units = [ShuffleDown2(inputs, outputs)] + [ShuffleUnit2(outputs) for _ in range(units)]
            setattr(self, f"layer{number + 1}", nn.Sequential(*units))
            inputs = outputs
        self.conv2, self.bn2 = conv(464, 1024, 1), nn.BatchNorm2d(1024)
        self.linear = nn.Linear(1024, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.linear(pooled(F.relu(self.bn2(self.conv2(x)))))


class PreActBlock(nn.Module):
    """Variant A: the shortcut reads the raw input."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(inputs), conv(inputs, outputs, 3, stride)
        self.bn2, self.conv2 = nn.BatchNorm2d(outputs), conv(outputs, outputs, 3)
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(conv(inputs, outputs, 1, stride))

    def forward(self, x):
        y = self.conv1(F.relu(self.bn1(x)))
        y = self.conv2(F.relu(self.bn2(y)))
        return y + (self.shortcut(x) if hasattr(self, "shortcut") else x)


class PreActResNet18A(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.conv1 = conv(3, 64, 3)
        inputs = 64
        for number, outputs in enumerate([64, 128, 256, 512]):
            stride = 1 if number == 0 else 2
            blocks = [PreActBlock(inputs, outputs, stride), PreActBlock(outputs, outputs, 1)]
            setattr(self, f"layer{number + 1}", nn.Sequential(*blocks))
            inputs = outputs
        self.linear = nn.Linear(512, classes)

    def forward(self, x):
        return self.linear(pooled(self.layer4(self.layer3(self.layer2(self.layer1(self.conv1(x)))))))


class DMBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.stride = stride
        self.batchnorm_0 = nn.BatchNorm2d(inputs)
        self.conv_2d_1 = conv(inputs, outputs, 3, stride, padding=0)
        self.batchnorm_1 = nn.BatchNorm2d(outputs)
        self.conv_2d_2 = conv(outputs, outputs, 3)
        if stride != 1 or inputs != outputs:
            self.shortcut = conv(inputs, outputs, 3, stride, padding=0)

    def padded(self, x):
        return F.pad(x, (1, 1, 1, 1) if self.stride == 1 else (0, 1, 0, 1))

    def forward(self, x):
        y = self.conv_2d_1(self.padded(F.silu(self.batchnorm_0(x))))
        y = self.conv_2d_2(F.silu(self.batchnorm_1(y)))
        return y + (self.shortcut(self.padded(x)) if hasattr(self, "shortcut") else x)


class DMPreActResNet18(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.conv_2d = conv(3, 64, 3)
        inputs = 64
        for number, outputs in enumerate([64, 128, 256, 512]):
            stride = 1 if number == 0 else 2
            blocks = [DMBlock(inputs, outputs, stride), DMBlock(outputs, outputs, 1)]
            setattr(self, f"layer_{number}", nn.Sequential(*blocks))
            inputs = outputs
        self.batchnorm = nn.BatchNorm2d(512)
        self.logits = nn.Linear(512, classes)

    def forward(self, x):
        x = self.layer_3(self.layer_2(self.layer_1(self.layer_0(self.conv_2d(x)))))
        return self.logits(pooled(F.silu(self.batchnorm(x))))


class Bottleneck(nn.Module):
    def __init__(self, inputs, inner, stride):
        super().__init__()
        outputs = 4 * inner
        self.conv1, self.bn1 = conv(inputs, inner, 1), nn.BatchNorm2d(inner)
        self.conv2, self.bn2 = conv(inner, inner, 3, stride), nn.BatchNorm2d(inner)
        self.conv3, self.bn3 = conv(inner, outputs, 1), nn.BatchNorm2d(outputs)
        self.shortcut = nn.Sequential()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(conv(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        return F.relu(self.bn3(self.conv3(y)) + self.shortcut(x))


class CifarResNet50(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.conv1, self.bn1 = conv(3, 64, 3), nn.BatchNorm2d(64)
        inputs = 64
        for number, blocks in enumerate([3, 4, 6, 3]):
            inner, layer = 64 * 2**number, []
            for block in range(blocks):
                layer.append(Bottleneck(inputs, inner, 2 if number and block == 0 else 1))
                inputs = 4 * inner
            setattr(self, f"layer{number + 1}", nn.Sequential(*layer))
        self.linear = nn.Linear(2048, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        return self.linear(pooled(self.layer4(self.layer3(self.layer2(self.layer1(x))))))


class OptionABlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1, self.bn1 = conv(inputs, outputs, 3, stride), nn.BatchNorm2d(outputs)
        self.conv2, self.bn2 = conv(outputs, outputs, 3), nn.BatchNorm2d(outputs)
        self.added = outputs - inputs

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.added:
            side = self.added // 2
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, side, side))
        return F.relu(y + x)


class ResNet20A(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.conv1, self.bn1 = conv(3, 16, 3), nn.BatchNorm2d(16)
        inputs = 16
        for number, outputs in enumerate([16, 32, 64]):
            blocks = [OptionABlock(inputs, outputs, 2 if number else 1)]
            blocks += [OptionABlock(outputs, outputs, 1) for _ in range(2)]
            setattr(self, f"layer{number + 1}", nn.Sequential(*blocks))
            inputs = outputs
        self.linear = nn.Linear(64, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        return self.linear(pooled(self.layer3(self.layer2(self.layer1(x)))))


class VGG13(nn.Module):
    def __init__(self, classes):
        super().__init__()
        inputs = 3
        for number, outputs in enumerate([64, 128, 256, 512, 512]):
            block = [
                conv(inputs, outputs, 3, bias=True), nn.BatchNorm2d(outputs), nn.ReLU(),
                conv(outputs, outputs, 3, bias=True), nn.BatchNorm2d(outputs),
            ]
            setattr(self, f"block{number}", nn.Sequential(*block))
            inputs = outputs
        self.classifier = nn.Linear(512, classes)

    def forward(self, x):
        for number in range(5):
            x = F.relu(getattr(self, f"block{number}")(x))
            if number < 3 or (number == 3 and x.shape[2] == 8):
                x = F.max_pool2d(x, 2)
        return self.classifier(pooled(x))


class MNISTSmallCNN(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.feature_extractor = nn.ModuleDict(
            {f"conv{n + 1}": conv(i, o, 3, padding=0, bias=True)
             for n, (i, o) in enumerate([(1, 32), (32, 32), (32, 64), (64, 64)])})
        self.classifier = nn.ModuleDict(
            {"fc1": nn.Linear(1024, 200), "fc2": nn.Linear(200, 200), "fc3": nn.Linear(200, classes)})

    def forward(self, x):
        f, c = self.feature_extractor, self.classifier
        x = F.max_pool2d(F.relu(f["conv2"](F.relu(f["conv1"](x)))), 2)
        x = F.max_pool2d(F.relu(f["conv4"](F.relu(f["conv3"](x)))), 2)
        return c["fc3"](F.relu(c["fc2"](F.relu(c["fc1"](x.flatten(1))))))


def cifar_cnn_a(classes):
    return nn.Sequential(
        conv(3, 16, 4, 2, padding=1, bias=True), nn.ReLU(),
        conv(16, 32, 4, 2, padding=1, bias=True), nn.ReLU(),
        nn.Flatten(), nn.Linear(2048, 100), nn.ReLU(), nn.Linear(100, classes))


class PlainBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = conv(inputs, outputs, 3, stride, bias=True)
        self.conv2 = conv(outputs, outputs, 3, bias=True)
        self.shortcut = nn.Sequential()
        if stride != 1:
            self.shortcut = nn.Sequential(conv(inputs, outputs, 1, stride, bias=True))

    def forward(self, x):
        return F.relu(self.conv2(F.relu(self.conv1(x))) + self.shortcut(x))


class ResNet4b(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.conv1 = conv(3, 16, 3, 2, bias=True)
        self.layer1 = nn.Sequential(PlainBlock(16, 32, 2), PlainBlock(32, 32, 1))
        self.layer2 = nn.Sequential(PlainBlock(32, 32, 2), PlainBlock(32, 32, 1))
        self.linear1, self.linear2 = nn.Linear(512, 100), nn.Linear(100, classes)

    def forward(self, x):
        x = self.layer2(self.layer1(F.relu(self.conv1(x))))
        return self.linear2(F.relu(self.linear1(x.flatten(1))))


CIFAR10 = {"mean": [0.4914, 0.4822, 0.4465], "std": [0.2471, 0.2435, 0.2616]}
# name: network, classes, input, gain, normalisation
NETWORKS = {
    "shufflev2": (ShuffleNetV2, 100, [3, 32, 32], 2, None),
    "preactresnet-18-A": (PreActResNet18A, 10, [3, 32, 32], 1.5, None),
    "dm-preactresnet-18-silu-c10": (DMPreActResNet18, 10, [3, 32, 32], 1.5, CIFAR10),
    "resnet-50-cifar": (CifarResNet50, 100, [3, 32, 32], 1.5, None),
    "resnet20-A": (ResNet20A, 10, [3, 32, 32], 2, None),
    "vgg13_bn": (VGG13, 100, [3, 32, 32], 2, None),
    "vgg13_bn-64": (VGG13, 100, [3, 64, 64], 2, None),
    "mnist-smallcnn": (MNISTSmallCNN, 10, [1, 28, 28], 2, None),
    "cifar-cnn-a": (cifar_cnn_a, 10, [3, 32, 32], 2, None),
    "resnet4b": (ResNet4b, 10, [3, 32, 32], 1.5, None),
}


def positions(channels, side):
    last, half = side - 1, side // 2
    places = [(0, 0, 0), (0, 0, last), (1, last, 0), (2, last, last), (1, half - 1, half), (2, 7, 20)]
    return [[i, c % channels, y, x] for i in (0, 1) for c, y, x in places]


def gradient_entry(loss, x, places):
    (gradient,) = torch.autograd.grad(loss, x, retain_graph=True)
    return {
        "l2": rounded(gradient.norm()), "l1": rounded(gradient.abs().sum()),
        "linf": rounded(gradient.abs().max()),
        "values": [rounded(gradient[tuple(place)]) for place in places],
    }


def rounded(value):
    return float(f"{float(value):.9g}")


def entry(make, classes, shape, gain, norm):
    network = make(classes).double().eval()
    names = [k for k in network.state_dict() if not k.endswith("num_batches_tracked")]
    values = {k: parameter(k, tuple(network.state_dict()[k].shape), n, gain) for n, k in enumerate(names)}
    network.load_state_dict(values, strict=False)
    x = torch.stack([image(n, shape) for n in (0, 1)]).requires_grad_()
    y = x
    if norm:
        mean, std = (
            torch.tensor(np.array(norm[k], np.float32).astype(np.float64)).view(1, -1, 1, 1)
            for k in ("mean", "std"))
        y = (x - mean) / std
    logits = network(y)
    labels = torch.tensor([3, 7])
    ce = F.cross_entropy(logits, labels, reduction="none")
    others = logits.detach().clone()
    others[[0, 1], labels] = -torch.inf
    target = others.argmax(1)
    z = logits.sort(1, descending=True).values
    numerator = logits[[0, 1], labels] - logits[[0, 1], target]
    dlr = -numerator / (z[:, 0] - (z[:, 2] + z[:, 3]) / 2 + 1e-12)
    places = positions(shape[0], shape[1])
    return {
        "num_classes": classes, "input": shape, "gain": gain, "norm": norm,
        "params": sum(p.numel() for p in network.parameters()),
        "tensors": [[k, list(values[k].shape)] for k in names],
        "tensor_check": {
            "sum": rounded(sum(v.sum() for v in values.values())),
            "abs_sum": rounded(sum(v.abs().sum() for v in values.values()))},
        "eval": {
            "images": [0, 1], "labels": [3, 7], "argmax": logits.argmax(1).tolist(),
            "logits": [[rounded(v) for v in row] for row in logits],
            "ce": [rounded(v) for v in ce], "ce_grad": gradient_entry(ce.sum(), x, places),
            "dlr_target": target.tolist(), "dlr": [rounded(v) for v in dlr],
            "dlr_grad": gradient_entry(dlr.sum(), x, places),
            "tolerance": {"logits": 1e-4, "grad_norm": 1e-3, "grad_values": 5e-3}},
    }


def main():
    check = [{"t": t, "i": i, "h": int(hashed(t, i + 1)[i])} for t, i in [(0, 0), (7, 4096)]]
    first = image(0, [3, 32, 32])
    result = {
        "hash_check": check, "image0_32_first4": [rounded(v) for v in first.flatten()[:4]],
        "image0_32_sum": rounded(first.sum()),
        "grad_positions": {"eval": {
            str(side): positions(channels, side) for channels, side in [(1, 28), (3, 32), (3, 64)]}},
        "architectures": {name: entry(*network) for name, network in NETWORKS.items()},
    }
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "further-architectures.json")
    with open(path, "w") as file:
        json.dump(result, file)
        file.write("\n")


main()
