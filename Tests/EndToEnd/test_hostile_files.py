"""Files whose parts refer to each other in every way, and names and numbers that no network has."""

import json
import resource
import struct
import sys

from program import MODEL, ROOT, Case

sys.path.insert(0, str(ROOT / "Tests/Fuzzing"))

import hdf5_graphs  # noqa: E402


def seconds_of_children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


class GraphTest(Case):
    def graph(self, shape, size, newer=True, values=(1.0, 2.0)):
        content = hdf5_graphs.file(hdf5_graphs.links_of(shape, size, None), [(list(values), "compact")], newer)
        (self.folder / "graph.h5").write_bytes(content)
        (self.folder / "list").write_text("graph.h5\n")

    def probe(self):
        """What the reader makes of the file, and the processor's seconds."""
        before = seconds_of_children()
        return self.succeed("fuzz-batch", "list"), seconds_of_children() - before

    def test_groups_under_several_names_are_read_under_each(self):
        for newer in (False, True):
            self.graph("shared", 3, newer)
            self.assertEqual(self.probe()[0], "graph.h5\tok hdf5 9 18\n")
            self.graph("ladder", 3, newer)
            self.assertEqual(self.probe()[0], "graph.h5\tok hdf5 8 16\n")

    def test_groups_that_hold_themselves_are_refused(self):
        for newer in (False, True):
            for size in (1, 5):
                self.graph("ring", size, newer)
                self.assertIn("a is a group that holds itself; ".split(" ", 1)[1], self.probe()[0])

    def test_as_many_names_as_a_file_may_have_take_less_than_two_seconds(self):
        self.graph("star", 4000)
        line, seconds = self.probe()
        self.assertEqual(line, "graph.h5\tok hdf5 48000 96000\n")
        self.assertLess(seconds, 2)

    def test_millions_of_paths_end_within_two_seconds(self):
        self.graph("ladder", 60)
        line, seconds = self.probe()
        self.assertIn("\t65 ", line)
        self.assertIn("; ", line)
        self.assertLess(seconds, 2)

    def test_names_that_are_no_text_are_refused(self):
        self.graph("chain", 2, newer=False)
        path = self.folder / "graph.h5"
        for bad, words in [(b"\xff", "not UTF-8"), (b"/", "none can be")]:
            content = path.read_bytes()
            self.assertEqual(content.count(b"x\0\0\0\0\0\0\0"), 1)
            (self.folder / "bad.h5").write_bytes(content.replace(b"x\0\0\0\0\0\0\0", bad + bytes(7)))
            self.refuse(65, "inspect", "bad.h5", mentions=["bad.h5: a/a: ", words, "; "])


class WholeNumbersTest(Case):
    def test_weights_of_whole_numbers_are_refused_in_every_format(self):
        self.succeed("export", MODEL, "-o", "m.safetensors")
        content = (self.folder / "m.safetensors").read_bytes()
        length = struct.unpack_from("<Q", content)[0]
        header = json.loads(content[8 : 8 + length])
        header["conv1.weight"]["dtype"] = "I32"
        text = json.dumps(header).encode()
        (self.folder / "whole.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + content[8 + length :])
        for path, name in [
            ("whole.safetensors", "conv1.weight"),
            (ROOT / "Tests/CheckpointsTests/Fixtures/types_zip.pt", "long"),
            (ROOT / "Tests/CheckpointsTests/Fixtures/types_legacy.pt", "long"),
            (ROOT / "Tests/EndToEnd/Fixtures/whole_weights.h5", "parameters/conv1/weight"),
        ]:
            self.refuse(65, "inspect", path, mentions=[f"{name}: holds whole numbers", "; store", "float32"])
