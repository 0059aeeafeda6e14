"""A second reading of docs/semantics/, as plain as can be and apart from the product.

It knows the mapping of docs/semantics.md alone, with or without `when: {column: Done}` and with or
without a required Adequacy, in Europe/Berlin. A row is what stands under each header.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

Cell: TypeAlias = str | int | float | bool | None
Row: TypeAlias = Mapping[str, Cell]

BERLIN = ZoneInfo("Europe/Berlin")
DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - the sheet's day zero has no zone
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - in UTC, as all sums here
LABELS = {
    "satisfactory": "Satisfactory",
    "ok": "Satisfactory",
    "needs improvement": "Needs Improvement",
}
ERRORS = ["#REF!", "#N/A", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#ERROR!", "#SPILL!"]
DIGITS = "0123456789"


class Wrong(Exception):
    """What a row says of a cell that cannot be read."""


class Sent(NamedTuple):
    """What Arize gets."""

    record_id: str
    start_time: str
    metrics: tuple[tuple[str, str | float, str], ...]
    note: str | None


class Refused(NamedTuple):
    """What the row says, problem by problem."""

    problems: tuple[str, ...]


class Waits(NamedTuple):
    """Nothing is sent and nothing said."""


class Contradiction(NamedTuple):
    """Rows with one id that do not say the same."""

    rows: tuple[int, ...]


Outcome: TypeAlias = Sent | Refused | Waits | Contradiction


class Rules(NamedTuple):
    """What the mapping says beyond the page's."""

    when: bool
    required: bool


def read(cell: Cell) -> str:
    """The cell as people read it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float) and cell == int(cell) and abs(cell) < 10**15:
        return f"{cell + 0.0:.0f}"
    return unicodedata.normalize("NFC", str(cell)).strip()


def quoted(cell: Cell) -> str:
    """As a status quotes it, on one line and cut short."""
    text = " ".join(read(cell).split())
    return f'"{text[:39]}…"' if len(text) > 40 else f'"{text}"'


def text(cell: Cell, longest: int) -> str:
    """Any text that is not too long."""
    if isinstance(cell, str) and cell.strip() in ERRORS:
        raise Wrong(f"{quoted(cell)} is an error of the sheet; mend the formula")
    if cell == "Loading...":
        raise Wrong('"Loading..." is still being calculated by the sheet')
    if len(read(cell)) > longest:
        raise Wrong(f"{quoted(cell)} has {len(read(cell)):,} characters; at most {longest:,}")
    return read(cell)


def record_id(cell: Cell) -> str:
    """The id letter by letter."""
    if not isinstance(cell, str | None) and not -(10**12) < cell < 10**12:
        raise Wrong(
            f"{quoted(cell)} became a number in the sheet; "
            "format the column as plain text and paste the id again"
        )
    if text(cell, 128) == "":
        raise Wrong("is empty; give the record's id")
    return text(cell, 128)


def label(cell: Cell) -> str:
    """One of the labels."""
    words = " ".join(text(cell, 100).split()).casefold()
    if words not in LABELS:
        raise Wrong(f"{quoted(cell)} is not one of Satisfactory, Needs Improvement")
    return LABELS[words]


def score(cell: Cell) -> float:
    """A number from 0 to 5."""
    if isinstance(cell, bool):
        raise Wrong(f"{quoted(cell)} is not a number from 0 to 5")
    number = typed_number(cell) if isinstance(cell, str) else float(cell or 0)
    if number == float("inf") or number == -float("inf"):
        raise Wrong(f"{quoted(cell)} is not a finite number")
    if number < 0 or number > 5:
        raise Wrong(f"{quoted(cell)} is not from 0 to 5")
    return number


def typed_number(cell: str) -> float:
    """A number typed as text: sign, digits, one point or comma and digits, percent."""
    typed = text(cell, 10**9)
    whole, _, fraction = typed.partition(",")
    is_short = 1 <= len(whole) <= 3 and len(fraction) == 3
    if is_short and are_digits(whole) and are_digits(fraction) and whole[0] != "0":
        raise Wrong(f"{quoted(cell)} may be thousands or decimals; write it without the comma")
    rest = typed[:-1].rstrip() if typed.endswith("%") else typed
    bare = rest[1:] if rest[:1] in ("+", "-", "\u2212") else rest
    whole, sign, fraction = bare.replace(",", ".", 1).partition(".")
    if not (are_digits(fraction) if sign else are_digits(whole)) or not set(whole) <= set(DIGITS):
        raise Wrong(f"{quoted(cell)} is not a number from 0 to 5")
    number = float(f"{whole or 0}.{fraction or 0}") / (100 if typed.endswith("%") else 1)
    return number if rest[:1] not in ("-", "\u2212") else -number


def are_digits(typed: str) -> bool:
    """Whether these are digits and nothing else."""
    return typed != "" and set(typed) <= set(DIGITS)


def start_time(cell: Cell) -> str:
    """An hour before the cell's time, in UTC."""
    typed = text(cell, 10**9)
    if typed == "":
        raise Wrong("is empty; give the record's start time")
    moment = moment_of(typed if isinstance(cell, str) else cell)
    if moment is None:
        raise Wrong(f"{quoted(cell)} is not a time; write a date, or text as 2024-11-15T10:15:30Z")
    return f"{moment - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"


