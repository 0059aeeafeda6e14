"""Which column of a raw table is what: a first mapping, guessed from headers and cells."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, TypeAlias

from sheets_sync.domain.look import MOST_LABELS, Look, are_distinct

Use: TypeAlias = Literal[
    "record", "part", "time", "label", "score", "note", "reviewer", "when", "unused"
]
"""What a column is for. The parts together are the record id, where no column is it alone."""

MEANINGS: dict[Use, str] = {
    "record": "the record's id",
    "part": "a part of the record's id",
    "time": "when the record started",
    "label": "a judgement in words",
    "score": "a judgement in numbers",
    "note": "a note about the record",
    "reviewer": "who judged",
    "when": "a checkbox that says: send it",
    "unused": "nothing",
}
"""The uses as people choose among them."""

_DISPLACED: dict[Use, tuple[Use, ...]] = {
    "record": ("record", "part"),
    "part": ("record",),
    "time": ("time",),
    "note": ("note",),
    "reviewer": ("reviewer",),
    "when": ("when",),
}
"""Which other columns lose their use when a column is given one."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NOTE = _words("comment note remark feedback")
_REASON = _words("reason explanation rationale justification why")
_WHO = _words(
    "reviewer annotator rater judge worker coder labeler labeller evaluator expert grader "
    "assessor reviewed rated judged annotated"
)
_DONE = _words("done ready final finished complete completed approved reviewed submit send")
_START = _words("start started begin began")
_TIME = _words("time timestamp date day at created asked logged when")
_LATER = _words("reviewed judged rated annotated updated modified due")
_COUNT = _words(
    "count length token index row number no # year age latency cost duration size rank "
    "position page version id"
)
_SUBJECT = _words(
    "category domain topic model source dataset split language lang locale country region team "
    "channel product version system environment status"
)
_VARIANT = _words("model version variant system prompt turn run")


class Guess(NamedTuple):
    """What a column is taken for, and why."""

    use: Use
    why: str


@dataclass(frozen=True)
class Proposal:
    """What each column is taken for, in the order of the sheet."""

    looks: tuple[Look, ...]
    guesses: tuple[Guess, ...]
    repeats: bool = False
    """Whether several reviewers judge one record, each in a row of their own."""

    def of(self, use: Use) -> list[Look]:
        """The columns of this use."""
        found = zip(self.looks, self.guesses, strict=True)
        return [look for look, guess in found if guess.use == use]

    def why(self, look: Look) -> str:
        """Why this column is taken for what it is."""
        return self.guesses[self.looks.index(look)].why

    def corrected(self, at: int, use: Use) -> Proposal:
        """With another use for the column at `at`, which takes the place of what had it before."""
        displaced = _DISPLACED.get(use, ())
        guesses = [
            Guess("unused", "left out by you") if guess.use in displaced else guess
            for guess in self.guesses
        ]
        guesses[at] = Guess(use, "chosen by you" if use != "unused" else "left out by you")
        return replace(self, guesses=tuple(guesses), repeats=False)

    @property
    def metrics(self) -> list[Look]:
        """The columns that become annotations."""
        found = zip(self.looks, self.guesses, strict=True)
        return [look for look, guess in found if guess.use in ("label", "score")]

    def scale(self, look: Look) -> tuple[float, float] | None:
        """The range of a score; one that begins below 0 is as wide as the widest such."""
        scale = look.scale
        if scale is None or scale[0] >= 0 or look.range_in_header:
            return scale
        scales = [other.scale for other in self.of("score") if not other.range_in_header]
        widest = max(one[1] for one in scales if one and one[0] < 0)
        return -widest, widest

    @property
    def required(self) -> Look | None:
        """The first metric that is filled in wherever a row was judged at all."""
        most = max((len(look.cells) for look in self.metrics), default=0)
        return next((m for m in self.metrics if most and len(m.cells) == most), None)


