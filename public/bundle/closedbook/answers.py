"""What is taught, and what the model in training answers itself: y_l at every cycle's start, y_w too where it is its own teacher."""
import re

from .sameness import same_answer, says_something

MOST_RESPONSE, MOST_ANSWER = 64, 24  # new tokens
MARGIN = 0.1  # nats a token: by which the open book is sure where no gold answer counts
MOST_CREDIT = 5.0  # nats: beyond, a token is not worth more
WHOLE = re.compile("[.!?…。！？][\"'”’)\\]]*(?=\\s|$)")


class Answer:
    def __init__(self, text, completion, chosen=None):
        self.text, self.completion, self.chosen = text, completion, chosen  # chosen: the options' scores, or None


class Respondent:
    """A model that answers as it is: the best option, or in its own words, greedily."""

    def __init__(self, scorer, words, elicit):
        self.scorer, self.words, self.elicit = scorer, words, elicit

    def choose(self, asked):
        """The option with the highest mean log-probability, the first of equals; None where there are none."""
        sequences, spans = [], []
        for question, passages in asked:
            context = self.words.prompt(question, passages, False)
            options = [(context, self.words.completion(text)) for text in question["options"].values()]
            spans.append((len(sequences), len(options)))
            sequences += options
        means = self.scorer.means(sequences)
        answers = []
        for (question, _), (first, count) in zip(asked, spans):
            scores = means[first : first + count]
            best = max(range(count), key=scores.__getitem__, default=None)
            text = None if best is None else list(question["options"].values())[best]
            answers.append(None if best is None else Answer(text, sequences[first + best][1], scores))
        return answers

    def briefly(self, asked):
        answers = self.choose(asked)
        without = [i for i, answer in enumerate(answers) if answer is None]
        prompts = [self.words.prompt(*asked[i], False) for i in without]
        for i, ids in zip(without, self.scorer.greedily(prompts, MOST_ANSWER)):
            completion = self.words.generated(ids)
            answers[i] = Answer(self.words.decode(completion[:-1]).strip(), completion)
        return answers

    def explain(self, asked):
        prompts = [self.words.prompt(*one, True) for one in asked]
        said = self.scorer.greedily(prompts, MOST_RESPONSE)
        return [self._finished(*one, prompt, ids) for one, prompt, ids in zip(asked, prompts, said)]

    def _finished(self, question, passages, prompt, ids):
        completion = self.words.generated(ids)
        text = self.words.decode(completion[:-1])
        if not self.elicit:
            at = text.rfind("The answer is ")
            answer = "" if at < 0 else text[at + len("The answer is ") :].strip()
            return Answer(answer.removesuffix("."), completion)
        for says in reversed(list(re.finditer(r"\bthe answer is:?\s+", text, re.I))):
            answer = _short(text[says.end() :])
            if says_something(answer):
                return Answer(answer, completion)
        ends = [m.end() for m in WHOLE.finditer(text.replace("\ufffd", ""))]
        explanation = text.replace("\ufffd", "")[: ends[-1] if ends else None].strip()
        begun = f"{explanation} The answer is".strip()
        first = self.words.completion(begun)[:-1]
        if question["options"]:
            rests = []
            for option in question["options"].values():
                whole = self.words.completion(f"{begun} {option}.")
                rests.append(whole[len(first) :] if whole[: len(first)] == first else self.words.completion(f" {option}."))
            scores = self.scorer.means([(prompt + first, rest) for rest in rests])
            answer = list(question["options"].values())[max(range(len(scores)), key=scores.__getitem__)]
        else:
            ids = self.scorer.greedily([prompt + first], MOST_ANSWER)[0]
            answer = _short(self.words.decode(self.words.generated(ids)[:-1]))
        return Answer(answer, self.words.completion(f"{begun} {answer}." if answer else explanation))


def _short(text):
    """An answer without what follows it: up to the first line end or full stop."""
    line = next((part.strip() for part in re.split(r"[\n\r\u2028\u2029]+", text) if part.strip()), "")
    end = WHOLE.search(line)
    return (line[: end.end()] if end else line).strip().removesuffix(".")


