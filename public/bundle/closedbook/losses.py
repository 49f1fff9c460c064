"""The objectives: what a place of an update's batch loses, as terms and the slope of the loss by each.

A term's value is the weighted mean of a sequence's log-probabilities or, with a teacher, minus the mean of its divergence.
A loss is a list of slopes where it is linear, else a function of the values that gives (loss, slopes).
"""
from dataclasses import dataclass
from math import exp, log1p
from typing import Any

CHOSEN, REJECTED, GAMMA = -0.2, -5.0, 0.8  # beyond these a mean counts no further; the pair's margin


@dataclass
class Term:
    name: str  # z, c, l, w, kl, chain: what its mean is called in metrics.jsonl
    sequence: tuple
    weights: list | None = None  # per token of the completion; None: all the same
    teacher: Any = None


@dataclass
class Loss:
    terms: list
    slopes: Any  # a list, or values -> (loss, list)

    def at(self, values):
        if callable(self.slopes):
            return self.slopes(values)
        return sum(s * v for s, v in zip(self.slopes, values) if s != 0), self.slopes

    @property
    def linear(self):
        return not callable(self.slopes)


def weighed(loss, weight):
    if weight == 1:
        return loss
    if loss.linear:
        return Loss(loss.terms, [weight * s for s in loss.slopes])

    def at(values):
        value, slopes = loss.slopes(values)
        return weight * value, [weight * s for s in slopes]

    return Loss(loss.terms, at)


def joined(parts):
    terms = [term for part in parts for term in part.terms]
    if all(part.linear for part in parts):
        return Loss(terms, [s for part in parts for s in part.slopes])

    def at(values):
        total, slopes, first = 0.0, [], 0
        for part in parts:
            value, own = part.at(values[first : first + len(part.terms)])
            total, slopes, first = total + value, slopes + list(own), first + len(part.terms)
        return total, slopes

    return Loss(terms, at)


def minus_log_sigmoid(x):
    """-log σ(x) and its slope -σ(-x), safe at both ends."""
    e = exp(-abs(x))
    return max(-x, 0) + log1p(e), -(e if x > 0 else 1) / (1 + e)


def pair(z, c, l, w, beta_z, beta, anchor):
    """-log σ( beta_z·s_z + beta·(min(s_c, -0.2) - max(s_l, -5)) - 0.8 ) - anchor·s_w. Beyond a clip there is no slope."""

    def at(values):
        s_z = sum(values[: len(z)]) / len(z) if z else 0.0
        s_c, s_l, s_w = values[len(z) :]
        loss, slope = minus_log_sigmoid(beta_z * s_z + beta * (min(s_c, CHOSEN) - max(s_l, REJECTED)) - GAMMA)
        return loss - anchor * s_w, [
            *([slope * beta_z / len(z)] * len(z)),
            slope * beta if s_c <= CHOSEN else 0.0,
            -slope * beta if s_l >= REJECTED else 0.0,
            -anchor,
        ]

    return Loss([*(Term("z", s) for s in z), Term("c", c), Term("l", l), Term("w", w)], at)


class Losses:
    """The losses of a bundle's updates, by what is taught at the moment (`taught`, answers.py)."""

    def __init__(self, bundle, words, taught):
        self.bundle, self.words, self.taught = bundle, words, taught
        self.objective = getattr(self, bundle.config["objective"].replace("-", "_"))

    def of(self, place):
        c, explained = self.bundle.config, "weight_explain"
        visits = [
            weighed(self.objective(v["view"], v["form"]), c[explained if v["form"] == "explain" else "weight_brief"])
            for v in place["visits"]
        ]
        kept = [Loss([Term("kl", *self.taught.kept(k))], [k["slope"]]) for k in place["kept"]]
        return joined([*visits, *kept, *(self.chain(n) for n in place["chains"])])

    def asked(self, view, form, book):
        question = self.bundle.views[view]
        return self.words.prompt(question, self.bundle.texts(question) if book else [], form == "explain")

    def passages(self, view):
        return [self.words.passage(text) for text in self.bundle.texts(self.bundle.views[view])]

    def credit(self, view, form):
        y, reward = self.taught.preferred(view, form), self.taught.reward(view, form)
        return Loss([Term("w", (self.asked(view, form, False), y), self.taught.credit(view, form))], [-reward])

    def sft(self, view, form):
        y = self.taught.gold(view, form)
        return Loss([Term("w", (self.asked(view, form, False), y), self.taught.credit(view, form))], [-1.0])

    def cpt(self, view, form):
        z = self.passages(view)
        return Loss([Term("z", s) for s in z], [-1.0 / len(z) for _ in z])

    def distill(self, view, form):
        y = self.taught.preferred(view, form)
        sequence = self.asked(view, form, False), y
        teacher = self.taught.teacher((self.asked(view, form, True), y))
        return Loss([Term("kl", sequence, teacher=teacher), Term("w", sequence)], [-1.0, 0.0])

    def rlag(self, view, form):
        reward = self.taught.reward(view, form)
        return self._pair(view, form, reward * self.bundle.config["beta"], reward * self.bundle.config["anchor"])

    def rlag_paper(self, view, form):
        return self._pair(view, form, self.bundle.config["beta"], 0.0)

    def _pair(self, view, form, beta, anchor):
        y, rejected, differ = (f(view, form) for f in (self.taught.preferred, self.taught.rejected, self.taught.differ))
        opened, closed = (self.asked(view, form, book) for book in (True, False))
        z = self.passages(view)
        weights = (0.2, beta) if differ else (0.5, 0.0)
        return pair(z, (opened, y), (closed, rejected), (closed, y), *weights, anchor)

    def chain(self, n):
        """Two rewarded explanations, one after the other, as the answer to a question that needs both facts."""
        chain = self.bundle.chains[n]
        question = {"question": chain["question"], "options": {}}
        said = self.words.completion
        terms = [
            Term("chain", (self.words.prompt(question, [], form == "explain"), said(chain["said"][form])))
            for form in self.bundle.forms
        ]
        return Loss(terms, [-1.0] * len(terms))
