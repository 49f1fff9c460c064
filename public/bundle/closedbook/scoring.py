"""Forward passes that every process shares: log-probabilities of completions, a teacher's top tokens, greedy text.

A sequence is (context, completion), two tuples of token ids; the context is not empty. Every process makes the same number
of passes, whatever its share, so that a model that is sharded over them never waits for one that has nothing to do.
"""
from contextlib import contextmanager, nullcontext
from inspect import signature

import torch
from accelerate.utils import gather_object
from peft.tuners.lora import LoraLayer


@contextmanager
def base_of(model):
    """The base alone: every adapter counts nothing. Only numbers change, so it works on wrapped and on sharded models."""
    layers = [m for m in model.modules() if isinstance(m, LoraLayer)]
    before = [dict(m.scaling) for m in layers]
    for m in layers:
        m.scaling.update({name: 0.0 for name in m.scaling})
    try:
        yield
    finally:
        for m, scaling in zip(layers, before):
            m.scaling.update(scaling)


class Scorer:
    def __init__(self, accelerator, model, words, batch_tokens):
        self.accelerator, self.model, self.words, self.batch_tokens = accelerator, model, words, batch_tokens
        self.rank, self.world = accelerator.process_index, accelerator.num_processes
        base = accelerator.unwrap_model(model).get_base_model()
        self.vocabulary = base.get_output_embeddings().weight.shape[0]
        self.keeps = "logits_to_keep" in signature(base.forward).parameters

    def batches(self, sequences):
        """Places of `sequences`, by length, so many together that they fit `batch_tokens` with their padding."""
        length = lambda i: len(sequences[i][0]) + len(sequences[i][1])
        parts, most = [], 0
        for i in sorted(range(len(sequences)), key=length):
            if parts and length(i) * (len(parts[-1]) + 1) <= self.batch_tokens:
                parts[-1].append(i)
            else:
                parts.append([i])
        return parts

    def rows(self, sequences):
        """The log-softmax at every token of each completion, (tokens, vocabulary) in float32."""
        width = max(len(c) + len(y) for c, y in sequences)
        device = self.accelerator.device
        ids = torch.full((len(sequences), width), self.words.end, dtype=torch.long)
        mask = torch.zeros_like(ids)
        for row, (context, completion) in enumerate(sequences):
            whole = torch.tensor(context + completion)
            ids[row, width - len(whole) :] = whole  # padded on the left: completions end together
            mask[row, width - len(whole) :] = 1
        positions = (mask.cumsum(-1) - 1).clamp(min=0)
        keep = max(len(y) for _, y in sequences) + 1
        extra = {"logits_to_keep": keep} if self.keeps else {}
        logits = self.model(
            input_ids=ids.to(device),
            attention_mask=mask.to(device),
            position_ids=positions.to(device),
            use_cache=False,
            **extra,
        ).logits
        last = logits.shape[1] - 1
        return [torch.log_softmax(logits[r, last - len(y) : last].float(), -1) for r, (_, y) in enumerate(sequences)]

    def everywhere(self, sequences, measure, base=False):
        """measure(rows, completion) of every sequence, in order, known to all processes. No gradients."""
        parts = self.batches(sequences)
        found = []
        model = self.accelerator.unwrap_model(self.model)
        with torch.no_grad(), base_of(model) if base else nullcontext():
            for first in range(0, len(parts), self.world):
                mine = first + self.rank
                part = parts[min(mine, len(parts) - 1)]  # one that has none goes along with the last
                rows = self.rows([sequences[i] for i in part])
                if mine < len(parts):
                    found += [(i, measure(row, sequences[i][1])) for i, row in zip(part, rows)]
        return [value for _, value in sorted(gather_object(found), key=lambda pair: pair[0])]

    def logprobs(self, sequences, base=False):
        """Of every token of each completion, in nats."""
        return self.everywhere(sequences, lambda rows, y: taken(rows, y).cpu().tolist(), base)

    def means(self, sequences, base=False):
        return [sum(tokens) / len(tokens) for tokens in self.logprobs(sequences, base)]

    def teach(self, sequences):
        """What the base finds likeliest at each token: 20 tokens, of a small vocabulary more, as the lab has it."""
        count = min(self.vocabulary, max(20, 2**18 // self.vocabulary))

        def top(rows, _):
            logprobs, ids = rows.topk(count, -1)
            return ids.to(torch.int32).cpu().numpy(), logprobs.cpu().numpy()

        return self.everywhere(sequences, top, base=True)

    def greedily(self, prompts, most):
        """The likeliest token each time, up to one that stops. Without a cache: a sharded model has only whole passes."""
        said = [[] for _ in prompts]
        going = list(range(len(prompts)))
        for _ in range(most):
            if not going:
                break
            nexts = self.everywhere(
                [(tuple(prompts[i]) + tuple(said[i]), (self.words.end,)) for i in going],
                lambda rows, _: int(rows[0].argmax()),
            )
            for i, token in zip(going, nexts):
                said[i].append(token)
            going = [i for i in going if said[i][-1] not in self.words.stop_ids]
        return said


def taken(rows, completion):
    return rows.gather(1, torch.tensor(completion, device=rows.device)[:, None])[:, 0]


def divergence(rows, teacher):
    """KL(teacher ‖ model) at each token, over the teacher's top tokens and one bucket for all others."""
    ids, logprobs = (torch.from_numpy(a).to(rows.device) for a in teacher)
    own = rows.gather(1, ids.long())
    p = logprobs.exp()
    kl = (p * (logprobs - own)).sum(-1)
    if ids.shape[1] < rows.shape[1]:
        rest = (1 - p.double().sum(-1)).clamp(min=0).float()
        other = rows.scatter(1, ids.long(), float("-inf")).logsumexp(-1)
        kl = kl + torch.where(rest > 0, rest * (rest.clamp(min=1e-30).log() - other), 0.0)
    return kl
