"""What one cell means as a label, a score, a text or a time."""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sheets_sync.domain.metric import Label, Linear, Score
from sheets_sync.domain.row import Cell

LONGEST_LABEL = 100
DAMAGED_ID = 10**12
"""A number from here on may be an id of digits that the sheet has rounded."""
_ERRORS = frozenset(
    {"#REF!", "#N/A", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#ERROR!", "#SPILL!"}
)
_NUMBER = re.compile(r"([+\u2212-]?)(\d+(?:[.,]\d+)?|[.,]\d+)\s*(%?)")
_STARS = re.compile(r"((?:[\u2605\u2b50]\ufe0f?)*)(?:\u2606\ufe0f?)*(?<=.)")
"""Full ones, then hollow ones."""
_FULL_STAR = re.compile(r"[\u2605\u2b50]")
_DIGITS = 12
"""Decimals that a scaled score keeps."""
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
    return unicodedata.normalize("NFC", str(cell)).replace("\0", "\ufffd").strip()


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
    """The number in the cell, or typed as text with a point, a comma or a percent sign; scaled."""
    _refuse_uncalculated(cell)
    number = _stars(cell) if score.scale == "stars" else None
    if number is None:
        number = _number(cell, score)
    lowest, highest = score.typed
    if lowest is not None and highest is not None:
        if not lowest <= number <= highest:
            raise BadCell(shown(cell), _out_of_range(score))
    elif lowest is not None and number < lowest:
        raise BadCell(shown(cell), f"is below {lowest:g}")
    elif highest is not None and number > highest:
        raise BadCell(shown(cell), f"is above {highest:g}")
    return _scaled(number, score)


def _out_of_range(score: Score) -> str:
    if score.scale == "percent":
        return "is not from 0% to 100%; write it with a percent sign, as 85%"
    lowest, highest = score.typed
    return f"is not from {lowest:g} to {highest:g}"


def _stars(cell: Cell) -> float | None:
    found = _STARS.fullmatch("".join(text_of(cell).split()))
    return None if found is None else float(len(_FULL_STAR.findall(found[1])))


def _scaled(number: float, score: Score) -> float:
    """Laid from the range that is typed over the score's own; without binary dust."""
    if score.scale in (None, "stars"):
        return number
    (lowest, highest), low, high = score.typed, score.min, score.max
    if lowest is None or highest is None or low is None or high is None:
        return number
    return round(low + (number - lowest) / (highest - lowest) * (high - low), _DIGITS)


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
        if match is None or (match[3] and isinstance(score.scale, Linear)):
            raise BadCell(shown(cell), f"is not {score.wanted}")
        number = float(match[2].replace(",", ".")) / (100 if match[3] else 1)
        number = number if match[1] in ("", "+") else -number
    if not math.isfinite(number):
        raise BadCell(shown(cell), "is not a finite number")
    return number or 0.0


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
