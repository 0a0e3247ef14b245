"""The log's filter as text: `kind:hfence_gvma hart:0..3 cycles>100 "world switch"`.

Terms of one key widen (any of them), terms of different keys narrow (all of them), and each free
word must be in the line's words. `GRAMMAR` says what there is; nothing else reads such text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import product

from app.tables.shapes import NONE, REDUNDANT, SCOPES, TYPES
from simcore import events as ev
from simcore.hw.fence import Fence, FenceKind
from simcore.hw.sbi import RfenceFunction

MOST_CHARACTERS = 500
MOST_TERMS = 24
_MOST = 2**63 - 1
_FENCES = {Fence(kind, *xs).name for kind, *xs in product(FenceKind, (None, 0), (None, 0))}
_REMOTE = {function.name.lower() for function in RfenceFunction}
_FENCE_KINDS = _FENCES | {f"remote_{name}" for name in _FENCES} | _REMOTE
KINDS = (*sorted(_FENCE_KINDS), *ev.VIOLATION_KINDS, NONE)
WORDS: dict[str, tuple[str, ...]] = {
    "type": TYPES,
    "kind": KINDS,
    "cause": (),
    "scope": SCOPES,
    "redundant": REDUNDANT,
}
"""Keys whose values are words; an empty tuple: whatever the policy says."""
NUMBERS = ("hart", "vmid", "domain", "requester", "seq", "cycles", "dropped", "targets", "accesses")
"""Keys whose values are numbers: `5`, `0x5`, `5..9`, or compared, as in `cycles>100`."""
GRAMMAR = (
    f"{', '.join(f'{key}:' for key in (*WORDS, *NUMBERS))} and free words; numbers as 5, 0x5, "
    "5..9, or with > >= < <= in place of the colon; quotes around what has spaces"
)
_TOKEN = re.compile(r'(?:([A-Za-z_]+)(:|>=|<=|>|<))?(?:"([^"]*)"|([^\s"]\S*))?')
_NUMBER = re.compile(r"0x[0-9a-f]+|\d+", re.IGNORECASE)


class FilterError(ValueError):
    """A filter that cannot be read; the message names the term and what is allowed."""


@dataclass(frozen=True, slots=True)
class Term:
    """One term. ``key`` "word": a free word.

    ``word`` is what a word must be, case folded; ``low`` and ``high`` are what a number must be
    between, both included.
    """

    key: str
    text: str
    word: str = ""
    low: int = 0
    high: int = _MOST


@dataclass(frozen=True, slots=True)
class Filter:
    """Terms that a line must satisfy; none: every line does."""

    terms: tuple[Term, ...] = ()

    def of(self, key: str) -> tuple[Term, ...]:
        """The terms of one key."""
        return tuple(term for term in self.terms if term.key == key)

    def parts(self) -> list[tuple[Term, ...]]:
        """What narrows: the terms of each key together, and each free word by itself."""
        keys = dict.fromkeys(term.key for term in self.terms if term.key != "word")
        return [self.of(key) for key in keys] + [(word,) for word in self.of("word")]

    def without(self, part: tuple[Term, ...]) -> Filter:
        """The filter with some of its terms left out."""
        return Filter(tuple(term for term in self.terms if term not in part))


def parse(text: str) -> Filter:
    """A filter from its text. Raises FilterError for a term that is none."""
    if len(text) > MOST_CHARACTERS:
        raise FilterError(
            f"filter has {len(text)} characters; at most {MOST_CHARACTERS} are allowed"
        )
    terms: list[Term] = []
    place = 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        found = _TOKEN.match(text, place)
        assert found is not None
        if not any(found.groups()[2:]) and text[found.end() : found.end() + 1] == '"':
            raise FilterError(f"filter has a quote that is not closed: {text[found.end() :]}")
        terms.append(_term(found.group(), *found.groups()))
        place = found.end()
    if len(terms) > MOST_TERMS:
        raise FilterError(f"filter has {len(terms)} terms; at most {MOST_TERMS} are allowed")
    return Filter(tuple(dict.fromkeys(terms)))


def _term(
    whole: str, key: str | None, sign: str | None, quoted: str | None, plain: str | None
) -> Term:
    value = plain if quoted is None else quoted
    if key is None:
        return Term("word", whole, (value or "").casefold())
    key = key.lower()
    if key not in (*WORDS, *NUMBERS):
        raise FilterError(f"filter is {whole}; {key} is no key, allowed are {GRAMMAR}")
    if not value:
        raise FilterError(f"filter is {whole}; a value is missing, allowed is {_allowed(key)}")
    if key in WORDS:
        return _word(key, sign, value, whole)
    low, high = _interval(sign, value, whole, key)
    return Term(key, whole, low=low, high=high)


def _word(key: str, sign: str | None, value: str, whole: str) -> Term:
    word = value.casefold()
    if sign != ":" or (WORDS[key] and word not in WORDS[key]):
        raise FilterError(f"filter is {whole}; allowed is {_allowed(key)}")
    return Term(key, whole, word)


def _interval(sign: str | None, value: str, whole: str, key: str) -> tuple[int, int]:
    ends = value.split("..") if sign == ":" else [value]
    if len(ends) > 2 or not all(_NUMBER.fullmatch(end) for end in ends):
        raise FilterError(f"filter is {whole}; allowed is {_allowed(key)}")
    numbers = [int(end, 16 if end[:2].lower() == "0x" else 10) for end in ends]
    first, last = numbers[0], numbers[-1]
    if max(numbers) >= _MOST or first > last:
        raise FilterError(f"filter is {whole}; {key}: goes from 0 to 2^63-2, the lower end first")
    match sign:
        case ">":
            return first + 1, _MOST
        case ">=":
            return first, _MOST
        case "<":
            return 0, first - 1
        case "<=":
            return 0, first
    return first, last


def _allowed(key: str) -> str:
    if key in NUMBERS:
        return f"{key}:5, {key}:0x5, {key}:5..9, or {key}>5 with any of > >= < <="
    named = WORDS[key]
    return f"{key}: and one of {', '.join(named)}" if named else f"{key}: and a word of the log"


def written(key: str, value: str) -> str:
    """A term as text."""
    return f'{key}:"{value}"' if re.search(r"\s", value) else f"{key}:{value}"
