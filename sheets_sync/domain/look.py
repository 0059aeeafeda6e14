"""What the cells of a column look like: ids, times, numbers, few words, or free text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

from sheets_sync.domain.cells import BadCell, read_score, read_time, text_of, words_of
from sheets_sync.domain.columns import Column
from sheets_sync.domain.metric import Score
from sheets_sync.domain.row import Cell, column_text

MOST_LABELS = 12
LONGEST_WORD = 40
"""Characters of a label, as opposed to a sentence."""
WIDEST_SCORE = 100
_NEARLY_ALL = 0.95
_MOST = 0.9
_FEWEST = 6
"""Numbers; fewer that all differ may be scores."""
_ALL_BUT_SLIPS = 0.98
_ANY_NUMBER = Score(column="any")
_ANY_STARS = Score(column="any", scale="stars")
_YEARS = range(2000, 2100)
_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_HEX = r"[0-9a-f]{32}|[0-9a-f]{16}"
ID_IN_URL = rf"(?:[/=:])({_UUID}|{_HEX})(?![0-9a-zA-Z-])"
"""The id in an address: of a UUID's form, or of a span's or a trace's."""
_RANGE = re.compile(r"\(\s*(-?\d+)\s*(?:-|\u2013|to|\.\.)\s*(\d+)\s*\)")
_CHOICES = re.compile(r"\(([^()/]{1,40}(?:/[^()/]{1,40})+)\)")


