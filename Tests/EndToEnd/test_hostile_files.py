"""Files whose parts refer to each other in every way, and names and numbers that no network has."""

import json
import random
import resource
import struct
import sys

from program import MODEL, ROOT, Case

sys.path.insert(0, str(ROOT / "Tests/Fuzzing"))

import hdf5_graphs  # noqa: E402
import mutations_of_bytes  # noqa: E402
import mutations_of_hdf5  # noqa: E402
import mutations_of_safetensors  # noqa: E402


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


class SentencesTest(Case):
    """Whatever is wrong with a file, one sentence names it and says what helps."""

    def probe(self, contents):
        for number, content in enumerate(contents):
            (self.folder / str(number)).write_bytes(content)
        (self.folder / "list").write_text("".join(f"{number}\n" for number in range(len(contents))))
        lines = self.succeed("fuzz-batch", "list").splitlines()
        self.assertEqual(len(lines), len(contents))
        return [line.split("\t", 1) for line in lines]

    def test_every_refusal_of_a_damaged_file_says_what_helps(self):
        fixtures = ROOT / "Tests/CheckpointsTests/Fixtures"
        for mutations, names in [
            (mutations_of_hdf5, ["checkpoint.h5", "Keras/sequential.h5", "../../FilesTests/Fixtures/good.h5"]),
            (mutations_of_safetensors, ["types.safetensors", "described.safetensors"]),
            (mutations_of_bytes, ["zip.pt", "legacy.pt", "ONNX/plain.onnx", "ONNX/residual.onnx"]),
        ]:
            seeds, source = [(fixtures / name).read_bytes() for name in names], random.Random(7)
            refused = [line for line in self.probe([mutations.mutated(seeds, source) for _ in range(150)]) if not line[1].startswith("ok ")]
            self.assertGreater(len(refused), 50)
            for path, sentence in refused:
                with self.subTest(kind=mutations.__name__, sentence=sentence):
                    self.assertTrue(sentence.startswith((f"65 {path}: ", f"66 {path}: ")))
                    self.assertTrue("; " in sentence or sentence.endswith("?"))

    def test_filters_are_named_in_words(self):
        content = hdf5_graphs.file([[("x", 0)]], [([1.0, 2.0], "packed")], True)
        deflate = struct.pack("<HHHI", 1, 0, 1, 4)
        self.assertEqual(content.count(deflate), 1)
        contents = [content.replace(deflate, struct.pack("<HHHI", number, 0, 1, 4)) for number in (1, 4, 5)]
        lines = [sentence for _, sentence in self.probe(contents)]
        self.assertEqual(lines[0], "ok hdf5 1 2")
        for sentence, word in zip(lines[1:], ["szip", "N-bit packing"], strict=True):
            self.assertIn(f"is stored with {word}; only shuffle, gzip (deflate), LZF", sentence)
            self.assertIn('write it with compression="gzip"', sentence)

    def test_weights_of_keras_3_are_called_that(self):
        groups = [[("layers", 2)], [("dense", 3)], [("vars", 4)], [("0", 0), ("1", 0)]]
        (self.folder / "m.weights.h5").write_bytes(hdf5_graphs.file(groups, [([1.0, 2.0], "compact")], True))
        self.refuse(65, "inspect", "m.weights.h5", mentions=["m.weights.h5: holds the weights of Keras 3", "; save the model"])


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
