"""What one cell means as a label, a score, a text or a time."""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sheets_sync.domain.mapping import Label, Score
from sheets_sync.domain.row import Cell

LONGEST_LABEL = 100
DAMAGED_ID = 10**12
"""A number from here on may be an id of digits that the sheet has rounded."""
_ERRORS = frozenset(
    {"#REF!", "#N/A", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#ERROR!", "#SPILL!"}
)
_NUMBER = re.compile(r"([+\u2212-]?)(\d+(?:[.,]\d+)?|[.,]\d+)\s*(%?)")
_TIME_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_THOUSANDS = re.compile(r"[1-9]\d{0,2},\d{3}")
_SERIAL_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - a serial date has no zone of its own
_LAST_SERIAL_DAY = 2_958_466
_FIRST_EPOCH_SECOND = 10**8
_FIRST_EPOCH_MILLISECOND = 10**11


class BadCell(Exception):
    """A cell that does not mean what its mapping needs: the value seen, and the cure."""

    def __init__(self, seen: str, cure: str, *, column: str | None = None) -> None:
        self.seen = seen
        self.cure = cure
        self.column = column
        super().__init__(cure)


def text_of(cell: Cell) -> str:
    """The cell as its expert reads it, without white space around it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 10**15:
        return str(int(cell))
    return unicodedata.normalize("NFC", str(cell)).strip()


def words_of(cell: Cell) -> str:
    """The cell's text on one line: line breaks and runs of white space are one space."""
    return " ".join(text_of(cell).split())


def shown(cell: Cell) -> str:
    """The cell on one line and cut short, for a message."""
    text = words_of(cell)
    return text if len(text) <= 40 else text[:39] + "…"


def read_text(cell: Cell, longest: int) -> str:
    """The cell's text, maybe empty; raises `BadCell` past `longest` characters."""
    _refuse_uncalculated(cell)
    text = text_of(cell)
    if len(text) > longest:
        raise BadCell(shown(cell), f"has {len(text):,} characters; at most {longest:,}")
    return text


def read_id(cell: Cell, longest: int) -> str:
    """The cell as an id or a part of one, maybe empty; refuses numbers that may be damaged ids."""
    if isinstance(cell, int | float) and abs(cell) >= DAMAGED_ID:
        raise BadCell(
            shown(cell),
            "became a number in the sheet; format the column as plain text and paste the id again",
        )
    return read_text(cell, longest)


def read_label(cell: Cell, label: Label) -> str:
    """The label that the cell names, in the spelling of the mapping. Case does not matter."""
    text = words_of(read_text(cell, LONGEST_LABEL))
    aliases = {words_of(alias).casefold(): value for alias, value in label.aliases.items()}
    text = aliases.get(text.casefold(), text)
    if label.values is None:
        return text
    for value in label.values:
        if words_of(value).casefold() == words_of(text).casefold():
            return value
    raise BadCell(shown(cell), f"is not one of {', '.join(label.values)}")


def read_score(cell: Cell, score: Score) -> float:
    """The number in the cell, or typed as text with a point, a comma or a percent sign."""
    _refuse_uncalculated(cell)
    number = _number(cell, score)
    if score.min is not None and score.max is not None:
        if not score.min <= number <= score.max:
            raise BadCell(shown(cell), f"is not from {score.min:g} to {score.max:g}")
    elif score.min is not None and number < score.min:
        raise BadCell(shown(cell), f"is below {score.min:g}")
    elif score.max is not None and number > score.max:
        raise BadCell(shown(cell), f"is above {score.max:g}")
    return number


def read_time(cell: Cell, zone: ZoneInfo, lookback: timedelta = timedelta()) -> str:
    """The cell's time less `lookback`, as ISO 8601 in UTC, whole seconds rounded down.

    Serial dates and texts without an offset are in `zone`; of two moments that a clock shows alike
    it is the earlier. Numbers of at least 10^8 are seconds since the epoch, of at least 10^11
    milliseconds.
    """
    _refuse_uncalculated(cell)
    if text_of(cell) == "":
        raise BadCell("", "is empty; give the record's start time")
    try:
        moment = _moment(cell, zone) - lookback
        return f"{moment.replace(microsecond=0, tzinfo=None).isoformat()}Z"
    except (ValueError, OverflowError, OSError):  # OSError: beyond the C library's years
        raise BadCell(
            shown(cell), "is not a time; write a date, or text as 2024-11-15T10:15:30Z"
        ) from None


def _refuse_uncalculated(cell: Cell) -> None:
    if isinstance(cell, str) and cell.strip() in _ERRORS:
        raise BadCell(shown(cell), "is an error of the sheet; mend the formula")
    if cell == "Loading...":
        raise BadCell("Loading...", "is still being calculated by the sheet")


def _number(cell: Cell, score: Score) -> float:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        try:
            number = float(cell)
        except OverflowError:
            number = math.inf
    else:
        text = text_of(cell)
        if _THOUSANDS.fullmatch(text):
            raise BadCell(text, "may be thousands or decimals; write it without the comma")
        match = _NUMBER.fullmatch(text)
        if match is None:
            raise BadCell(shown(cell), f"is not a number{range_of(score)}")
        number = float(match[2].replace(",", ".")) / (100 if match[3] else 1)
        number = number if match[1] in ("", "+") else -number
    if not math.isfinite(number):
        raise BadCell(shown(cell), "is not a finite number")
    return number or 0.0


def range_of(score: Score) -> str:
    """A score's range as it follows `a number`; empty where there is none."""
    if score.min is not None and score.max is not None:
        return f" from {score.min:g} to {score.max:g}"
    if score.min is not None:
        return f" of at least {score.min:g}"
    return f" of at most {score.max:g}" if score.max is not None else ""


def _moment(cell: Cell, zone: ZoneInfo) -> datetime:
    if isinstance(cell, str):
        text = cell.strip()
        if not _TIME_NUMBER.fullmatch(text):
            moment = datetime.fromisoformat(text)
            return moment.astimezone(UTC) if moment.tzinfo else _earliest(moment, zone)
        cell = float(text.replace(",", "."))
    if cell is None or isinstance(cell, bool) or cell <= 0:
        raise ValueError(cell)
    if cell >= _FIRST_EPOCH_MILLISECOND:
        return datetime.fromtimestamp(cell / 1000, UTC)
    if cell >= _FIRST_EPOCH_SECOND:
        return datetime.fromtimestamp(cell, UTC)
    if cell >= _LAST_SERIAL_DAY:
        raise ValueError(cell)
    seconds = round(cell * 86_400, 3)
    return _earliest(_SERIAL_DAY_ZERO + timedelta(seconds=seconds), zone)


def _earliest(shown_by_clock: datetime, zone: ZoneInfo) -> datetime:
    """A wall clock's time in UTC; the earlier reading is safe, as Arize takes a lower bound."""
    return min(shown_by_clock.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
