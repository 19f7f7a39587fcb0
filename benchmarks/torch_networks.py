"""The benchmarked networks in PyTorch, written from their published descriptions.

Parameter names and order are those of the registry, so that both sides hold the same weights.
"""
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


class Basic(nn.Module):
    def __init__(self, i, o, s):
        super().__init__()
        self.conv1, self.bn1 = conv(i, o, 3, s, 1), nn.BatchNorm2d(o)
        self.conv2, self.bn2 = conv(o, o, 3, 1, 1), nn.BatchNorm2d(o)
        changed = s != 1 or i != o
        self.shortcut = nn.Sequential(
            *([conv(i, o, 1, s), nn.BatchNorm2d(o)] if changed else []))

    def forward(self, x):
        r = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)), inplace=True)))
        return F.relu(r + self.shortcut(x), inplace=True)


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


NETWORKS = {
    "wrn-34-10": lambda: WideResNet(34, 10),
    "wrn-28-10": lambda: WideResNet(28, 10),
    "wrn-16-2": lambda: WideResNet(16, 2),
    "resnet-18-cifar": lambda: StagedResNet(Basic),
    "preactresnet-18-B": lambda: StagedResNet(PreActivated),
}


def formula_weights(network):
    """The formula of the golden files: an integer hash of tensor number and element."""
    import numpy as np

    def uniform(tensor, count):
        mask = np.uint64(0xFFFFFFFF)
        h = np.arange(count, dtype=np.uint64) * np.uint64(2654435761)
        h = (h + np.uint64((tensor + 1) * 2246822519 + 374761393)) & mask
        h ^= h >> np.uint64(15)
        h = (h * np.uint64(2246822519)) & mask
        h ^= h >> np.uint64(13)
        h = (h * np.uint64(3266489917)) & mask
        h ^= h >> np.uint64(16)
        return h.astype(np.float64) / 4294967296 - 0.5

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
