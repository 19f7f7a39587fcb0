"""What pages for programmers name is there: types in RobevalKit's pages, files in ARCHITECTURE.md."""

import re
import unittest

from program import ROOT

KINDS = r"(?:struct|enum|class|actor|protocol|typealias)"


def texts(folder):
    return "\n".join(path.read_text() for path in sorted((ROOT / folder).rglob("*.swift")))


def declarations(module):
    """Everything public that a module declares at its outermost level, with the text of its files."""
    text = texts(f"Sources/{module}")
    return set(re.findall(rf"^public (?:final )?{KINDS} (\w+)", text, re.MULTILINE)), text


class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sources, cls.tests = texts("Sources"), texts("Tests")
        cls.types = set(re.findall(rf"\b{KINDS} (\w+)", cls.sources))

    def test_pages_of_the_kit_name_public_types(self):
        pages = sorted((ROOT / "Sources/RobevalKit/RobevalKit.docc").glob("*.md"))
        self.assertEqual(
            [page.stem for page in pages],
            ["Attacks", "Checkpoints", "Datasets", "Evaluation", "Reports", "RobevalKit"])
        known = {}
        for page in pages:
            links = re.findall(r"``(\w+)/(\w+)(?:/(\w+))?``", page.read_text())
            self.assertGreater(len(links), 2, page.name)
            for module, name, member in links:
                names, text = known.setdefault(module, declarations(module))
                self.assertIn(name, names, f"{page.name}: {module} has no public type of this name")
                if member:
                    self.assertTrue(
                        re.search(rf"(?:var|let|func|case) {member}\b", text), f"{page.name}: {name}/{member}")

    def test_pages_of_the_kit_link_each_other(self):
        folder = ROOT / "Sources/RobevalKit/RobevalKit.docc"
        linked = set(re.findall(r"<doc:(\w+)>", (folder / "RobevalKit.md").read_text()))
        self.assertEqual(linked, {page.stem for page in folder.glob("*.md")} - {"RobevalKit"})

    def test_the_table_of_where_things_go_names_what_is_there(self):
        page = (ROOT / "ARCHITECTURE.md").read_text()
        table = page.split("## Where a new thing goes")[1].split("\n## ")[0]
        rows = [line for line in table.splitlines() if line.startswith("| ") and "| new |" not in line]
        self.assertGreater(len(rows), 10)
        stems = {path.stem for folder in ("Sources", "Tests") for path in (ROOT / folder).rglob("*.swift")}
        words = set(re.findall(r"\w+", self.sources + self.tests))
        for row in rows:
            for name in re.findall(r"`([^`]+)`", row):
                place = name.split(" ")[0]
                is_there = (
                    any((ROOT / base / place).exists() for base in ("", "Sources", "Tests"))
                    or place.split("/")[-1] in stems or f"RecipeChanges{place}" in stems
                    or place in words)
                self.assertTrue(is_there, f"{row.split('|')[1].strip()}: there is no {name}")

    def test_every_way_has_at_most_twelve_hops(self):
        page = (ROOT / "ARCHITECTURE.md").read_text()
        for way in ("image", "training step", "file"):
            text = page.split(f"## The path of one {way}")[1].split("\n## ")[0]
            hops = [int(number) for number in re.findall(r"^(\d+)\. ", text, re.MULTILINE)]
            self.assertEqual(hops, list(range(1, len(hops) + 1)), way)
            self.assertIn(len(hops), range(3, 13), way)
            # Every hop names who takes it, and there is such a type or function.
            for hop in re.findall(r"^\d+\. .*(?:\n   .*)*", text, re.MULTILINE):
                names = re.findall(r"`([A-Z]\w+)", hop)
                self.assertTrue(names, f"{way}: {hop}")
                for name in names:
                    self.assertTrue(name in self.types, f"{way}: there is no {name}: {hop}")
