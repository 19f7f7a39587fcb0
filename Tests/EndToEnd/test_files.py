"""What the files of strangers are called, what they may ask for, and what predict makes of data."""

import json
import os
import struct
import zipfile

from program import IMAGES, ONNX, Case, arguments_of, find_floats


FIXTURES = IMAGES.parent
UNLABELLED = FIXTURES / "unlabelled.h5"


def safetensors(tensors, data=b""):
    header = json.dumps(tensors).encode()
    return struct.pack("<Q", len(header)) + header + data


class FileTest(Case):
    def file(self, content, name="file.pt"):
        (self.folder / name).write_bytes(content)
        return name

    def test_foreign_files_are_named(self):
        for content, word in [
            (b"", "empty"),
            (b"\x1f\x8b\x08\0" + bytes(40), "gzip"),
            (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
            (b"<!DOCTYPE html><html></html>", "web page"),
            (bytes(257) + b"ustar" + bytes(250), "tar archive"),
        ]:
            self.refuse(65, "inspect", self.file(content), mentions=[word, "; "])

    def test_zip_archives_are_named_by_what_they_hold(self):
        for names, word in [
            (["m/archive_format", "m/models/model.json"], "torch.export"),
            (["weights/w.pt"], "weights/w.pt inside"),
        ]:
            with zipfile.ZipFile(self.folder / "archive.pt", "w") as archive:
                for name in names:
                    archive.writestr(name, "x")
            self.refuse(65, "inspect", "archive.pt", mentions=[word, "; "])

    def test_pipes_and_folders_do_not_hang(self):
        os.mkfifo(self.folder / "pipe")
        self.refuse(66, "inspect", "pipe", mentions=["pipe or a device"])
        self.refuse(66, "inspect", ".", mentions=["is a folder"])
        self.refuse(66, "inspect", "/dev/zero", mentions=["pipe or a device"])

    def test_zeros_beside_huge_extents_are_refused(self):
        for shape in [[0, 2**62, 2**62], [2**31, 2**31, 0, 2**31, 2**31]]:
            name = self.file(safetensors({"w": {"dtype": "F32", "shape": shape, "data_offsets": [0, 0]}}))
            self.refuse(65, "inspect", name, mentions=["w", "makes no sense"])


class PredictTest(Case):
    def predict(self, data, out, *words):
        self.succeed("predict", "--model", ONNX, "--data", data, "--out", out, "--exact", *words)
        return self.folder / out

    def test_images_need_neither_labels_nor_a_number_of_classes(self):
        expected = json.loads(ONNX.with_suffix(".json").read_text())["logits"][0]
        labelled, bare = self.predict(IMAGES, "a.h5"), self.predict(UNLABELLED, "b.h5")
        for path in (labelled, bare):
            self.assertTrue(find_floats(path, expected))
            for word in [b"model_sha256", b"dataset_sha256", b"architecture", b"version", b"index"]:
                self.assertIn(word, path.read_bytes())
        self.assertIn(b"label\0", labelled.read_bytes())
        self.assertNotIn(b"label\0", bare.read_bytes())

    def test_gradients_and_evaluations_need_labels(self):
        self.refuse(
            65, "predict", "--model", ONNX, "--data", UNLABELLED, "--out", "o.h5", "--gradient", "ce",
            mentions=["y: is missing; store"],
        )
        self.assertFalse((self.folder / "o.h5").exists())
        self.refuse(65, *arguments_of(ONNX, data=UNLABELLED), mentions=["y: is missing; store"])

    def test_weights_of_whole_numbers_are_refused(self):
        whole = FIXTURES / "whole_weights.h5"
        self.refuse(65, "inspect", whole, mentions=["parameters/conv1/weight", "whole numbers"])
