"""The benchmarked networks in PyTorch, written from their published descriptions.

Parameter names and order are those of the registry, so that both sides hold the same weights.
"""
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


def conv(i, o, k, s=1, p=0, groups=1, bias=False):
    return nn.Conv2d(i, o, k, s, p, groups=groups, bias=bias)


class WideBlock(nn.Module):
    def __init__(self, i, o, s):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(i), conv(i, o, 3, s, 1)
        self.bn2, self.conv2 = nn.BatchNorm2d(o), conv(o, o, 3, 1, 1)
        self.convShortcut = conv(i, o, 1, s) if i != o else None

    def forward(self, x):
        a = F.relu(self.bn1(x), inplace=True)
        r = self.conv2(F.relu(self.bn2(self.conv1(a)), inplace=True))
        return r + (x if self.convShortcut is None else self.convShortcut(a))


class WideGroup(nn.Module):
    def __init__(self, n, i, o, s):
        super().__init__()
        self.layer = nn.Sequential(
            *[WideBlock(i if b == 0 else o, o, s if b == 0 else 1) for b in range(n)])

    def forward(self, x):
        return self.layer(x)


class WideResNet(nn.Module):
    def __init__(self, depth, width, classes=10):
        super().__init__()
        n, w = (depth - 4) // 6, [16, 16 * width, 32 * width, 64 * width]
        self.conv1 = conv(3, 16, 3, 1, 1)
        self.block1 = WideGroup(n, w[0], w[1], 1)
        self.block2 = WideGroup(n, w[1], w[2], 2)
        self.block3 = WideGroup(n, w[2], w[3], 2)
        self.bn1, self.fc = nn.BatchNorm2d(w[3]), nn.Linear(w[3], classes)

    def forward(self, x):
        x = self.block3(self.block2(self.block1(self.conv1(x))))
        return self.fc(F.adaptive_avg_pool2d(F.relu(self.bn1(x), inplace=True), 1).flatten(1))


def projection(i, o, s):
    """The shortcut of a post-activation block: nothing where the shape stays."""
    changed = s != 1 or i != o
    return nn.Sequential(*([conv(i, o, 1, s), nn.BatchNorm2d(o)] if changed else []))


class Basic(nn.Module):
    expansion = 1

    def __init__(self, i, o, s, shortcut="shortcut"):
        super().__init__()
        self.conv1, self.bn1 = conv(i, o, 3, s, 1), nn.BatchNorm2d(o)
        self.conv2, self.bn2 = conv(o, o, 3, 1, 1), nn.BatchNorm2d(o)
        self.name = shortcut
        self.add_module(shortcut, projection(i, o, s))

    def forward(self, x):
        r = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)), inplace=True)))
        return F.relu(r + getattr(self, self.name)(x), inplace=True)


class Bottleneck(nn.Module):
    """The 3×3 convolution has the stride."""
    expansion = 4

    def __init__(self, i, o, s, shortcut="shortcut"):
        super().__init__()
        inner = o // self.expansion
        self.conv1, self.bn1 = conv(i, inner, 1), nn.BatchNorm2d(inner)
        self.conv2, self.bn2 = conv(inner, inner, 3, s, 1), nn.BatchNorm2d(inner)
        self.conv3, self.bn3 = conv(inner, o, 1), nn.BatchNorm2d(o)
        self.name = shortcut
        self.add_module(shortcut, projection(i, o, s))

    def forward(self, x):
        r = F.relu(self.bn1(self.conv1(x)), inplace=True)
        r = self.bn3(self.conv3(F.relu(self.bn2(self.conv2(r)), inplace=True)))
        return F.relu(r + getattr(self, self.name)(x), inplace=True)


class PreActivated(nn.Module):
    def __init__(self, i, o, s):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(i), conv(i, o, 3, s, 1)
        self.bn2, self.conv2 = nn.BatchNorm2d(o), conv(o, o, 3, 1, 1)
        self.shortcut = nn.Sequential(conv(i, o, 1, s)) if s != 1 or i != o else None

    def forward(self, x):
        h = F.relu(self.bn1(x))
        s = x if self.shortcut is None else self.shortcut(h)
        return self.conv2(F.relu(self.bn2(self.conv1(h)), inplace=True)) + s


