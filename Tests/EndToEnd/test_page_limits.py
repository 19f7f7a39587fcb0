"""Pages of many images and of hostile names, as files and in a browser."""

import json
import random
import struct
import unittest
import zipfile
import zlib

import browser
from program import ONNX, Case
from test_report_page import Page

NAMES = ["<script>document.title='taken'<", "\"><img src=x onerror=alert(1)>", "c", "d & e"]
SMALL = {"model": ONNX, "eps": "8/255", "attacks": "fgsm", "progress": "none"}


def png(width, height, pixels):
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    rows = b"".join(b"\0" + pixels[3 * width * y : 3 * width * (y + 1)] for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


class Pages(Case):
    def evaluate(self, *words):
        options = [word for name, value in SMALL.items() for word in ("--" + name, value)]
        self.succeed(*options, "--out", "run", *words)
        return self.folder / "run/report.html"

    def hostile(self):
        source = random.Random(0)
        for name in NAMES:
            (self.folder / "val" / name).mkdir(parents=True)
            for number in range(6):
                (self.folder / "val" / name / f"{number}.png").write_bytes(png(8, 8, source.randbytes(192)))
        return self.evaluate("--dataset", "imagenet", "--data", "val", "--preprocessing", "none")

    def many(self, count=10_000):
        source = random.Random(0)

        def array(shape, values):
            head = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}"
            head += " " * (-(len(head) + 11) % 64) + "\n"
            return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + values
        with zipfile.ZipFile(self.folder / "many.npz", "w") as archive:
            archive.writestr("x.npy", array((count, 3, 8, 8), source.randbytes(192 * count)))
            archive.writestr("y.npy", array((count,), bytes(source.randrange(4) for _ in range(count))))
        return self.evaluate("--data", "many.npz")

    def test_hostile_names_of_classes_are_text(self):
        page = Page(self.hostile().read_text())
        for name in NAMES:
            self.assertIn(name, page.texts)
        self.assertEqual(len(page.all("script")), 1)
        self.assertFalse([element for element in page.elements if "onerror" in element[1]])

    @unittest.skipUnless(browser.PROGRAM, "Chromium is not installed")
    def test_hostile_names_do_nothing_in_a_browser(self):
        path = self.hostile()
        with browser.Browser(self.folder / "profile") as page:
            page.open(path, 360)
            self.assertEqual(page.complaints(), [])
            self.assertNotEqual(page.evaluate("document.title"), "taken")
            self.assertIn(NAMES[0], page.evaluate("document.body.textContent"))
            self.assertEqual(page.evaluate("[...document.images].filter(i => !i.src.startsWith('data:')).length"), 0)

    def test_a_page_of_ten_thousand_images_is_small_and_opens_at_once(self):
        path = self.many()
        self.assertEqual(json.loads((self.folder / "run/result.json").read_text())["n"], 10_000)
        self.assertLess(path.stat().st_size, 8 << 20)
        if not browser.PROGRAM:
            self.skipTest("its size is right; Chromium is not installed, so it was not opened")
        with browser.Browser(self.folder / "profile") as page:
            # Generous, for machines that are busy with other work.
            self.assertLess(page.open(path, 360), 10)
            self.assertLessEqual(
                page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"), 0)
            page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
            page.evaluate("document.querySelectorAll('#images th button')[3].click()")
            margins = page.evaluate("""[...document.getElementById("images").tBodies[0].rows]
                .map(row => parseFloat(row.cells[3].textContent))""")
            self.assertEqual((len(margins), margins), (10_000, sorted(margins)))
            self.assertEqual(page.complaints(), [])
