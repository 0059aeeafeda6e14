"""What typing into a cell makes of a text: the USER_ENTERED value input option.

"The values will be parsed as if the user typed them into the UI": ValueInputOption in
developers.google.com/workspace/sheets/api/reference/rest/v4/ValueInputOption. A number is one
only in the spreadsheet's own locale: `0,8` is text in en_US and 0.8 in ru_RU.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from sheets_sync.sandbox.display import number_format
from sheets_sync.sandbox.grid import Cell, Scalar
from sheets_sync.sandbox.locales import Locale, to_serial
from sheets_sync.sandbox.wire import Json

_ISO = re.compile(r"(\d{4})([-/])(\d{1,2})\2(\d{1,2})(?:[ T](.+))?")
_LOCAL = re.compile(r"(\d{1,4})([-/.])(\d{1,2})(?:\2(\d{1,4}))?(?: (.+))?")
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?: ?([AaPp])[Mm])?")


def typed(text: str, old: Cell, locale: Locale, year: int) -> Cell:
    """`old` after `text` was typed into it; `year` is the one a date without a year means."""
    if not text:
        return old._replace(value=None, formula=None)
    if number_format(old.format)[0] == "TEXT":
        return old._replace(value=text, formula=None)
    if text.startswith("'"):
        return old._replace(value=text[1:], formula=None)
    if text.startswith("=") and len(text) > 1:
        return old._replace(value=None, formula=text)
    if text.upper() in {"TRUE", "FALSE"}:
        return old._replace(value=text.upper() == "TRUE", formula=None)
    stripped = text.strip()
    found = _number(stripped, locale) or _moment(stripped, locale, year)
    if found is None:
        return old._replace(value=text, formula=None)
    value, kind, pattern = found
    return old._replace(value=value, formula=None, format=_suggested(old.format, kind, pattern))


def _suggested(
    old: Mapping[str, Json] | None, kind: str, pattern: str
) -> Mapping[str, Json] | None:
    """Typing a date or a percentage formats the cell, unless it is formatted like that already."""
    if not kind or number_format(old)[0] == kind:
        return old
    return {**(old or {}), "numberFormat": {"type": kind, "pattern": pattern}}


def _number(text: str, locale: Locale) -> tuple[Scalar, str, str] | None:
    group, decimal = re.escape(locale.group), re.escape(locale.decimal)
    match = re.fullmatch(
        rf"(?P<minus>[-+]?)(?P<money>{re.escape(locale.currency)} ?)?"
        rf"(?P<whole>\d{{1,3}}(?:{group}\d{{3}})+|\d*)(?:{decimal}(?P<part>\d*))?"
        rf"(?P<power>[eE][-+]?\d+)?(?P<percent> ?%)?",
        text,
    )
    if not match or not (match["whole"] or match["part"]):
        return None
    whole, part = match["whole"].replace(locale.group, ""), match["part"] or ""
    value = float(f"{match['minus']}{whole or 0}.{part or 0}{match['power'] or ''}")
    kind, pattern = "", ""
    if match["percent"]:
        value = float(f"{value / 100:.15g}")
        kind, pattern = "PERCENT", "0.00%" if part else "0%"
    elif match["money"]:
        kind, pattern = "CURRENCY", f'"{locale.currency}"#,##0' + (".00" if part else "")
    elif match["power"]:
        kind, pattern = "SCIENTIFIC", "0.00E+00"
    elif locale.group in match["whole"]:
        kind, pattern = "NUMBER", "#,##0" + (".00" if part else "")
    return (int(value) if value.is_integer() and abs(value) < 1e15 else value), kind, pattern


def _moment(text: str, locale: Locale, year: int) -> tuple[Scalar, str, str] | None:
    clock = _clock(text)
    if clock is not None:
        return clock[0], "TIME", clock[1]
    date = _date(text, locale, year)
    if date is None:
        return None
    day, pattern, rest = date
    if not rest:
        return day, "DATE", pattern
    clock = _clock(rest)
    return None if clock is None else (day + clock[0], "DATE_TIME", f"{pattern} {clock[1]}")


def _date(text: str, locale: Locale, year: int) -> tuple[int | float, str, str] | None:
    """Serial number, pattern, and the text after the date."""
    if iso := _ISO.fullmatch(text):
        mark = iso[2]
        day = _day(int(iso[1]), int(iso[3]), int(iso[4]))
        return None if day is None else (day, f"yyyy{mark}mm{mark}dd", iso[5] or "")
    match = _LOCAL.fullmatch(text)
    dotted = "." in locale.date
    if not match or (match[2] == "." and not dotted):
        return None
    first, second = int(match[1]), int(match[3])
    last = year if match[4] is None else int(match[4])
    if match[4] is not None and len(match[4]) < 3:
        last += 2000 if last < 50 else 1900
    month, date = (second, first) if locale.order == "dmy" else (first, second)
    day = _day(last, month, date)
    if day is None:
        return None
    pattern = locale.date if match[4] else re.sub(r"[^a-z]?yyyy[^a-z]?", "", locale.date)
    return day, pattern, match[5] or ""


def _day(year: int, month: int, day: int) -> int | float | None:
    try:
        return to_serial(datetime(year, month, day, tzinfo=UTC).replace(tzinfo=None))
    except ValueError:
        return None


def _clock(text: str) -> tuple[float, str] | None:
    """Fraction of a day and pattern."""
    match = _TIME.fullmatch(text)
    if not match:
        return None
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    half = (match[4] or "").lower()
    if hour > (12 if half else 23) or minute > 59 or second > 59:
        return None
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    pattern = "h:mm" + (":ss" if match[3] else "") + (" am/pm" if half else "")
    return (hour * 3600 + minute * 60 + second) / 86_400, pattern