class StagedResNet(nn.Module):
    """Four stages of two blocks for 32×32 images; pre-activated ones end in their own norm."""

    def __init__(self, block, classes=10):
        super().__init__()
        self.preactivated = block is PreActivated
        self.conv1 = conv(3, 64, 3, 1, 1)
        if not self.preactivated:
            self.bn1 = nn.BatchNorm2d(64)
        widths = [64, 64, 128, 256, 512]
        for stage in range(1, 5):
            i, o, s = widths[stage - 1], widths[stage], 1 if stage == 1 else 2
            setattr(self, f"layer{stage}", nn.Sequential(block(i, o, s), block(o, o, 1)))
        if self.preactivated:
            self.bn = nn.BatchNorm2d(512)
        self.linear = nn.Linear(512, classes)

    def forward(self, x):
        x = self.conv1(x)
        if not self.preactivated:
            x = F.relu(self.bn1(x), inplace=True)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        if self.preactivated:
            x = F.relu(self.bn(x), inplace=True)
        return self.linear(F.adaptive_avg_pool2d(x, 1).flatten(1))


class DownsampledResNet(nn.Module):
    """Layers of post-activation blocks; `large` images are first made four times smaller."""

    def __init__(self, block, counts, stem, widths, classes, large=False):
        super().__init__()
        self.conv1 = conv(3, stem, 7, 2, 3) if large else conv(3, stem, 3, 1, 1)
        self.bn1 = nn.BatchNorm2d(stem)
        self.pool = nn.MaxPool2d(3, 2, 1) if large else nn.Identity()
        self.layers = [f"layer{n + 1}" for n in range(len(counts))]
        i = stem
        for n, (name, count, width) in enumerate(zip(self.layers, counts, widths)):
            o = width * block.expansion
            self.add_module(name, nn.Sequential(
                block(i, o, 1 if n == 0 else 2, "downsample"),
                *[block(o, o, 1, "downsample") for _ in range(count - 1)]))
            i = o
        self.fc = nn.Linear(i, classes)

    def forward(self, x):
        x = self.pool(F.relu(self.bn1(self.conv1(x)), inplace=True))
        for name in self.layers:
            x = getattr(self, name)(x)
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))


class VGG13(nn.Module):
    """Five blocks of two convolutions; images of 32×32 are pooled after the first three only."""

    def __init__(self, classes=100):
        super().__init__()
        widths = [3, 64, 128, 256, 512, 512]
        for n in range(5):
            i, o = widths[n], widths[n + 1]
            self.add_module(f"block{n}", nn.Sequential(
                conv(i, o, 3, 1, 1, bias=True), nn.BatchNorm2d(o), nn.ReLU(inplace=True),
                conv(o, o, 3, 1, 1, bias=True), nn.BatchNorm2d(o)))
        self.classifier = nn.Linear(512, classes)

    def forward(self, x):
        for n in range(5):
            x = F.relu(getattr(self, f"block{n}")(x), inplace=True)
            if n < 3:
                x = F.max_pool2d(x, 2)
        return self.classifier(F.adaptive_avg_pool2d(x, 1).flatten(1))


class InvertedResidual(nn.Module):
    def __init__(self, i, o, s, expansion):
        super().__init__()
        inner = i * expansion
        self.conv = nn.Sequential(
            conv(i, inner, 1), nn.BatchNorm2d(inner), nn.ReLU(inplace=True),
            conv(inner, inner, 3, s, 1, groups=inner), nn.BatchNorm2d(inner),
            nn.ReLU(inplace=True), conv(inner, o, 1), nn.BatchNorm2d(o))
        self.adds = s == 1 and i == o

    def forward(self, x):
        return x + self.conv(x) if self.adds else self.conv(x)


