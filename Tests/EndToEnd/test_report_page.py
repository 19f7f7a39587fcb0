"""`report.html` and the leaderboard page: what is in them, and how they behave in a browser."""

import base64
import html.parser
import re
import shutil
import struct
import unittest
import zlib

import browser
from program import IMAGES, MODEL, ONNX, Case, arguments_of

HOSTILE = "<img src=x onerror=alert(1)>&\"'.h5"


class Page(html.parser.HTMLParser):
    """The elements of a page, their texts, and whether end tags fit."""

    VOID = {"meta", "img", "input", "br"}
    OPTIONAL = {"td", "th", "tr"}

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.texts = [], [], []
        self.feed(text)
        assert not self.open, self.open

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in self.VOID | self.OPTIONAL:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        if tag not in self.OPTIONAL:
            assert self.open.pop() == tag, tag

    def handle_data(self, data):
        self.texts.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def pixels_of(address):
    """Extents and rows of a PNG of 8 bits without filters."""
    data = base64.b64decode(address.removeprefix("data:image/png;base64,"), validate=True)
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, place = {}, 8
    while place < len(data):
        length, name = struct.unpack(">I4s", data[place : place + 8])
        contents = data[place + 8 : place + 8 + length]
        (check,) = struct.unpack(">I", data[place + 8 + length : place + 12 + length])
        assert check == zlib.crc32(name + contents)
        chunks[name] = contents
        place += 12 + length
    width, height, depth, color = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    assert (depth, color) == (8, 2)
    rows = zlib.decompress(chunks[b"IDAT"])
    assert len(rows) == height * (3 * width + 1) and not any(rows[:: 3 * width + 1])
    return width, height, [rows[y * (3 * width + 1) + 1 : (y + 1) * (3 * width + 1)] for y in range(height)]


class Pages(Case):
    def evaluate(self, out="run", examples=12, eps="4/255,8/255", model=MODEL):
        return arguments_of(model=model, examples=examples, eps=eps, attacks="fgsm", out=out)

    def test_a_page_needs_nothing_but_itself_and_names_from_outside_are_text(self):
        shutil.copy(MODEL, self.folder / HOSTILE)
        self.succeed(*self.evaluate(model=HOSTILE))
        text = (self.folder / "run/report.html").read_text()
        page = Page(text)
        self.assertIn(HOSTILE + ": Linf, ε = 4/255,8/255", page.texts)
        self.assertFalse([a for a in page.all("img") if not a["src"].startswith("data:image/png;base64,")])
        self.assertFalse([e for e in page.elements if any(name.startswith("on") for name in e[1])])
        self.assertEqual(len(page.all("script")), 1)
        self.assertNotRegex(text, r"https?:|url\(|@import")
        self.assertTrue(all(a.get("alt") for a in page.all("img")))
        self.assertTrue(all(a.get("scope") for a in page.all("th")))
        self.assertTrue(all(a.get("aria-label") for a in page.all("svg")))
        board = self.succeed("report", "run", self.folder / "run/result.json", "--format", "html")
        self.assertIn(HOSTILE, Page(board).texts)
        self.assertEqual([a["href"] for a in Page(board).all("a")], ["./run/report.html"] * 2)

    def test_pictures_are_the_images(self):
        self.succeed(*self.evaluate())
        images = Page((self.folder / "run/report.html").read_text()).all("img")
        clean = next(a for a in images if "clean" in a["alt"])
        adversarial = next(a for a in images if "adversarial" in a["alt"])
        index = int(re.match(r"Image (\d+),", clean["alt"]).group(1))
        self.assertEqual(index, int(re.match(r"Image (\d+),", adversarial["alt"]).group(1)))
        (width, height, own), (_, _, other) = pixels_of(clean["src"]), pixels_of(adversarial["src"])
        self.assertEqual((width, height), (32, 32))
        largest = max(abs(a - b) for mine, its in zip(own, other) for a, b in zip(mine, its))
        self.assertIn(largest, range(1, 9))

    def test_a_page_is_verified_and_made_again(self):
        self.succeed("--model", ONNX, "--data", IMAGES, "--eps", "8/255", "--attacks", "fgsm", "--out", "run")
        place = self.folder / "run/report.html"
        text = place.read_text()
        self.assertIn("report.html", self.succeed("verify", "run"))
        self.assertEqual(self.succeed("report", "run", "--format", "html"), text)
        place.write_text(text.replace("robust accuracy", "certified accuracy", 1))
        self.refuse(65, "verify", "run", mentions=["report.html: line", "certified accuracy"])
        place.unlink()
        self.assertNotIn("report.html", self.succeed("verify", "run"))

    def test_without_the_images_the_page_has_no_pictures_and_a_sentence_says_so(self):
        shutil.copy(MODEL, self.folder / "moved.h5")
        self.succeed(*self.evaluate(model="moved.h5"))
        (self.folder / "moved.h5").unlink()
        code, output, errors = self.run_program("report", "run", "--format", "html")
        self.assertEqual((code, errors.count("\n")), (0, 1))
        self.assertIn("give --model and --data", errors)
        self.assertEqual(Page(output).all("img"), [])
        again = self.succeed("report", "run", "--format", "html", "--model", MODEL)
        self.assertEqual(again, (self.folder / "run/report.html").read_text())
        self.refuse(64, "report", "run", "--data", "x", mentions=["--format html"])


