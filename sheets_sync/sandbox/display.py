"""What a cell shows: numbers and dates by their pattern and the spreadsheet's locale.

Patterns: developers.google.com/workspace/sheets/api/guides/formats. Colours, conditions and
fractions in patterns are not shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from sheets_sync.sandbox.grid import Scalar
from sheets_sync.sandbox.locales import Locale, from_serial
from sheets_sync.sandbox.wire import Json

_DATE_TOKEN = re.compile(
    r'"[^"]*"|\\.|\[h+\]|\[m+\]|\[s+\]|y+|m+|d+|h+|s+|\.0+|am/pm|a/p|.', re.IGNORECASE | re.DOTALL
)
_NUMBER = re.compile(r"[#0?][#0?,]*(?:\.[#0?]+)?|\.[0#?]+")
_MONTHS = [
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
]
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_DATE_TYPES = {"DATE": "", "TIME": "h:mm:ss am/pm", "DATE_TIME": ""}


def number_format(cell_format: Mapping[str, Json] | None) -> tuple[str, str]:
    """Type and pattern of a cell's number format; both empty where it has none."""
    found = (cell_format or {}).get("numberFormat")
    if not isinstance(found, dict):
        return "", ""
    return str(found.get("type") or ""), str(found.get("pattern") or "")


def is_moment(cell_format: Mapping[str, Json] | None) -> bool:
    """Whether a number in a cell of this format is a date or a time."""
    return number_format(cell_format)[0] in _DATE_TYPES


def display(value: Scalar, cell_format: Mapping[str, Json] | None, locale: Locale) -> str:
    """The text a cell with this value and CellFormat shows."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return value
    kind, pattern = number_format(cell_format)
    if kind in _DATE_TYPES:
        return _moment(value, pattern or _default_pattern(kind, locale))
    if not pattern:
        pattern = {"PERCENT": "0.00%", "NUMBER": "#,##0.00", "SCIENTIFIC": "0.00E+00"}.get(kind, "")
        if kind == "CURRENCY":
            pattern = f'"{locale.currency}"#,##0.00'
    if not pattern or kind == "TEXT" or pattern in {"General", "@"}:
        return _general(value, locale)
    return _patterned(value, pattern, locale)


def _default_pattern(kind: str, locale: Locale) -> str:
    time = "h:mm:ss am/pm" if locale.order == "mdy" else "h:mm:ss"
    return {"DATE": locale.date, "TIME": time}.get(kind, f"{locale.date} {time}")


def _general(value: float, locale: Locale) -> str:
    """Ten significant digits, whole numbers in full: the automatic format."""
    if float(value).is_integer() and abs(value) < 1e15:
        return str(int(value))
    mantissa, _, exponent = f"{value:.10g}".partition("e")
    text = mantissa.replace(".", locale.decimal)
    if exponent:
        sign, digits = exponent[0], exponent[1:].lstrip("0").rjust(2, "0")
        return f"{text}E{'-' if sign == '-' else '+'}{digits}"
    return text


def _patterned(value: float, pattern: str, locale: Locale) -> str:
    sections = pattern.split(";")
    section = sections[0]
    negative = value < 0
    if negative and len(sections) > 1:
        section, negative = sections[1], False
    elif value == 0 and len(sections) > 2:
        section = sections[2]
    bare = re.sub(r'"[^"]*"|\\.', "", section)
    number = _NUMBER.search(section)
    if not number:
        return _unquoted(section)
    amount = abs(value) * 100 ** bare.count("%")
    before, after = section[: number.start()], section[number.end() :]
    scientific = re.match(r"E[+-]?(0+)", after)
    if scientific:
        digits = _decimals(number[0])[0]
        mantissa, _, exponent = f"{amount:.{digits}E}".partition("E")
        power = int(exponent)
        width = len(scientific[1])
        shown = f"{mantissa}E{'-' if power < 0 else '+'}{abs(power):0{width}d}"
        after = after[scientific.end() :]
        text = shown.replace(".", locale.decimal)
    else:
        text = _fixed(amount, number[0], locale)
    return ("-" if negative else "") + _unquoted(before) + text + _unquoted(after)


def _fixed(amount: float, digits: str, locale: Locale) -> str:
    longest, shortest = _decimals(digits)
    rounded = Decimal(repr(amount)).quantize(Decimal(1).scaleb(-longest), ROUND_HALF_UP)
    whole, _, fraction = f"{rounded:f}".partition(".")
    while len(fraction) > shortest and fraction.endswith("0"):
        fraction = fraction[:-1]
    least = digits.partition(".")[0].count("0")
    whole = whole.lstrip("0").rjust(least, "0")
    if "," in digits:
        whole = f"{int(whole or 0):,}".replace(",", locale.group) if whole else ""
    return whole + (locale.decimal + fraction if fraction else "")


def _decimals(digits: str) -> tuple[int, int]:
    places = digits.partition(".")[2]
    return len(places), places.count("0")


def _unquoted(text: str) -> str:
    return re.sub(r'"([^"]*)"|\\(.)|_.|\*.', lambda m: m[1] or m[2] or "", text)


def _moment(serial: float, pattern: str) -> str:
    moment = from_serial(serial)
    tokens = _DATE_TOKEN.findall(pattern)
    twelve = any(token.lower() in {"am/pm", "a/p"} for token in tokens)
    hour = (moment.hour % 12 or 12) if twelve else moment.hour
    parts = {
        "y": lambda size: f"{moment.year % 100:02d}" if size < 3 else f"{moment.year:04d}",
        "m": lambda size: _word(moment.month, _MONTHS[moment.month - 1], size),
        "d": lambda size: _word(moment.day, _DAYS[moment.weekday()], size),
        "h": lambda size: f"{hour:0{min(size, 2)}d}",
        "s": lambda size: f"{moment.second:0{min(size, 2)}d}",
    }
    shown = []
    for index, token in enumerate(tokens):
        low = token.lower()
        if low[0] == "m" and _means_minutes(tokens, index):
            shown.append(f"{moment.minute:0{min(len(low), 2)}d}")
        elif low[0] in parts:
            shown.append(parts[low[0]](len(low)))
        elif low in {"am/pm", "a/p"}:
            half = "AM" if moment.hour < 12 else "PM"
            shown.append(half if low == "am/pm" else half[0])
        elif low[0] == "[":
            per_day = {"h": 24, "m": 1440, "s": 86_400}[low[1]]
            shown.append(str(int(round(serial * 86_400) * per_day / 86_400)))
        else:
            shown.append(_unquoted(token))
    return "".join(shown)


def _means_minutes(tokens: list[str], index: int) -> bool:
    """An m after hours or before seconds is a minute, any other a month."""
    letters = [t.lower()[0] if t[0] != "[" else t[1].lower() for t in tokens]
    before = next((c for c in reversed(letters[:index]) if c in "ymdhs"), "")
    after = next((c for c in letters[index + 1 :] if c in "ymdhs"), "")
    return before == "h" or after == "s"


def _word(number: int, name: str, length: int) -> str:
    if length <= 2:
        return f"{number:0{length}d}"
    return name[:3] if length == 3 else name
