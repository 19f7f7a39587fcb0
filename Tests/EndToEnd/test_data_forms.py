"""Images as people keep them: what is read, and what the report says of it."""

import shutil
import struct
import zipfile

from program import MODEL, ROOT, Case, arguments_of

FIXTURES = ROOT / "Tests/DatasetsTests/Fixtures"


def npy(values, descriptor, shape):
    header = f"{{'descr': '{descriptor}', 'fortran_order': False, 'shape': {shape}, }}"
    header = header.ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + values


class DataFormTest(Case):
    def npz(self, path, arrays, method=zipfile.ZIP_DEFLATED):
        with zipfile.ZipFile(self.folder / path, "w", method) as archive:
            for name, content in arrays.items():
                archive.writestr(name + ".npy", content)

    def run_on(self, data, out):
        self.succeed(*arguments_of(MODEL), "--attacks", "none", "--data", data, "--out", out)
        return (self.folder / out / "report.md").read_text()

    def test_a_compressed_archive_is_read_and_its_guesses_are_told(self):
        pixels = bytes(7 * n % 256 for n in range(2 * 3072))
        labels = struct.pack("<2f", 3, 8)
        self.npz(
            "mine.npz",
            {"images": npy(pixels, "|u1", (2, 32, 32, 3)), "labels": npy(labels, "<f4", (2, 1))},
        )
        report = self.run_on("mine.npz", "r")
        self.assertIn("images were read from images, labels from labels", report)
        self.assertIn("images [2, 32, 32, 3] was taken for [count, height, width, channels]", report)
        self.assertIn("labels [2, 1] was taken for one label an image", report)

    def test_both_layouts_are_the_same_images(self):
        last = bytes(7 * n % 256 for n in range(2 * 3072))
        first = bytes(
            last[n * 3072 + place * 3 + channel]
            for n in range(2) for channel in range(3) for place in range(1024)
        )
        for name, pixels, shape in (("a", last, (2, 32, 32, 3)), ("b", first, (2, 3, 32, 32))):
            self.npz(name + ".npz", {"x": npy(pixels, "|u1", shape), "y": npy(b"\x03\x08", "|u1", (2,))})
            self.succeed("predict", "--model", MODEL, "--data", name + ".npz", "--out", name + ".h5")
        a, b = ((self.folder / (name + ".h5")).read_bytes() for name in "ab")
        self.assertEqual(a[-400:], b[-400:])

    def test_the_python_folder_of_cifar_is_read_and_told_to_be_incomplete(self):
        (self.folder / "cifar-10-batches-py").mkdir()
        shutil.copy(FIXTURES / "cifar/python2", self.folder / "cifar-10-batches-py/test_batch")
        self.assertIn("2 of the 10000 images of cifar10", self.run_on(".", "r"))

    def test_what_a_pickle_would_run_is_refused(self):
        (self.folder / "test_batch").write_bytes(b"\x80\x02cos\nsystem\nU\x07touch x\x85R.")
        self.refuse(
            65, *arguments_of(MODEL), "--data", "test_batch", mentions=["test_batch", "no dictionary"]
        )
        self.assertFalse((self.folder / "x").exists())
