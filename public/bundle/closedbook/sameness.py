"""When two free answers are the same, as the lab compares them (src/core/answers.ts)."""
import re
import unicodedata

OTHER_SIGNS = set("%‰‱#§¶&@/\\°♀♂♭♮′‴^*")


def same_answer(a, b):
    """As they stand, else by what they say with their signs kept."""
    if _plain(a) == _plain(b):
        return True
    meaning = _meaning(a)
    return meaning != "" and meaning == _meaning(b)


def says_something(answer):
    return _meaning(answer) != ""


def _category(c):
    return unicodedata.category(c)


def _is_word(c):
    return c == "_" or _category(c)[0] in "LMN"


def _is_sign(c):
    return c in OTHER_SIGNS or _category(c) == "Sc" or (_category(c) == "Sm" and not "←" <= c <= "⇿")


def _plain(text):
    return re.sub("[‐‑−﹣－]", "-", unicodedata.normalize("NFC", text)).strip()


def _folded(text):
    raised = re.sub("[²³¹⁰ⁱ⁴-ⁿ]+", lambda m: "^" + m[0], _plain(text))
    return unicodedata.normalize("NFKC", raised).replace("\u2212", "-").lower()


def _spaced(text):
    return re.sub(r"\s+", " ", text).strip()


def _split(text):
    places = [i for i, c in enumerate(text) if _is_word(c)]
    if not places:
        return text, "", ""
    return text[: places[0]], text[places[0] : places[-1] + 1], text[places[-1] + 1 :]


def _meaning(answer):
    before, inner, after = _split(_folded(answer))
    if inner == "":
        return "".join(c for c in before if c == "-" or _is_sign(c))
    interval = re.search(r"[(\[\]]\s*$", before) and re.match(r"\s*[)\]\[]", after)
    if interval and re.search(r"\d\s*[,;]\s*[-+]?[\d∞]", inner) and not re.fullmatch(r"\d{1,3}(,\d{3})+", inner):
        return _spaced(before + inner + after).replace(" ", "")
    left, right = _unpaired(_leading(before, inner), _trailing(before, after))
    currency = "".join(c for c in left + right if _category(c) == "Sc")
    rest = lambda text: "".join(c for c in text if _category(c) != "Sc")
    return currency + rest(left) + inner + rest(right)


def _leading(before, inner):
    number = re.match(r"\.?\d", inner) is not None
    if number:
        before = re.sub(r"[‒–](?=\s*[$¢£¤¥€₠-⃀]?\s*\.?$)", "-", before)
    signs = ""
    for i, c in enumerate(before):
        following = before[i + 1] if i + 1 < len(before) else None
        if _is_sign(c):
            signs += c
        elif c == "-" and (number or following is None or not following.isspace()):
            signs += c
        elif c == "." and following is None and before[i - 1 : i] != ".":
            signs += c
    return signs


def _trailing(before, after):
    measure = "″" if re.match('["”]', after) else "′" if re.match("['’]", after) else ""
    attached = re.match("-*", after)[0]
    signs = "".join(c for c in after if _is_sign(c))
    return ("" if re.search("[\"'“”‘’„‚«‹]", before) else measure) + attached + signs


def _unpaired(before, after):
    pairs = 0
    while pairs < min(len(before), len(after)) and before[pairs] in "*$~" and before[pairs] == after[-1 - pairs]:
        pairs += 1
    return before[pairs:], after[: len(after) - pairs]
