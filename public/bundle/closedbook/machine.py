"""The model with its adapter, and one optimiser step over all processes."""
import numpy as np
import torch
from accelerate.utils import gather_object
from peft import LoraConfig, PeftModel, get_peft_model

from .scoring import divergence, taken


def hash3(a, b, c):
    """PCG's output hash (Jarzynski and Olano 2020), as the lab draws its random numbers; c may be an array."""
    with np.errstate(over="ignore"):
        x, y, z = (np.asarray(v, np.uint32) * np.uint32(1664525) + np.uint32(1013904223) for v in (a, b, c))
        for last in (False, True):
            x = x + y * z
            y = y + z * x
            z = z + x * y
            if not last:
                x, y, z = (v ^ (v >> np.uint32(16)) for v in (x, y, z))
    return x


ADAPTER_INIT = 1  # the lab's stream of numbers for this


def with_adapter(model, config, start, targets):
    """The adapter in `start`, or a new one: A uniform in ±1/√in by the run's seed, B zero. The lab's own where the names are."""
    if start is not None:
        return PeftModel.from_pretrained(model, start, is_trainable=True)
    lora = LoraConfig(
        r=config["r"],
        lora_alpha=config["lora_alpha"],
        target_modules=targets,
        lora_dropout=0.0,
        bias="none",
        task_type="CAUSAL_LM",
    )
    peft = get_peft_model(model, lora)
    position = 0
    for name, A in peft.named_parameters():  # in the order of the layers
        if ".lora_A." not in name:
            continue
        count, bound = A.numel(), 1 / np.sqrt(A.shape[1])
        places = np.arange(position, position + count, dtype=np.uint64).astype(np.uint32)
        uniform = (hash3(config["seed"], ADAPTER_INIT, places) >> np.uint32(8)) / 2**24
        with torch.no_grad():
            A.copy_(torch.from_numpy((2 * uniform - 1) * bound).view(A.shape))
        position += count
    return peft


class Trainer:
    def __init__(self, accelerator, model, optimizer, scorer, config):
        self.accelerator, self.model, self.optimizer, self.scorer, self.config = accelerator, model, optimizer, scorer, config
        self.trained = [p for p in model.parameters() if p.requires_grad]

    def step(self, losses, learning_rate, number):
        """
        One update on the mean of `losses`, each of which one process computes whole. Returns the loss, the gradient's norm
        and the values of every term. The sum over processes is what one process alone would have, but for rounding.
        """
        world = self.scorer.world
        shares = [range(rank, len(losses), world) for rank in range(world)]
        values = None
        if all(loss.linear for loss in losses):
            slopes = [loss.slopes for loss in losses]
            everything = True  # what has no slope is scored for the log in the same passes
        else:
            values = self._score(losses, shares)
            slopes = [loss.at(v)[1] for loss, v in zip(losses, values)]
            everything = False
        wanted = [
            distinct(
                (term.sequence, term.teacher)
                for q in share
                for term, slope in zip(losses[q].terms, slopes[q])
                if everything or slope != 0
            )
            for share in shares
        ]
        found = self._passes(wanted, [(losses[q], slopes[q]) for q in shares[self.scorer.rank]], len(losses))
        if values is None:
            values = self._gathered(losses, shares, found)
        loss = sum(one.at(v)[0] for one, v in zip(losses, values)) / len(losses)
        for p in self.trained:  # nothing pulled: AdamW's moments fade all the same
            if p.grad is None:
                p.grad = torch.zeros_like(p)
        norm = float(self.accelerator.clip_grad_norm_(self.trained, self.config["max_grad_norm"]))
        if not (np.isfinite(loss) and np.isfinite(norm)):
            raise SystemExit(
                f"update {number}: loss {loss}, gradient norm {norm}; nothing was changed. "
                f"Lower learning_rate (now {learning_rate}) in run/plan.jsonl, or train in float32"
            )
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate
        self.optimizer.step()
        self.optimizer.zero_grad()
        return loss, norm, values

    def _score(self, losses, shares):
        """The values of all terms, without gradients."""
        sequences = [distinct((t.sequence, t.teacher) for q in share for t in losses[q].terms) for share in shares]
        with torch.no_grad():
            found = self._passes(sequences, None, len(losses))
        return self._gathered(losses, shares, found)

    def _passes(self, shares, weighed, count):
        """Forward over this process's share, and with `weighed` backward. Log-probabilities and divergences by sequence."""
        rank, world = self.scorer.rank, self.scorer.world
        cut = [self.scorer.batches(list(share)) for share in shares]
        mine, found = list(shares[rank].items()), {}
        spare = next(iter(next(share for share in shares if share).items())) if any(shares) else None
        for n in range(max(map(len, cut))):
            batch = [mine[i] for i in cut[rank][n]] if n < len(cut[rank]) else [spare]
            total = 0.0
            for (sequence, teacher), rows in zip(batch, self.scorer.rows([sequence for sequence, _ in batch])):
                logp = taken(rows, sequence[1])
                kl = None if teacher is None else divergence(rows, teacher)
                if weighed is not None:
                    hard, soft = weights_of(sequence, weighed, count) if n < len(cut[rank]) else (None, None)
                    total = total + 0.0 * logp.sum()
                    for weights, of in ((hard, logp), (soft, kl)):
                        if weights is not None:
                            total = total + (torch.tensor(weights, device=of.device) * of).sum()
                if n < len(cut[rank]):
                    found[sequence] = logp.detach().cpu().tolist(), None if kl is None else kl.detach().cpu().tolist()
            if weighed is not None:
                self.accelerator.backward(total * world)  # processes' gradients are averaged
        return found

    def _gathered(self, losses, shares, found):
        mine = [(q, [value_of(term, *found[term.sequence]) for term in losses[q].terms]) for q in shares[self.scorer.rank]]
        return [values for _, values in sorted(gather_object(mine), key=lambda pair: pair[0])]


def distinct(pairs):
    """Equal sequences once, with the teacher that any of their terms has."""
    known = {}
    for sequence, teacher in pairs:
        if known.get(sequence) is None:
            known[sequence] = teacher
    return known


def value_of(term, logp, kl):
    tokens = logp if term.teacher is None else [-x for x in kl]
    weights = term.weights or [1.0] * len(tokens)
    total = sum(weights)
    return sum(w * x for w, x in zip(weights, tokens)) / total if total else 0.0


def weights_of(sequence, weighed, count):
    """What each token's log-probability and divergence count in the mean loss over `count` questions."""
    hard = soft = None
    for loss, slopes in weighed:
        for term, slope in zip(loss.terms, slopes):
            if slope == 0 or term.sequence != sequence:
                continue
            weights = term.weights or [1.0] * len(sequence[1])
            total = sum(weights)
            if total == 0:
                continue
            share = [slope * w / (total * count) for w in weights]
            if term.teacher is None:
                hard = share if hard is None else [a + b for a, b in zip(hard, share)]
            else:
                share = [-s for s in share]  # a term's value is minus the divergence
                soft = share if soft is None else [a + b for a, b in zip(soft, share)]
    return hard, soft