class Taught:
    """What the bundle brings of it, and what is made here: token weights, soft targets, the model's own answers."""

    def __init__(self, bundle, words, scorer):
        self.bundle, self.words, self.scorer = bundle, words, scorer
        self.config = bundle.config
        self.needs = {
            "credit": {"preferred"},
            "rlag": {"preferred", "rejected"},
            "rlag-paper": {"preferred", "rejected"},
            "distill": {"preferred"},
        }.get(self.config["objective"], set())
        self.policy = self.config["teacher"] == "policy" and "preferred" in self.needs
        self.own = self.lost = None  # y_w and y_l by form, of this model
        self.weights, self.teachers = {}, {}

    def begin_cycle(self, respondent, first):
        """What the model as it is says now; what the base says, once while what is taught stays."""
        b = self.bundle
        answer = {"brief": respondent.briefly, "explain": respondent.explain}
        if "rejected" in self.needs:
            questions = [(q, []) for q in b.views[: b.count]]
            self.lost = {form: answer[form](questions) for form in b.forms}
        if self.policy:
            questions = [(q, b.texts(q)) for q in b.views]
            self.own = {form: answer[form](questions) for form in b.forms}
            self.sure = respondent.choose(questions) if not self.config["gold"] else None
        if first or self.policy:
            self._weigh()
            self._teach()

    def said(self):
        """What a run that goes on in the middle of a cycle cannot ask again: the model has changed since."""
        return {name: getattr(self, name, None) for name in ("own", "lost", "sure")}

    def take_up(self, said):
        """What `said` gave, and what follows from it and the base."""
        self.own, self.lost, self.sure = said["own"], said["lost"], said["sure"]
        self._weigh()
        self._teach()

    def gold(self, view, form):
        return self.words.completion(self.bundle.views[view]["gold"][form])

    def preferred(self, view, form):
        if self.policy:
            return self.own[form][view].completion
        return self.words.said(self.bundle.views[view]["taught"][form])

    def completion(self, view, form):
        """What is taught of a view: y_w where the objective asks for answers, else the gold text."""
        return self.preferred(view, form) if "preferred" in self.needs else self.gold(view, form)

    def reward(self, view, form):
        if not self.policy:
            return self.bundle.views[view]["taught"][form]["reward"]
        if self.config["reward_control"] == "ones":
            return 1.0
        answer, question = self.own[form][view], self.bundle.views[view]
        if self.config["gold"]:
            same = answer.text == question["answer"] if answer.chosen else same_answer(answer.text, question["answer"])
            return float(same)
        scores = sorted(self.sure[view].chosen, reverse=True) if self.sure[view] else []
        lead = scores[0] - scores[1] if len(scores) > 1 else 0.0
        return float(lead >= MARGIN and answer.text == self.sure[view].text)

    def rejected(self, view, form):
        return self.lost[form][self.bundle.views[view]["of"]].completion

    def differ(self, view, form):
        lost = self.lost[form][self.bundle.views[view]["of"]]
        if self.policy:
            won, chosen = self.own[form][view].text, self.own[form][view].chosen is not None
        else:
            taught = self.bundle.views[view]["taught"][form]
            won, chosen = taught["answer"], taught["chosen"]
        return won != lost.text if chosen else not same_answer(won, lost.text)

    def credit(self, view, form):
        return self.weights.get((view, form))

    def teacher(self, sequence):
        return self.teachers[sequence]

    def kept(self, row):
        """(sequence, weights, teacher) of a retained row."""
        sequence = self._kept_sequence(row["form"], row["row"])
        return sequence, None, self.teachers[sequence]

    def _kept_sequence(self, form, row):
        b, explain = self.bundle, form == "explain"
        if b.foreign:
            question = b.foreign[row]
            return self.words.prompt(question, b.texts(question), explain), self.words.said(question["kept"][form])
        question = b.views[row]
        return self.words.prompt(question, b.texts(question), explain), self.completion(row, form)

    def _weigh(self):
        """A token counts by how much likelier the passages made it, to the base: w = ε + clip(open - closed, 0, 5)."""
        epsilon = self.config["credit"]
        if epsilon == 0 or self.config["objective"] not in ("credit", "sft"):
            return
        asked = [(v, form) for form in self.bundle.forms for v in range(len(self.bundle.views))]
        taught = [self.completion(*one) for one in asked]
        scored = [
            self.scorer.logprobs([(self._asked(*one, book), y) for one, y in zip(asked, taught)], base=True)
            for book in (True, False)
        ]
        for one, opened, closed in zip(asked, *scored):
            self.weights[one] = [epsilon + min(max(o - c, 0.0), MOST_CREDIT) for o, c in zip(opened, closed)]

    def _teach(self):
        """What the base says of y_w with the book open, for distillation, and of the rows that are kept."""
        b = self.bundle
        sequences = {}
        if self.config["objective"] == "distill":
            for form in b.forms:
                for v in range(len(b.views)):
                    sequences[self._asked(v, form, True), self.preferred(v, form)] = None
        for update in b.plan:
            for place in update["places"]:
                for row in place["kept"]:
                    sequences[self._kept_sequence(row["form"], row["row"])] = None
        self.teachers = dict(zip(sequences, self.scorer.teach(list(sequences)))) if sequences else {}

    def _asked(self, view, form, book):
        question = self.bundle.views[view]
        return self.words.prompt(question, self.bundle.texts(question) if book else [], form == "explain")