@dataclass(frozen=True)
class Look:
    """One column of a table: its header, and its filled cells below. `rows` counts all rows."""

    column: Column
    header: str
    cells: tuple[Cell, ...]
    rows: int
    zone: ZoneInfo

    @property
    def name(self) -> str:
        """How a person calls it: its header, or `column C`."""
        return column_text(self.column)

    @cached_property
    def header_words(self) -> frozenset[str]:
        """The words of the header, without what stands in brackets, small and singular."""
        plain = re.sub(r"\(.*?\)", " ", self.header)
        plain = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", plain)
        found = [word.lower() for word in re.findall(r"[^\W\d_]+|#", plain)]
        return frozenset(word[:-1] if re.search(r"[^s]s$", word) else word for word in found)

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The filled cells as their expert reads them."""
        return tuple(words_of(cell) for cell in self.cells)

    @cached_property
    def counts(self) -> Counter[str]:
        """How often each text stands there, case aside, in the spelling that is most usual."""
        spellings: dict[str, Counter[str]] = {}
        for text in self.texts:
            spellings.setdefault(text.casefold(), Counter())[text] += 1
        return Counter({found.most_common(1)[0][0]: found.total() for found in spellings.values()})

    @property
    def is_filled(self) -> bool:
        """Whether nearly every row has something there."""
        return bool(self.cells) and len(self.cells) >= _MOST * self.rows

    @property
    def is_distinct(self) -> bool:
        """Whether nearly every row has something of its own there."""
        return self.is_filled and are_distinct(self.texts)

    @cached_property
    def is_counter(self) -> bool:
        """Whether it only numbers the rows, some of them left out at the most."""
        numbers = self.numbers
        if numbers is None or len(numbers) < _FEWEST or len(set(numbers)) < len(self.cells):
            return False
        is_whole = all(number.is_integer() for number in numbers)
        return is_whole and max(numbers) - min(numbers) < 2 * len(numbers)

    @cached_property
    def is_flag(self) -> bool:
        """Whether it holds checkboxes."""
        return bool(self.cells) and all(isinstance(cell, bool) for cell in self.cells)

    @cached_property
    def is_time(self) -> bool:
        """Whether nearly all are times of this century."""
        return _holds_for_nearly_all(self.cells, self._is_time)

    @property
    def is_whole_days(self) -> bool:
        """Whether the times are days without an hour."""
        return bool(self.cells) and all(
            re.fullmatch(r"\d{4}-\d\d-\d\d([T ]00:00(:00)?)?|\d{5}", text_of(cell))
            for cell in self.cells
        )

    @cached_property
    def numbers(self) -> tuple[float, ...] | None:
        """The numbers that stand there, None where it is not nearly all numbers."""
        score = _ANY_STARS if self.is_stars else _ANY_NUMBER
        read = [number for cell in self.cells if (number := _number(cell, score)) is not None]
        is_enough = bool(read) and len(read) >= _NEARLY_ALL * len(self.cells)
        return tuple(read) if is_enough else None

    @property
    def is_stars(self) -> bool:
        """Whether it holds stars, as ★★★☆☆."""
        return _matches(self.texts, r"[★⭐☆\ufe0f ]+")

    @property
    def is_scores(self) -> bool:
        """Whether it holds numbers of a small range."""
        return self.numbers is not None and all(abs(n) <= WIDEST_SCORE for n in self.numbers)

    @property
    def is_labels(self) -> bool:
        """Whether it holds few short words that repeat."""
        return (
            2 <= len(self.counts) <= MOST_LABELS
            and len(self.cells) >= 2 * len(self.counts)
            and all(len(text) <= LONGEST_WORD for text in self.counts)
            and self.numbers is None
        )

    @property
    def is_prose(self) -> bool:
        """Whether it holds texts of several words."""
        return bool(self.texts) and sum(" " in text for text in self.texts) > len(self.texts) / 2

    @property
    def id_pattern(self) -> str | None:
        """The pattern of the id in its addresses, None where they are none, or without an id."""
        is_url = _matches(self.texts, r"https?://\S+")
        return ID_IN_URL if is_url and _matches(self.texts, rf".*{ID_IN_URL}.*") else None

    @property
    def id_form(self) -> str:
        """What its ids look like, empty where they look like no ids."""
        if self.id_pattern:
            return "addresses with an id"
        if _matches(self.texts, _HEX):
            return "ids of 16 or 32 hexadecimal digits"
        if _matches(self.texts, _UUID):
            return "UUIDs"
        if _matches(self.texts, r"\d{6,}"):
            return "long numbers"
        return "texts without spaces" if _matches(self.texts, r"(?=.*\d)\S{1,128}") else ""

    @property
    def range_in_header(self) -> tuple[float, float] | None:
        """The range that the header names, as in `Accuracy (0-4)`."""
        found = _RANGE.search(self.header)
        return (float(found[1]), float(found[2])) if found else None

    @property
    def choices_in_header(self) -> tuple[str, ...]:
        """The words that the header names, as in `Fabrication (None/Minor/Severe)`."""
        found = _CHOICES.search(self.header)
        choices = [word.strip() for word in found[1].split("/")] if found else []
        return tuple(dict.fromkeys(filter(None, choices)))

    @property
    def scale(self) -> tuple[float, float] | None:
        """The range of its scores: that of the header, or the usual one that nearly all fit in."""
        if self.range_in_header or not self.numbers:
            return self.range_in_header
        low, high = min(self.numbers), max(self.numbers)
        first = 1.0 if low >= 1 and all(number.is_integer() for number in self.numbers) else 0.0
        usual = [(0.0, 1.0), (first, 5.0), (first, 10.0), (0.0, 100.0)]
        widest = max(-low, high)
        for bottom, top in (*usual, (-widest, widest)):
            if sum(bottom <= number <= top for number in self.numbers) >= _ALL_BUT_SLIPS * len(
                self.numbers
            ):
                return bottom, top
        return None

    @property
    def labels(self) -> tuple[str, ...]:
        """Its words: those of the header where all that stand there are among them."""
        named = {word.casefold() for word in self.choices_in_header}
        if named and all(word.casefold() in named for word in self.counts):
            return self.choices_in_header
        return tuple(sorted(self.counts))

    def _is_time(self, cell: Cell) -> bool:
        number = _number(cell)
        if number is not None and number < 30_000:
            return False
        try:
            return int(read_time(cell, self.zone)[:4]) in _YEARS
        except (BadCell, ValueError):
            return False


def looks_at(
    headers: Sequence[Column], lines: Sequence[Sequence[Cell]], zone: ZoneInfo
) -> tuple[Look, ...]:
    """The look of each column; blank lines do not count, nor unticked checkboxes alone."""
    rows = [line for line in lines if any(text_of(c) and c is not False for c in line)]
    return tuple(
        Look(
            column,
            column_text(column) if isinstance(column, str) else "",
            tuple(line[at] for line in rows if at < len(line) and text_of(line[at])),
            len(rows),
            zone,
        )
        for at, column in enumerate(headers)
    )


def are_distinct(texts: Sequence[object]) -> bool:
    """Whether nearly all of them differ."""
    return len(set(texts)) >= _NEARLY_ALL * len(texts)


def _matches(texts: Sequence[str], pattern: str) -> bool:
    whole = re.compile(pattern)
    return _holds_for_nearly_all(texts, lambda text: whole.fullmatch(str(text)) is not None)


def _holds_for_nearly_all(cells: Sequence[Cell], holds: Callable[[Cell], bool]) -> bool:
    return bool(cells) and sum(map(holds, cells)) >= _NEARLY_ALL * len(cells)


def _number(cell: Cell, score: Score = _ANY_NUMBER) -> float | None:
    if isinstance(cell, bool):
        return None
    try:
        return read_score(cell, score)
    except BadCell:
        return None
