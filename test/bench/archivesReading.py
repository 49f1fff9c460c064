"""Makes public/data/archives-reading with the reference program's generator: eight archives in one folder, which a run may keep
readable (`retain_data`) and never learns. Their subjects are none of data/archive, of data/archive-other or of the experiment's.

    python3 test/bench/archivesReading.py [--reference ../shared/reference]

A question has its words and its answer only: the book is always open, nothing is chosen among options and nothing marked.
"""
import argparse
import json
import os
import sys

here = os.path.dirname(os.path.abspath(__file__))
root = os.path.join(here, "../..")
ap = argparse.ArgumentParser()
ap.add_argument("--reference", default=os.path.join(root, "../shared/reference"))
a = ap.parse_args()
sys.path.insert(0, a.reference)
import archive  # noqa: E402

SEEDS, TAKEN = range(21, 29), (7, 2026, 11, 12, 13, 14, 15)  # reading elsewhere, the built-in archive, the experiment
PEOPLE, TOWNS = 14, 8
out = os.path.join(root, "public/data/archives-reading")


def subjects(world: dict) -> set:
    return {f["subject"] for f in world["facts"]}


worlds = [archive.build(seed, PEOPLE, TOWNS) for seed in SEEDS]
named = [s for w in worlds for s in subjects(w)]
taken = {s for seed in TAKEN for s in subjects(archive.build(seed, PEOPLE, TOWNS))}
if len(set(named)) < len(named) or taken & set(named):
    sys.exit(f"a name occurs twice: {sorted(taken & set(named))}")

os.makedirs(out, exist_ok=True)
files = {
    "documents": [d for w in worlds for d in w["documents"]],
    **{k: [{"question": q["question"], "answer": q["answer"]} for w in worlds for q in w[k]] for k in ("train", "test")},
}
for name, rows in files.items():
    with open(os.path.join(out, f"{name}.json"), "w") as f:
        f.write("[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n]\n")
print({name: len(rows) for name, rows in files.items()})
