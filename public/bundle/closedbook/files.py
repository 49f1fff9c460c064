"""What the lab wrote: run/*.json and run/*.jsonl of the bundle. Nothing here is drawn; the plan says what comes when."""
import json
from dataclasses import dataclass
from pathlib import Path

VERSION = 1


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


@dataclass
class Bundle:
    folder: Path
    config: dict  # the run's settings, by their names in the lab
    views: list  # a training question in one wording each; the first len(train) are the questions in their own words
    test: list
    foreign: list  # questions of another archive that are kept readable
    chains: list
    plan: list  # one entry an update
    passages: list
    count: int  # training questions

    @property
    def forms(self):
        return {"options": ["brief"], "response": ["explain"], "both": ["brief", "explain"]}[self.config["answers"]]

    def texts(self, question):
        """The passages of a view, a test question or a foreign one, best first."""
        return [self.passages[i] for i in question["passages"]]


def read_bundle(folder):
    run = Path(folder) / "run"
    told = json.loads((run / "bundle.json").read_text(encoding="utf-8"))
    if told.get("format") != "closed-book bundle" or told.get("version") != VERSION:
        raise SystemExit(
            f"{run / 'bundle.json'}: format {told.get('format')!r} version {told.get('version')!r}; "
            f"this program reads 'closed-book bundle' version {VERSION}"
        )
    named = {name: lines(run / f"{name}.jsonl") for name in ("views", "test", "foreign", "chains", "plan", "passages")}
    return Bundle(folder=Path(folder), config=told["config"], count=told["questions"]["train"], **named)
