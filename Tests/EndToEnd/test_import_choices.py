"""What `import` and the options beside it refuse rather than guess: shapes, sets of weights, constants."""

import array
import json
import struct

from program import MODEL, ROOT, SHORT, Case, result

NATURAL = ROOT / "checkpoints/cifar10-resnet8-natural.h5"


def read_safetensors(path):
    data = path.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    body = data[8 + length :]
    return {
        name: (entry["shape"], body[slice(*entry["data_offsets"])]) for name, entry in header.items()
    }


def write_safetensors(path, tensors):
    header, body = {}, b""
    for name, (shape, data) in tensors.items():
        header[name] = {
            "dtype": "F32",
            "shape": shape,
            "data_offsets": [len(body), len(body) + len(data)],
        }
        body += data
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)
    return path


def floats(*values):
    return array.array("f", values).tobytes()


class ImportChoices(Case):
    def weights(self, model=NATURAL, prefix=""):
        """The tensors of a shipped network, without what the file says besides."""
        path = self.folder / "exported.safetensors"
        self.succeed("export", model, "-o", path, "--force")
        return {prefix + name: tensor for name, tensor in read_safetensors(path).items()}

    def file(self, tensors, name="w.safetensors"):
        return write_safetensors(self.folder / name, tensors)

    def test_a_named_network_has_its_own_shapes(self):
        tensors = self.weights()
        shape, data = tensors["conv1.weight"]
        self.assertEqual(shape, [16, 3, 3, 3])
        tensors["conv1.weight"] = ([16, 3, 5, 5], bytes(4 * 16 * 3 * 25))
        path = self.file(tensors)
        for command in (["import", path, "-o", "m.h5"], ["inspect", path], ["export", path, "-o", "m.onnx"]):
            self.refuse(
                65, *command, "--arch", "resnet8",
                mentions=["conv1.weight", "16×3×5×5", "16×3×3×3", "resnet8"],
            )
        self.assertFalse((self.folder / "m.h5").exists())

    def test_a_head_of_seven_classes_is_not_one_for_cifar10(self):
        tensors = self.weights()
        tensors["fc.weight"] = ([7, 64], tensors["fc.weight"][1][: 7 * 64 * 4])
        tensors["fc.bias"] = ([7], tensors["fc.bias"][1][: 7 * 4])
        path = self.file(tensors)
        self.refuse(
            65, "import", path, "-o", "m.h5", "--arch", "resnet8", "--dataset", "cifar10",
            mentions=["7 classes", "cifar10 has 10", "--dataset"],
        )
        self.refuse(65, "--model", path, "--eps", "8/255", "--arch", "resnet8", "--dataset", "cifar10",
                    mentions=["7 classes"])
        self.succeed("import", path, "-o", "m.h5", "--arch", "resnet8")

    def test_data_sets_exist_and_fit(self):
        path = self.file(self.weights())
        arguments = ["import", path, "-o", "m.h5", "--dataset"]
        self.refuse(64, *arguments, "cifar11", mentions=["cifar11", "cifar10, cifar100, mnist, svhn, imagenet"])
        self.refuse(65, *arguments, "mnist", mentions=["3×32×32", "1×28×28"])
        self.refuse(65, *arguments, "cifar100", mentions=["10 classes", "100"])
        self.succeed(*arguments, "CIFAR-10")
        self.assertIn("dataset       cifar10\n", self.succeed("inspect", "m.h5"))

    def test_two_sets_of_weights_are_a_question_in_every_command(self):
        tensors = self.weights(NATURAL, "model.")
        tensors.update(self.weights(MODEL, "ema."))
        path = self.file(tensors)
        data = ["--dataset", "cifar10", "--examples", "2"]
        run = ["--model", path, "--eps", "8/255", "--attacks", "none", *data]
        for command in (
            ["import", path, "-o", "m.h5"],
            ["inspect", path],
            ["export", path, "-o", "m.onnx"],
            ["predict", "--model", path, "--out", "p.h5", *data],
            run,
        ):
            self.refuse(65, *command, mentions=["weights", "model, ema", "--weights"])
            self.refuse(65, *command, "--weights", "emma", mentions=["“emma”", "model, ema"])
        self.succeed("import", path, "-o", "m.h5", "--weights", "ema")
        self.assertIn("provenance    weights: ema\n", self.succeed("inspect", "m.h5"))
        self.succeed(*run, "--weights", "ema", "--out", "run")
        self.assertEqual(result(self.folder / "run")["weights"], "ema")
        self.assertIn("its weights `ema`", (self.folder / "run/report.md").read_text())
        # The other set is another run, though the file is the same.
        self.refuse(65, *run, "--weights", "model", "--out", "run", mentions=["holds another run", "weights"])
        self.succeed(*run, "--weights", "model", "--out", "other")
        # What the run remembers spares the reader from choosing again.
        self.assertIn("verified", self.succeed("verify", "run"))

    def test_constants_are_of_the_networks_pixels(self):
        path = self.file(self.weights())
        arguments = ["import", path, "-o", "m.h5", "--arch", "resnet8"]
        bytes_mean = ["--mean", "125.307,122.961,113.8575"]
        self.refuse(
            64, *arguments, *bytes_mean, "--std", "63.0105,62.0925,66.708",
            mentions=["0.4914,0.4822,0.4465", "0.2471,0.2435,0.2616", "--input-range 0-255"],
        )
        self.refuse(64, *arguments, "--std", "63.0105,62.0925,66.708", mentions=["--std", "0.2471"])
        self.refuse(
            64, *arguments, "--mean", "0.5,0.5,0.5", "--std", "0.25,0.25,0.25", "--input-range", "0-255",
            mentions=["--input-range", "127.5,127.5,127.5", "63.75"],
        )
        for wrong in ("nan,0,0", "0.5,,0.5", "", "0.5,0.5,x", "inf,0,0"):
            self.refuse(64, *arguments, "--mean", wrong, mentions=["--mean", "is not a number"])
        self.refuse(64, *arguments, "--std", "0.5,0,0.5", mentions=["--std", "not positive"])
        self.refuse(64, *arguments, "--mean", "0.5,0.5", "--std", "1,1,1", mentions=["--std", "--mean has 2"])
        self.refuse(65, *arguments, "--mean", "0.5,0.5", mentions=["2 numbers", "3×32×32"])
        self.assertFalse((self.folder / "m.h5").exists())
        said = self.succeed(*arguments, *bytes_mean, "--std", "63,62,66.7", "--input-range", "0-255")
        self.assertIn("multiplied by 255", said)
        said = self.succeed(*arguments, "--mean", "0.5,0.5,0.5", "--force")
        self.assertIn("no --std was given", said)

    def test_nothing_is_normalised_twice(self):
        path = self.file(self.weights())
        normalised = self.folder / "n.h5"
        constants = ["--mean", "0.5,0.5,0.5", "--std", "0.25,0.25,0.25"]
        self.succeed("import", path, "-o", normalised, "--arch", "resnet8", *constants)
        self.succeed("export", normalised, "-o", "n.onnx")
        self.succeed("import", path, "-o", "b.h5", "--arch", "resnet8", "--input-range", "0-255")
        for file in (normalised, "n.onnx"):
            self.refuse(
                65, "import", file, "-o", "m.h5", "--mean", "0.4,0.4,0.4", "--std", "0.2,0.2,0.2",
                mentions=["normalises already", "0.5,0.5,0.5", "leave out --mean and --std"],
            )
            self.refuse(65, "import", file, "-o", "m.h5", "--input-range", "0-255",
                        mentions=["leave out --input-range"])
        self.refuse(65, "import", "b.h5", "-o", "m.h5", "--input-range", "0-255",
                    mentions=["leave out --input-range"])
        self.refuse(65, "import", "n.onnx", "-o", "m.h5", "--arch", "resnet8", mentions=["--arch"])

    def test_only_what_came_from_the_file_is_said_to(self):
        tensors = self.weights()
        tensors["mean"] = ([3], floats(0.49, 0.48, 0.45))
        tensors["std"] = ([3], floats(0.25, 0.24, 0.26))
        path = self.file(tensors)
        arguments = ["import", path, "-o", "m.h5", "--arch", "resnet8"]
        self.assertIn("took mean and deviation from the file", self.succeed(*arguments))
        said = self.succeed(
            *arguments, "--mean", "0.5,0.5,0.5", "--std", "0.5,0.5,0.5", "--force"
        )
        self.assertNotIn("took mean and deviation from the file", said)
        self.assertIn("mean 0.5,0.5,0.5 and deviation 0.5,0.5,0.5, as given, replace mean 0.49", said)

    def test_an_unknown_architecture_is_the_callers_or_the_files(self):
        path = self.file(self.weights())
        for command in (["inspect", path], ["import", path, "-o", "m.h5"], ["export", path, "-o", "m.onnx"],
                        ["--model", path, "--eps", "8/255"]):
            self.refuse(64, *command, "--arch", "resnett8", mentions=["--arch", "did you mean", "resnet8"])

    def test_architectures_have_sizes(self):
        lines = self.succeed("architectures").splitlines()[1:]
        self.assertTrue(lines and all(len(line.split("  ")) == 4 for line in lines), lines)
        # Computed from the reference definitions: see Zagoruyko & Komodakis; the TRADES code.
        self.assertTrue(any(line.startswith("wrn-<depth>-<width> (wrn-28-10)  36479194  5243328768") for line in lines))