def propose(looks: Sequence[Look], status: str) -> Proposal:
    """Guess the use of each column; `status` is the header that is never an input."""
    guesses: dict[int, Guess] = {
        at: Guess("unused", "written by sheets-sync")
        for at, look in enumerate(looks)
        if look.header == status
    }

    def left() -> list[tuple[int, Look]]:
        return [(at, look) for at, look in enumerate(looks) if at not in guesses]

    guesses |= _time(left())
    guesses |= _record(left())
    guesses |= _when(left())
    guesses |= _reviewer(left())
    guesses |= {at: guess for at, look in left() if (guess := _metric(look)) is not None}
    guesses |= _note(left())
    repeats = False
    if not any(guess.use == "record" for guess in guesses.values()):
        found = _repeated(looks, guesses) or _composed(left())
        guesses |= found
        repeats = any(guess.use == "record" for guess in found.values())
    guesses |= {at: Guess("unused", _unused(look)) for at, look in left()}
    return Proposal(tuple(looks), tuple(guesses[at] for at in range(len(looks))), repeats)


_Left: TypeAlias = Sequence[tuple[int, Look]]


def _best(ranks: Mapping[int, int]) -> int | None:
    """The first of those with the highest rank above 0."""
    best = max(ranks.values(), default=0)
    return next((at for at, rank in ranks.items() if rank == best), None) if best > 0 else None


def _time(left: _Left) -> dict[int, Guess]:
    times = {at: look for at, look in left if look.is_time or (not look.cells and _says_time(look))}
    at = _best({at: _time_rank(look) for at, look in times.items()})
    if at is None:
        return {}
    looks = "its cells are times" if times[at].cells else "its header says so"
    if not times[at].header_words & _START:
        looks += "; it must be when the record started, not when it was judged"
    others = [look.name for other, look in times.items() if other != at and look.cells]
    also = f"; so are those of {', '.join(others)}" if others else ""
    return {at: Guess("time", looks + also)}


def _says_time(look: Look) -> bool:
    return bool(look.header_words & (_START | _TIME))


def _time_rank(look: Look) -> int:
    words = look.header_words
    if words & _START:
        return 4
    if words & _LATER:
        return 1
    if words & _TIME:
        return 3
    is_number = look.numbers is not None and max(look.numbers) < 10**8
    return 0 if is_number else 2


def _record(left: _Left) -> dict[int, Guess]:
    at = _best({at: _record_rank(look) for at, look in left if look.is_distinct or not look.cells})
    if at is None:
        return {}
    look = dict(left)[at]
    if not look.cells:
        return {at: Guess("record", "its header says so")}
    said = f"{look.id_form or 'texts'}, another one in each row"
    return {at: Guess("record", said)}


def _record_rank(look: Look) -> int:
    """How much it looks like the id of what was judged; 0 where it cannot be."""
    by_header = _id_header_rank(look)
    if not look.cells:
        return by_header if by_header >= 4 else 0
    is_plain_number = look.numbers is not None and look.id_form.startswith("texts")
    if look.is_time or (is_plain_number and by_header <= 0):
        return 0
    return by_header + _id_form_rank(look) if look.id_form else 0


def _id_header_rank(look: Look) -> int:
    words = look.header_words
    if words & {"row", "no", "#", "number", "index"}:
        return -5
    if "id" in words and words & {"span", "record", "trace"}:
        return 5 if "trace" not in words else 4
    if words & {"id", "uuid", "span", "trace", "record"}:
        return 3
    return 0


def _id_form_rank(look: Look) -> int:
    if look.is_counter:
        return 0
    ranks = {"ids": 6, "UUIDs": 4, "addresses": 4, "long": 2, "texts": 1}
    return ranks.get(look.id_form.split(" ")[0], 0)


def _when(left: _Left) -> dict[int, Guess]:
    for at, look in left:
        if look.is_flag and look.header_words & _DONE:
            return {at: Guess("when", "checkboxes under a header that says when a row is ready")}
    return {}


def _metric(look: Look) -> Guess | None:
    if not look.header or (look.header_words & _COUNT and not look.range_in_header):
        return None
    if look.range_in_header and (look.is_scores or not look.cells):
        return Guess("score", "its header names the range")
    if look.choices_in_header and _fit(look):
        return Guess("label", "its header names the words")
    if look.is_scores and not look.is_counter and look.numbers:
        low, high = min(look.numbers), max(look.numbers)
        return Guess("score", f"numbers from {low:g} to {high:g}")
    if look.header_words & (_SUBJECT | _WHO):
        return None
    if look.is_flag:
        return Guess("label", "checkboxes; one that is not ticked says FALSE")
    if look.is_labels:
        return Guess("label", f"{len(look.counts)} words that repeat")
    return None


