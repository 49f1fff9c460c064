"""How far two metrics.jsonl are apart, update by update: python same.py run/metrics.jsonl out/metrics.jsonl"""
import json
import sys

FIELDS = ["loss", "s_z", "s_c", "s_l", "s_w", "s_kl", "s_chain", "reward", "grad_norm"]


def updates(path):
    with open(path, encoding="utf-8") as file:
        rows = [json.loads(line) for line in file if line.strip()]
    return {row["update"]: row for row in rows if row["type"] == "update"}


def main():
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    ours, theirs = (updates(path) for path in sys.argv[1:])
    both = sorted(ours.keys() & theirs.keys())
    if not both:
        raise SystemExit("no update is in both files")
    for n in both:
        apart = {f: abs(ours[n][f] - theirs[n][f]) for f in FIELDS if None not in (ours[n].get(f), theirs[n].get(f))}
        print(f"update {n}: " + ", ".join(f"{field} {value:.2g}" for field, value in apart.items()))
    print(f"loss, the most of {len(both)} updates: {max(abs(ours[n]['loss'] - theirs[n]['loss']) for n in both):.3g}")


if __name__ == "__main__":
    main()
