"""The words put to the model, as the lab puts them, by the model's own tokenizer and chat template."""
import re

# Stand-ins for special tokens in a person's text while the template is rendered: noncharacters, never in real text.
OPEN, CLOSE = "\ufdd0", "\ufdd1"
DATE = "26 Jul 2024"  # templates print today's date unless told one; a run must repeat


class Words:
    def __init__(self, tokenizer, config, stop_ids=()):
        self.tokenizer, self.config, self.known = tokenizer, config, {}
        self.special = {t.content: i for i, t in tokenizer.added_tokens_decoder.items() if t.special}
        # Longest first: a token may begin another.
        found = "|".join(re.escape(t) for t in sorted(self.special, key=len, reverse=True)) or "(?!)"
        self.special_only = re.compile(f"({found})")
        self.special_or_open = re.compile(f"{found}|{OPEN}")
        self.bare = self._asked("?")
        self.bare_ids = self._rendered(self.bare)
        self.end, self.end_text, self.end_written, self.left = self._end_of_answer()
        self.begin = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else self.bare_ids[0]
        self.stop_ids = {self.end, *stop_ids}

    def user_turn(self, question, passages, explain):
        """Passages (best first; none closed book), the question, the options where they are listed, and how to answer."""
        context = "Context:\n" + "\n".join(passages) + "\n\n" if passages else ""
        options = list(question["options"].values()) if self.config["list_options"] else []
        choices = "Options: " + "; ".join(options) + "\n" if options else ""
        how = self.config["prompt_explain" if explain else "prompt_brief"]
        return f"{context}Question: {question['question']}\n{choices}{how}"

    def prompt(self, question, passages, explain):
        return self._remembered("prompt", self.user_turn(question, passages, explain), self._prompt)

    def completion(self, text):
        """What the assistant says after a prompt: text and end-of-turn token, which counts in every mean."""
        return self._remembered("completion", text, self._completion)

    def passage(self, text):
        """A passage by itself: after the single begin token."""
        ids = self._remembered("passage", text, lambda t: (*self._plain(t), self.end))
        return (self.begin,), ids

    def said(self, said):
        """A text that was generated: by its own ids where this tokenizer reads the same text out of them."""
        ids = said["ids"]
        if ids and ids[-1] == self.end and max(ids) < len(self.tokenizer) and self.decode(ids[:-1]) == said["text"]:
            return tuple(ids)
        return self.completion(said["text"])

    def generated(self, ids):
        """What this model generated as a completion: ended as its turns end, however it stopped or was cut off."""
        return (*(ids[:-1] if ids and ids[-1] in self.stop_ids else ids), self.end)

    def decode(self, ids):
        return self.tokenizer.decode(list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False)

    def _remembered(self, kind, text, encode):
        if (kind, text) not in self.known:
            self.known[kind, text] = tuple(encode(text))
        return self.known[kind, text]

    def _prompt(self, user):
        hidden = []
        return self._rendered(self._asked(self._hide(user, hidden)), hidden)

    def _completion(self, text):
        hidden = []
        whole = self._answered(self._hide(text, hidden))
        turn = whole[: len(whole) - self.left]
        ids = self._rendered(turn, hidden) + ([] if self.end_written else [self.end])
        if ids[: len(self.bare_ids)] == self.bare_ids:
            return ids[len(self.bare_ids) :]
        # Where the answered turn begins otherwise, or a token would span the seam, the words go on from the prompt.
        words = turn[len(self.bare) :] if turn.startswith(self.bare) else self._hide(text, hidden) + self.end_text
        return self._rendered(words, hidden) + ([] if self.end_written else [self.end])

    def _render(self, messages, add_generation_prompt):
        return self.tokenizer.apply_chat_template(
            messages,
            tokenize=False,
            add_generation_prompt=add_generation_prompt,
            enable_thinking=False,
            date_string=DATE,
        )

    def _asked(self, user):
        return self._render([{"role": "user", "content": user}], True)

    def _answered(self, text):
        return self._render([{"role": "user", "content": "?"}, {"role": "assistant", "content": text}], False)

    def _end_of_answer(self):
        """How the template ends an assistant's turn: the first special token after the words, else the tokenizer's own end."""
        said = f"{OPEN}0{CLOSE}"
        text = self._answered(said)
        after = text[text.index(said) + len(said) :]
        found = self.special_only.search(after)
        if found:
            return self.special[found[0]], found[0], True, len(after) - found.end()
        if self.tokenizer.eos_token_id is None:
            raise SystemExit("the chat template ends an answer without a special token, and the tokenizer has no eos_token")
        return self.tokenizer.eos_token_id, self.tokenizer.eos_token, False, len(after)

    def _hide(self, text, hidden):
        """What is not to be taken for markup, behind stand-ins."""

        def put(found):
            hidden.append(found[0])
            return f"{OPEN}{len(hidden) - 1}{CLOSE}"

        return self.special_or_open.sub(put, text)

    def _rendered(self, text, hidden=()):
        if not hidden:
            return self.tokenizer(text, add_special_tokens=False)["input_ids"]
        ids = []
        for piece in self.special_only.split(text):
            restored = re.sub(f"{OPEN}(\\d+){CLOSE}", lambda m: hidden[int(m[1])], piece)
            if piece in self.special:
                ids.append(self.special[piece])
            elif restored:
                ids += self._plain(restored)
        return ids

    def _plain(self, text):
        """What looks like a special token in a text is encoded as the plain text it is."""
        return self.tokenizer(text, add_special_tokens=False, split_special_tokens=True)["input_ids"]