def _fit(look: Look) -> bool:
    return look.is_labels or (len(look.counts) <= MOST_LABELS and not look.is_prose)


def _note(left: _Left) -> dict[int, Guess]:
    notes = {at: look for at, look in left if look.header_words & (_NOTE | _REASON)}
    is_text = {at: look for at, look in notes.items() if look.numbers is None}
    at = _best({at: _note_rank(look) for at, look in is_text.items()})
    if at is None:
        return {}
    others = [look.name for other, look in is_text.items() if other != at]
    also = f"; another may be {', '.join(others)}" if others else ""
    return {at: Guess("note", f"its header says so{also}")}


def _note_rank(look: Look) -> int:
    return (2 if look.header_words & _NOTE else 1) * 1_000_000 + len(look.cells)


def _reviewer(left: _Left) -> dict[int, Guess]:
    for at, look in left:
        if look.header_words & _WHO and _may_name_people(look):
            return {at: Guess("reviewer", f"its header says so{_people(look)}")}
    for at, look in left:
        is_email = bool(look.texts) and all("@" in text and " " not in text for text in look.texts)
        if is_email and not look.is_distinct:
            return {at: Guess("reviewer", f"addresses that repeat{_people(look)}")}
    return {}


def _may_name_people(look: Look) -> bool:
    is_other = look.header_words & (_NOTE | _REASON) or look.choices_in_header
    return not (is_other or look.is_flag or look.is_time or look.numbers)


def _people(look: Look) -> str:
    return f"; {len(look.counts)} of them" if look.cells else ""


def _repeated(looks: Sequence[Look], guesses: Mapping[int, Guess]) -> dict[int, Guess]:
    """An id that stands in several rows, once for each reviewer."""
    who = next((looks[at] for at, guess in guesses.items() if guess.use == "reviewer"), None)
    if who is None or not who.is_filled:
        return {}
    free = [(at, look) for at, look in enumerate(looks) if at not in guesses and look.is_filled]
    ranked = {
        at: _id_header_rank(look) + _id_form_rank(look)
        for at, look in free
        if len(look.cells) == len(who.cells)
        and len(look.counts) > len(who.counts)
        and are_distinct(list(zip(look.texts, who.texts, strict=True)))
    }
    at = _best({at: rank for at, rank in ranked.items() if rank >= 4})
    if at is None:
        return {}
    return {at: Guess("record", f"{looks[at].id_form}, one row for each {who.name}")}


def _composed(left: _Left) -> dict[int, Guess]:
    """Two columns that tell rows apart only together, such as an item and a model."""
    short = [
        (at, look)
        for at, look in left
        if look.is_filled and not look.is_prose and can_be_filled_in(look)
    ]
    pairs: dict[tuple[int, int], int] = {}
    for (one, look), (other, variant) in itertools.permutations(short, 2):
        if not look.header_words & {"id", "item", "question", "case", "record"}:
            continue
        together = list(_pairs(look, variant))
        if together and are_distinct(together) and not variant.is_distinct:
            pairs[one, other] = 2 if variant.header_words & _VARIANT else 1
    if not pairs:
        return {}
    first, second = max(pairs, key=lambda pair: pairs[pair])
    why = "tells rows apart only together with"
    named = dict(left)
    return {
        first: Guess("part", f"{why} {named[second].name}"),
        second: Guess("part", f"{why} {named[first].name}"),
    }


def refused(look: Look, use: Use) -> str:
    """Why a column cannot be used so, and what to do; empty where it can."""
    if use == "part" and not can_be_filled_in(look):
        return "A part of the record's id needs a header without braces; rename the column first."
    return ""


def can_be_filled_in(look: Look) -> bool:
    """Whether its header can stand in the braces of a template."""
    return bool(re.fullmatch(r"[^{}]+", look.header))


def _pairs(one: Look, other: Look) -> Iterator[tuple[str, str]]:
    if len(one.cells) == len(other.cells):
        yield from zip(one.texts, other.texts, strict=True)


def _unused(look: Look) -> str:
    if not look.cells:
        return "empty"
    if look.is_counter:
        return "numbers the rows"
    if not look.header:
        return "has no header of its own"
    if look.is_time:
        return "another time"
    if look.header_words & _SUBJECT:
        return "says what was judged"
    return "texts" if look.numbers is None else "numbers"
