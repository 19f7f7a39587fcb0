"""PyTorch's own speed of forward passes and input gradients, channels last.

usage: pytorch_speed.py DEVICE BATCH PASSES NETWORK…
"""
import os
import sys
import time

os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import torch  # noqa: E402
import torch_networks  # noqa: E402

PRECISIONS = {"float32": torch.float32, "tf32": torch.float32,
              "half": torch.float16, "bfloat16": torch.bfloat16}


def timed(passes, device, work):
    for _ in range(3):
        work()
    if device != "cpu":
        torch.cuda.synchronize()
    start = time.perf_counter()
    for _ in range(passes):
        work()
    if device != "cpu":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def main():
    device, batch, passes = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    print("pytorch", torch.__version__, "cudnn", torch.backends.cudnn.version())
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True
    for name in sys.argv[4:]:
        for precision in ["float32"] if device == "cpu" else PRECISIONS:
            torch.backends.cudnn.allow_tf32 = precision == "tf32"
            torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
            kind = PRECISIONS[precision]
            network = torch_networks.NETWORKS[name]().eval().requires_grad_(False)
            network = network.to(device, kind, memory_format=torch.channels_last)
            images = torch.rand(batch, 3, 32, 32, device=device).to(
                kind, memory_format=torch.channels_last)

            def forward():
                with torch.no_grad():
                    network(images)

            def gradient():
                x = images.detach().requires_grad_()
                torch.autograd.grad(network(x).float().sum(), x)

            rates = [batch * passes / timed(passes, device, work) for work in (forward, gradient)]
            print(f"pytorch {name} {precision} batch {batch}: forward {rates[0]:.1f} images/s, "
                  f"gradient {rates[1]:.1f} images/s", flush=True)


main()
