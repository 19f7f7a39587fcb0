"""Makes generated.npz, compressed.npz and small.npy with NumPy: python3 make_npz.py"""

import numpy as np

n, row, column, channel = np.mgrid[0:3, 0:32, 0:32, 0:3]
image = ((7 * n + 3 * row + 5 * column + 11 * channel) % 256).astype(np.uint8)
label = np.array([3, 0, 9])
np.savez("generated.npz", image=image, label=label)
np.save("small.npy", np.asfortranarray(image[:, :4, :5]))
np.savez_compressed("compressed.npz", image=image, label=label)