class MobileNetV2(nn.Module):
    """Half width for 32×32 images, plain ReLU."""

    def __init__(self, classes=100):
        super().__init__()
        self.conv1 = nn.Sequential(conv(3, 16, 3, 2, 1), nn.BatchNorm2d(16), nn.ReLU(inplace=True))
        groups, i = [], 16
        for expansion, o, count, stride in [
                (1, 8, 1, 1), (6, 12, 2, 1), (6, 16, 3, 2), (6, 32, 4, 2), (6, 48, 3, 1),
                (6, 80, 3, 2), (6, 160, 1, 1)]:
            groups.append(nn.Sequential(*[
                InvertedResidual(i if b == 0 else o, o, stride if b == 0 else 1, expansion)
                for b in range(count)]))
            i = o
        self.blocks = nn.Sequential(*groups)
        self.conv2 = nn.Sequential(
            conv(i, 1280, 1), nn.BatchNorm2d(1280), nn.ReLU(inplace=True))
        self.classifier = nn.Sequential(nn.Linear(1280, classes))

    def forward(self, x):
        x = self.conv2(self.blocks(self.conv1(x)))
        return self.classifier(F.adaptive_avg_pool2d(x, 1).flatten(1))


class ShuffleDown(nn.Module):
    """Halves the image; both branches are computed."""

    def __init__(self, i, o):
        super().__init__()
        h = o // 2
        self.conv1, self.bn1 = conv(i, i, 3, 2, 1, groups=i), nn.BatchNorm2d(i)
        self.conv2, self.bn2 = conv(i, h, 1), nn.BatchNorm2d(h)
        self.conv3, self.bn3 = conv(i, h, 1), nn.BatchNorm2d(h)
        self.conv4, self.bn4 = conv(h, h, 3, 2, 1, groups=h), nn.BatchNorm2d(h)
        self.conv5, self.bn5 = conv(h, h, 1), nn.BatchNorm2d(h)

    def forward(self, x):
        left = F.relu(self.bn2(self.conv2(self.bn1(self.conv1(x)))), inplace=True)
        right = F.relu(self.bn3(self.conv3(x)), inplace=True)
        right = F.relu(self.bn5(self.conv5(self.bn4(self.conv4(right)))), inplace=True)
        return shuffle(torch.cat([left, right], 1))


class ShuffleSplit(nn.Module):
    """The first half of the channels passes unchanged."""

    def __init__(self, o):
        super().__init__()
        h = o // 2
        self.conv1, self.bn1 = conv(h, h, 1), nn.BatchNorm2d(h)
        self.conv2, self.bn2 = conv(h, h, 3, 1, 1, groups=h), nn.BatchNorm2d(h)
        self.conv3, self.bn3 = conv(h, h, 1), nn.BatchNorm2d(h)

    def forward(self, x):
        kept, y = x.chunk(2, 1)
        y = F.relu(self.bn1(self.conv1(y)), inplace=True)
        y = F.relu(self.bn3(self.conv3(self.bn2(self.conv2(y)))), inplace=True)
        return shuffle(torch.cat([kept, y], 1))


def shuffle(x):
    """Channels of two halves in turn."""
    n, c, h, w = x.shape
    return x.reshape(n, 2, c // 2, h, w).permute(0, 2, 1, 3, 4).reshape(n, c, h, w)


class ShuffleNetV2(nn.Module):
    """Width 1 for 32×32 images."""

    def __init__(self, classes=100):
        super().__init__()
        self.conv1, self.bn1 = conv(3, 24, 1), nn.BatchNorm2d(24)
        i = 24
        for n, (o, units) in enumerate([(116, 4), (232, 8), (464, 4)]):
            self.add_module(f"layer{n + 1}", nn.Sequential(
                ShuffleDown(i, o), *[ShuffleSplit(o) for _ in range(units - 1)]))
            i = o
        self.conv2, self.bn2 = conv(464, 1024, 1), nn.BatchNorm2d(1024)
        self.linear = nn.Linear(1024, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)), inplace=True)
        x = self.layer3(self.layer2(self.layer1(x)))
        x = F.relu(self.bn2(self.conv2(x)), inplace=True)
        return self.linear(F.adaptive_avg_pool2d(x, 1).flatten(1))


