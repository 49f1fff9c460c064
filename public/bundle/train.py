"""
Trains what the bundle's run trains, on any Hugging Face model, with as many processes as accelerate or torchrun start:

    accelerate launch train.py --model NAME_OR_FOLDER --out OUT

Writes OUT/metrics.jsonl (a line per update and per cycle, named as the lab names them) and OUT/adapter in PEFT's format.
"""
import argparse
import json
import os
import time
from pathlib import Path

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from transformers import AutoModelForCausalLM, AutoTokenizer

from closedbook.answers import Respondent, Taught
from closedbook.files import read_bundle
from closedbook.losses import CHOSEN, REJECTED, Losses
from closedbook.keeping import Kept
from closedbook.machine import Trainer, with_adapter
from closedbook.scoring import Scorer
from closedbook.words import Words


def main():
    asked = arguments()
    bundle = read_bundle(asked.bundle)
    config = bundle.config
    accelerator = Accelerator(cpu=not torch.accelerator.is_available())
    started = int(os.environ.get("WORLD_SIZE", 1))
    if accelerator.num_processes != started:
        raise SystemExit(f"{started} processes were started, Accelerate joined {accelerator.num_processes}; see README.md")
    set_seed(config["seed"])
    tokenizer = AutoTokenizer.from_pretrained(asked.model)
    base = AutoModelForCausalLM.from_pretrained(asked.model, dtype=getattr(torch, asked.dtype))
    stops = base.generation_config.eos_token_id
    words = Words(tokenizer, config, stops if isinstance(stops, list) else [] if stops is None else [stops])
    start = asked.adapter or (str(bundle.folder / "start") if (bundle.folder / "start").exists() else None)
    targets = asked.target_modules or config["target_modules"]
    model = with_adapter(base, config, start, targets[0] if targets == ["all-linear"] else targets)
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(
        trained, lr=config["learning_rate"], betas=(0.9, 0.999), eps=1e-8, weight_decay=config["weight_decay"]
    )
    model.eval()  # no dropout anywhere; gradients flow all the same
    model, optimizer = accelerator.prepare(model, optimizer)
    model.eval()
    scorer = Scorer(accelerator, model, words, asked.batch_tokens)
    respondent = Respondent(scorer, words, config["elicit"])
    taught = Taught(bundle, words, scorer)
    losses = Losses(bundle, words, taught)
    trainer = Trainer(accelerator, model, optimizer, scorer, config)
    kept = Kept(Path(asked.out), accelerator, model, optimizer, taught, told_of(asked, bundle))
    done, rows = (0, []) if asked.fresh else kept.restore()
    log = Log(Path(asked.out), accelerator.is_main_process, rows)
    if done > 0 and accelerator.is_main_process:
        print(f"going on after update {done - 1}", flush=True)

    updates = bundle.plan[: asked.updates]
    if done == 0:
        log.write(evaluation(0, bundle, respondent, asked.evaluate))
    for i, update in enumerate(updates):
        if i < done:
            continue
        cycle = update["cycle"]
        if i == 0 or cycle != updates[i - 1]["cycle"]:
            taught.begin_cycle(respondent, first=i == 0)
        began = time.perf_counter()
        of = [losses.of(place) for place in update["places"]]
        loss, norm, values = trainer.step(of, update["learning_rate"], update["update"] + 1)
        log.write(row(bundle, taught, update, of, loss, norm, values, time.perf_counter() - began))
        if i + 1 == len(updates) or updates[i + 1]["cycle"] != cycle:
            log.write(evaluation(cycle, bundle, respondent, asked.evaluate))
            save(accelerator, model, Path(asked.out))
        if (i + 1) % asked.save_every == 0 or i + 1 == len(updates):
            kept.keep(i + 1, log.rows)
    if asked.credit:  # the token weights as they were made here, to compare with run/credit.jsonl
        made = [{"view": v, "form": f, "weights": w} for (v, f), w in taught.weights.items()]
        log.beside("credit.jsonl", made)
    accelerator.end_training()


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="a Hugging Face name, or a folder with its files")
    parser.add_argument("--bundle", default=Path(__file__).parent, help="the unzipped bundle; default: where this file is")
    parser.add_argument("--out", default="out", help="folder for metrics.jsonl and adapter/")
    parser.add_argument("--adapter", help="a PEFT folder to go on from; default: start/ of the bundle, else a new one")
    parser.add_argument("--updates", type=int, help="only the first so many; default: all of the plan")
    parser.add_argument("--dtype", default="float32", choices=["float32", "bfloat16"], help="of the model's weights")
    parser.add_argument("--batch-tokens", type=int, default=4096, help="a pass has at most so many, padding included")
    parser.add_argument("--target-modules", nargs="+", help="for models that name their layers otherwise, or all-linear")
    parser.add_argument("--evaluate", action=argparse.BooleanOptionalAction, default=True, help="options, every cycle")
    parser.add_argument("--save-every", type=int, default=1, metavar="N", help="updates between two states to go on from")
    parser.add_argument("--fresh", action="store_true", help="begin again, whatever OUT holds")
    parser.add_argument("--credit", action="store_true", help="write the token weights made here to OUT/credit.jsonl")
    return parser.parse_args()


