"""Recomputes the figures of `robeval analyze similarity` from its pairs, and those of `diversity` from its images.

    python3 check_pairs.py FOLDER
"""

import csv
import json
import math
import pathlib
import sys


def similarity(folder, students):
    rows = list(csv.DictReader((folder / "pairs.csv").open()))
    for number, student in enumerate(students):
        own = [row for row in rows if int(row["student"]) == number]
        kept = [
            [float(row[name]) for name in ("teacher_length", "student_length", "inner_product")]
            for row in own
            if row["teacher_predicted"] != row["class"] and row["student_predicted"] != row["class"]
            and float(row["teacher_length"]) > 0 and float(row["student_length"]) > 0]
        assert len(own) == student["pairs"] and len(kept) == student["used"]
        magnitudes = [min(a, b) / max(a, b) for a, b, _ in kept]
        angles = [product / a / b for a, b, product in kept]
        yield abs(sum(magnitudes) / len(kept) - student["magnitude"]["value"])
        yield abs(sum(angles) / len(kept) - student["angle"]["value"])


def diversity(folder, rows):
    images = list(csv.DictReader((folder / "images.csv").open()))
    for row in rows:
        own = [i for i in images if (int(i["network"]), i["method"], int(i["particles"])) ==
               (row["network"], row["method"], row["particles"])]
        used = [i for i in own if not math.isnan(float(i["mean"]))]
        assert (len(own), len(used)) == (row["images"], row["images_used"])
        assert all((int(i["fooling"]) >= 2) == (i in used) for i in own)
        fooling = sum(int(i["fooling"]) for i in own)
        yield abs(fooling / len(own) / row["particles"] - row["fooling_rate"])
        if used:
            yield abs(sum(float(i["mean"]) for i in used) / len(used) - row["mean"])
            yield abs(sum(float(i["deviation"]) for i in used) / len(used) - row["deviation"])


def main(folder):
    folder = pathlib.Path(folder)
    result = json.loads((folder / "analysis.json").read_text())["result"]
    largest = max(similarity(folder, result["students"]) if "students" in result else diversity(folder, result["rows"]))
    print(f"largest difference {largest:.2e}")
    return int(largest > 1e-6)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
