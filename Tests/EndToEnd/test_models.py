"""Published models: the list, and imports that take architecture and normalisation from it."""

import csv
import io
import json
import struct

from program import Case, find_floats


def preactivation_names():
    """The parameters of `preactresnet-18-A`, as its PyTorch form has them."""
    shapes = {"conv1.weight": [64, 3, 3, 3]}
    width = 64
    for layer, out in enumerate([64, 128, 256, 512], start=1):
        for block in range(2):
            name = f"layer{layer}.{block}."
            shapes[name + "conv1.weight"] = [out, width, 3, 3]
            shapes[name + "conv2.weight"] = [out, out, 3, 3]
            for number, channels in (("bn1", width), ("bn2", out)):
                for part in ("weight", "bias", "running_mean", "running_var"):
                    shapes[f"{name}{number}.{part}"] = [channels]
            if width != out:
                shapes[name + "shortcut.0.weight"] = [out, width, 1, 1]
            width = out
    return {**shapes, "linear.weight": [10, 512], "linear.bias": [10]}


def write_safetensors(path, shapes, value=0.01):
    """Every element the same, which any network accepts."""
    header, offset = {}, 0
    for name, shape in shapes.items():
        size = 4
        for side in shape:
            size *= side
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + struct.pack("<f", value) * (offset // 4))


class Lists(Case):
    def test_the_list_states_what_robustbench_states(self):
        rows = list(csv.DictReader(io.StringIO(self.succeed("models", "--format", "csv"))))
        self.assertEqual(len(rows), 206)
        (row,) = [row for row in rows if row["model"] == "Carmon2019Unlabeled"]
        self.assertEqual(
            (row["architecture"], row["clean"], row["autoattack"], row["normalization"], row["eps"]),
            ("wrn-28-10", "89.69", "59.53", "none", "8/255"))
        self.assertEqual(row["paper"], "Unlabeled Data Improves Adversarial Robustness")
        self.assertEqual(row["venue"], "NeurIPS 2019")

    def test_unknown_facts_are_said_to_be_unknown(self):
        rows = json.loads(self.succeed("models", "sehwag2021proxy_resnest", "--format", "json"))
        self.assertEqual([row["autoattack"] for row in rows], ["not stated"])
        self.assertEqual([row["architecture"] for row in rows], ["ResNest152 (not yet)"])

    def test_a_filter_without_matches_is_refused(self):
        self.refuse(64, "models", "carmen", mentions=["carmen", "206"])
        self.assertIn("| Carmon2019Unlabeled |", self.succeed("models", "carmon"))


class Imports(Case):
    def setUp(self):
        super().setUp()
        self.weights = self.folder / "weights.safetensors"

    def test_architecture_and_constants_are_taken(self):
        write_safetensors(self.weights, preactivation_names())
        model = self.folder / "model.h5"
        self.succeed("import", self.weights, "--as", "Wong2020Fast", "--dataset", "cifar10", "-o", model)
        said = self.succeed("inspect", model)
        for word in ("preactresnet-18-A", "0.2471", "cifar10", "RobustBench cifar10/Linf/Wong2020Fast"):
            self.assertIn(word, said)
        self.assertTrue(find_floats(model, [0.4914, 0.4822, 0.4465]))
        run = ["--eps", "8/255", "--attacks", "none", "--examples", "2", "--progress", "none", "--out", "run"]
        self.succeed("--model", model, *run)
        report = (self.folder / "run/report.md").read_text()
        self.assertIn("network imported as RobustBench cifar10/Linf/Wong2020Fast", report)

    def test_names_that_do_not_help_are_refused(self):
        write_safetensors(self.weights, {"conv1.weight": [64, 3, 3, 3]})
        for words, mentions in [
            (["Carmon2019Unlabelled"], ["Carmon2019Unlabelled", "do you mean Carmon2019Unlabeled?"]),
            (["nothing"], ["nothing", "robeval models"]),
            (["Rice2020Overfitting"], ["cifar10/L2/Rice2020Overfitting", "give one of these"]),
            (["Ding2020MMA"], ["Ding2020MMA", "WideResNet-28-4", "not"]),
            (["cifar10/Linf/Debenedetti2022Light_XCiT-S12"], ["XCiT-S12", "ONNX"]),
            (["Carmon2019Unlabeled", "--dataset", "cifar100"], ["cifar100", "cifar10", "--dataset"]),
            (["Carmon2019Unlabeled", "--arch", "wrn-28-10"], ["--as", "--arch"]),
            (["Carmon2019Unlabeled", "--mean", "0,0,0"], ["--as", "--mean"]),
        ]:
            with self.subTest(words=words):
                self.refuse(64, "import", self.weights, "-o", "model.h5", "--as", *words, mentions=mentions)
        self.assertFalse((self.folder / "model.h5").exists())

    def test_weights_of_another_network_are_refused(self):
        write_safetensors(self.weights, {"conv1.weight": [64, 3, 3, 3]})
        self.refuse(
            65, "import", self.weights, "-o", "model.h5", "--as", "Carmon2019Unlabeled",
            mentions=["wrn-28-10"])
        self.assertFalse((self.folder / "model.h5").exists())