def moment_of(cell: Cell) -> datetime | None:
    """The moment in UTC that a cell means, if it means one."""
    if isinstance(cell, str):
        number = cell.replace(",", ".", 1)
        whole, sign, fraction = number.partition(".")
        if not (are_digits(whole) and (are_digits(fraction) or not sign)):
            return written_moment(cell)
        cell = float(number)
    if cell is None or isinstance(cell, bool) or cell <= 0 or cell >= 2.5e14:
        return None
    if cell >= 10**11:
        return EPOCH + timedelta(seconds=int(cell / 1000))
    if cell >= 10**8:
        return EPOCH + timedelta(seconds=int(cell))
    if cell >= 2_958_466:
        return None
    thousandths = round(Decimal(cell) * 86_400_000)
    return in_berlin(DAY_ZERO + timedelta(seconds=thousandths // 1000))


def written_moment(typed: str) -> datetime | None:
    """`2024-11-15`, maybe with `10:15` or `10:15:30` after a blank or a T, maybe with Z."""
    is_utc = typed.endswith("Z")
    bare = typed.removesuffix("Z").replace("T", " ")
    for form in ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"):
        try:
            moment = datetime.strptime(bare, form)  # noqa: DTZ007 - its zone is found below
        except ValueError:
            continue
        if len(bare) == len(moment.strftime(form)):
            return moment if is_utc else in_berlin(moment)
    return None


def in_berlin(clock: datetime) -> datetime:
    """The earliest moment at which Berlin's clocks show this, or that they leap over then."""
    offsets = [
        (clock + timedelta(days=days)).replace(tzinfo=BERLIN).utcoffset() or timedelta()
        for days in (-1, 1)
    ]
    meant = [clock - offset for offset in offsets]
    shown = [moment for moment in meant if shows(moment, clock)]
    return min(shown or meant)


def shows(moment: datetime, clock: datetime) -> bool:
    """Whether Berlin's clocks show this at a moment in UTC."""
    utc = moment.replace(tzinfo=ZoneInfo("UTC"))
    return utc.astimezone(BERLIN).replace(tzinfo=None) == clock


def outcome(row: Row, rules: Rules) -> Outcome:
    """What becomes of one row."""
    done = row["Done"]
    if rules.when and done is not True and " ".join(read(done).split()).lower() != "true":
        return Waits()
    filled = [name for name in ("Adequacy", "Helpfulness") if read(row[name]) != ""]
    if not filled or (rules.required and "Adequacy" not in filled):
        return Waits()
    problems: list[str] = []

    def attempt(column: str) -> str | float:
        try:
            return READERS[column](row[column])
        except Wrong as wrong:
            problems.append(f"{column}: {wrong}")
            return ""

    found = {
        column: attempt(column) for column in ("Span ID", "Started", "Reviewer", *filled, "Comment")
    }
    if problems:
        return Refused(tuple(problems))
    by = str(found["Reviewer"] or "unknown")
    metrics = tuple((name, found[name], by) for name in filled)
    return Sent(
        str(found["Span ID"]), str(found["Started"]), metrics, str(found["Comment"]) or None
    )


def annotator(cell: Cell) -> str:
    """A name."""
    return text(cell, 100)


def note(cell: Cell) -> str:
    """A longer text."""
    return text(cell, 10_000)


READERS: dict[str, Callable[[Cell], str | float]] = {
    "Span ID": record_id,
    "Started": start_time,
    "Reviewer": annotator,
    "Adequacy": label,
    "Helpfulness": score,
    "Comment": note,
}


def together(said: Sequence[tuple[int, Outcome]]) -> Outcome:
    """What rows with one id come to: waiting rows say nothing, and the same said twice is one."""
    speaking = [(number, found) for number, found in said if found != Waits()]
    if not speaking:
        return Waits()
    first = speaking[0][1]
    if all(without_start(found) == without_start(first) for _, found in speaking):
        return first
    return Contradiction(tuple(number for number, _ in speaking))


def without_start(found: Outcome) -> Outcome:
    """The start time is where Arize searches, not what the expert says."""
    return found._replace(start_time="") if isinstance(found, Sent) else found


def sheet(rows: Mapping[int, Row], rules: Rules) -> dict[tuple[int, ...], Outcome]:
    """What becomes of all rows, those with one readable id together, by their row numbers."""
    by_id: dict[str, list[int]] = {}
    outcomes: dict[tuple[int, ...], Outcome] = {}
    for number, row in rows.items():
        if all(cell in (None, "") or cell is False for cell in row.values()):
            continue
        try:
            by_id.setdefault(record_id(row["Span ID"]), []).append(number)
        except Wrong:
            outcomes[(number,)] = outcome(row, rules)
    for numbers in by_id.values():
        outcomes[tuple(numbers)] = together([(n, outcome(rows[n], rules)) for n in numbers])
    return outcomes