class BiasedBlock(nn.Module):
    """Two convolutions with bias and no normalisation."""

    def __init__(self, i, o, s):
        super().__init__()
        self.conv1, self.conv2 = conv(i, o, 3, s, 1, bias=True), conv(o, o, 3, 1, 1, bias=True)
        self.shortcut = nn.Sequential(*([conv(i, o, 1, s, bias=True)] if s != 1 else []))

    def forward(self, x):
        return F.relu(self.conv2(F.relu(self.conv1(x))) + self.shortcut(x))


class ResNet4b(nn.Module):
    """The residual network of the verification competitions, four blocks."""

    def __init__(self, classes=10):
        super().__init__()
        self.conv1 = conv(3, 16, 3, 2, 1, bias=True)
        self.layer1 = nn.Sequential(BiasedBlock(16, 32, 2), BiasedBlock(32, 32, 1))
        self.layer2 = nn.Sequential(BiasedBlock(32, 32, 2), BiasedBlock(32, 32, 1))
        self.linear1, self.linear2 = nn.Linear(512, 100), nn.Linear(100, classes)

    def forward(self, x):
        x = self.layer2(self.layer1(F.relu(self.conv1(x))))
        return self.linear2(F.relu(self.linear1(x.flatten(1))))


NETWORKS = {
    "resnet4b": ResNet4b,
    "wrn-34-10": lambda: WideResNet(34, 10),
    "wrn-28-10": lambda: WideResNet(28, 10),
    "wrn-16-2": lambda: WideResNet(16, 2),
    "resnet-18-cifar": lambda: StagedResNet(Basic),
    "preactresnet-18-B": lambda: StagedResNet(PreActivated),
    "resnet32x4": lambda: DownsampledResNet(Basic, [5, 5, 5], 32, [64, 128, 256], 100),
    "vgg13_bn": VGG13,
    "mobilenetv2-half": MobileNetV2,
    "shufflev2": ShuffleNetV2,
    "tv-resnet50": lambda: DownsampledResNet(
        Bottleneck, [3, 4, 6, 3], 64, [64, 128, 256, 512], 1000, large=True),
}


def image_size(name):
    return 224 if name.startswith("tv-") else 32


def formula_images(count, size):
    """Images that both sides can make alone."""
    elements = uniform(-1, count * 3 * size * size).astype("float32") + 0.5
    return torch.from_numpy(elements).reshape(count, 3, size, size)


def uniform(tensor, count):
    """The golden files' hash of a tensor's number and its elements, from -0.5 to 0.5."""
    mask = np.uint64(0xFFFFFFFF)
    h = np.arange(count, dtype=np.uint64) * np.uint64(2654435761)
    h = (h + np.uint64((tensor + 1) * 2246822519 + 374761393)) & mask
    h ^= h >> np.uint64(15)
    h = (h * np.uint64(2246822519)) & mask
    h ^= h >> np.uint64(13)
    h = (h * np.uint64(3266489917)) & mask
    h ^= h >> np.uint64(16)
    return h.astype(np.float64) / 4294967296 - 0.5


def formula_weights(network):
    """Fills a network with numbers that follow from tensor number and element."""
    state = {k: v for k, v in network.state_dict().items() if "num_batches" not in k}
    for number, (name, tensor) in enumerate(state.items()):
        u = uniform(number, tensor.numel())
        if tensor.dim() > 1:
            value = u * np.sqrt(12 * 2 / np.prod(tensor.shape[1:]))
        elif name.endswith("running_var"):
            value = 1 + 0.8 * (u + 0.5)
        elif name.endswith("weight"):
            value = 1 + 0.4 * u
        else:
            value = 0.4 * u
        tensor.copy_(torch.from_numpy(value.astype(np.float32)).reshape(tensor.shape))
    return network
