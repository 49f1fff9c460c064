"""The data of the experiment (method.md §3, "The experiment that may be quoted"): archives 11 to 15 by the reference program's
generator, and of each a second one whose facts are shuffled within their relation.

    python3 test/bench/experiment/make.py [OUT] [--reference ../shared/reference] [--seeds 11 12 13 14 15]

OUT/11 is `archive.py --seed 11`. OUT/11-shuffled has the same subjects, relations and, per relation, the same answers, but dealt
out anew among the subjects, in the documents and in the training questions; its test and two-hop questions are those of OUT/11,
true to the first table. What is right there owes nothing to the facts taught: it is what form and common answers alone give.
"""
import argparse
import json
import os
import random
import sys

here = os.path.dirname(os.path.abspath(__file__))
root = os.path.join(here, "../../..")
ap = argparse.ArgumentParser()
ap.add_argument("out", nargs="?", default=os.path.join(root, ".cache/experiment/data"))
ap.add_argument("--reference", default=os.path.join(root, "../shared/reference"))
ap.add_argument("--seeds", type=int, nargs="*", default=[11, 12, 13, 14, 15])
a = ap.parse_args()
if not os.path.exists(os.path.join(a.reference, "archive.py")):
    sys.exit(f"{a.reference} has no archive.py: name the reference programs' folder by --reference")
sys.path.insert(0, a.reference)
import archive  # noqa: E402
import world  # noqa: E402

PEOPLE, TOWNS = 14, 8


def shuffled(seed: int) -> dict:
    """The archive of `seed` with every relation's answers dealt out anew, by chance: some facts stay as they were. Nobody becomes their own answer."""
    draw = world.draw_world

    def dealt(*given):
        w = draw(*given)
        r = random.Random(f"{seed} shuffled")
        for relations in (world.PERSON, world.TOWN):
            for relation in relations:
                facts = [f for s in w.people + w.towns for f in w.facts[s] if f.relation == relation]
                answers = [f.answer for f in facts]
                dealt_out = r.sample(answers, len(answers))
                while any(x == f.subject for f, x in zip(facts, dealt_out)):
                    dealt_out = r.sample(answers, len(answers))
                for f, x in zip(facts, dealt_out):
                    f.answer, f.statement = x, world._cap(r.choice(relation.says).format(s=f.subject, o=x))
        return w

    archive.draw_world = dealt
    try:
        return archive.build(seed, PEOPLE, TOWNS)
    finally:
        archive.draw_world = draw


def write(name: str, files: dict) -> None:
    os.makedirs(os.path.join(a.out, name), exist_ok=True)
    for k, v in files.items():
        with open(os.path.join(a.out, name, f"{k}.json"), "w") as f:
            json.dump(v, f, indent=1, ensure_ascii=False)


for seed in a.seeds:
    true, false = archive.build(seed, PEOPLE, TOWNS), shuffled(seed)
    table = {(f["subject"], f["relation"]): f["value"] for f in true["facts"]}
    kept = sum(table[f["subject"], f["relation"]] == f["value"] for f in false["facts"])
    write(str(seed), true)
    write(f"{seed}-shuffled", {**false, "test": true["test"], "twohop": true["twohop"]})
    print(f"archive {seed}: {len(true['train'])} facts, {len(true['twohop'])} two-hop questions; shuffled: {kept} facts as before")