@unittest.skipUnless(browser.PROGRAM, "Chromium is not installed")
class InABrowser(Case):
    SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    COLUMN = """[...document.getElementById("images").tBodies[0].rows].filter(r => r.offsetParent)
        .map(r => r.cells[%d].textContent.trim())"""

    def setUp(self):
        super().setUp()
        self.succeed(*arguments_of(model=MODEL, examples=120, attacks="fgsm", out="run"))
        self.succeed(*arguments_of(model=MODEL, examples=120, attacks="fgsm", eps="1/255", out="other"))
        (self.folder / "board.html").write_text(self.succeed("report", "run", "other", "--format", "html"))

    def test_pages_work(self):
        with browser.Browser(self.folder / "profile") as page:
            for path in self.folder / "run/report.html", self.folder / "board.html":
                for width in 360, 1400:
                    for dark in False, True:
                        page.open(path, width, dark=dark)
                        self.assertLessEqual(page.evaluate(self.SIDEWAYS), 0, (path, width))
                        self.assertEqual(page.complaints(), [])
            page.open(self.folder / "run/report.html")
            broken = "[...document.images].filter(i => !(i.complete && i.naturalWidth > 0)).length"
            self.assertEqual(page.evaluate(broken), 0)
            self.assertGreater(page.evaluate("document.images.length"), 9)
            self.sort_and_filter(page)
            self.assertEqual(page.complaints(), [])

    def sort_and_filter(self, page):
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        click = "document.querySelectorAll('#images th button')[3].click()"
        for way in "ascending", "descending":
            page.evaluate(click)
            margins = [float(text) for text in page.evaluate(self.COLUMN % 3)]
            self.assertEqual(margins, sorted(margins, reverse=way == "descending"))
            self.assertEqual(len(margins), 120)
            self.assertEqual(page.evaluate("document.querySelectorAll('#images th')[3].ariaSort"), way)
        page.evaluate("""(() => { const field = document.querySelector('[data-filters] input');
            field.value = 'fooled cat'; field.dispatchEvent(new Event('input'));
            return new Promise(done => setTimeout(done, 400)); })()""")
        outcomes = page.evaluate(self.COLUMN % 4)
        self.assertGreater(len(outcomes), 0)
        self.assertEqual(set(outcomes), {"fooled"})
        shown = page.evaluate("document.querySelector('[data-filters] output').textContent")
        self.assertEqual(shown, f"{len(outcomes)} of 120")