def told_of(asked, bundle):
    """What must be the same for a run to go on."""
    keys = ("model", "adapter", "dtype", "target_modules", "evaluate")
    return {**{key: getattr(asked, key) for key in keys}, "config": bundle.config}


class Log:
    """Lines of metrics.jsonl, written by one process; those after the state that a run goes on from are measured again."""

    def __init__(self, out, writes, rows):
        self.out, self.writes, self.rows = out, writes, list(rows)
        if writes:
            out.mkdir(parents=True, exist_ok=True)
            (out / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in rows), encoding="utf-8")

    def write(self, line):
        if line is None:
            return
        self.rows.append(line)
        if not self.writes:
            return
        with open(self.out / "metrics.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        print(json.dumps(line), flush=True)

    def beside(self, name, lines):
        if self.writes:
            (self.out / name).write_text("".join(json.dumps(line) + "\n" for line in lines))


def mean(values):
    return sum(values) / len(values) if values else None


def row(bundle, taught, update, losses, loss, norm, values, seconds):
    """An update's line: means over its questions, as the lab's own."""

    def of(name):
        found = [[v for term, v in zip(one.terms, own) if term.name == name] for one, own in zip(losses, values)]
        return [mean(own) for own in found if own]

    pairs = "rejected" in taught.needs
    visits = [v for place in update["places"] for v in place["visits"]] if "preferred" in taught.needs else []
    rewards = [taught.reward(v["view"], v["form"]) for v in visits]
    return {
        "type": "update",
        "cycle": update["cycle"],
        "update": update["update"],
        "loss": loss,
        **{f"s_{name}": mean(of(name)) for name in ("z", "c", "l", "w", "kl", "chain")},
        "clipped_chosen": mean([float(s > CHOSEN) for s in of("c")]) if pairs else None,
        "clipped_rejected": mean([float(s < REJECTED) for s in of("l")]) if pairs else None,
        "differ": mean([float(taught.differ(v["view"], v["form"])) for v in visits]) if pairs else None,
        "zero_reward": mean([float(r == 0) for r in rewards]),
        "reward": mean(rewards),
        "grad_norm": norm,
        "learning_rate": update["learning_rate"],
        "seconds": seconds,
    }


def evaluation(cycle, bundle, respondent, wanted):
    """A cycle's line: the share of questions whose option is chosen rightly, closed book and open."""
    if not wanted:
        return None
    train = bundle.views[: bundle.count]
    sets = {
        "closed_train": [(q, []) for q in train],
        "closed_test": [(q, []) for q in bundle.test],
        "open_test": [(q, bundle.texts(q)) for q in bundle.test],
    }
    shares = {}
    for name, asked in sets.items():
        answers = respondent.choose(asked)
        shares[name] = mean([float(a.text == q["answer"]) for (q, _), a in zip(asked, answers) if a is not None])
    return {"type": "cycle", "cycle": cycle, **shares}


def save(accelerator, model, out):
    """The adapter as it is now, in PEFT's format."""
    state = accelerator.get_state_dict(model)  # whole, also where the model is sharded
    unwrapped = accelerator.unwrap_model(model)
    if accelerator.is_main_process:
        unwrapped.save_pretrained(out / "adapter", state_dict=state, safe_serialization=True)
    accelerator.wait_for_everyone()


if __name__ == "__main__":
    main()
