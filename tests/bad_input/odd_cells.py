"""Anything that JSON can put into a cell, and a sheet of it as Google would send it."""

from __future__ import annotations

import json
import random

ROUGH: tuple[object, ...] = (
    None, True, False, 0, -0.0, -1, -45611.5, 2958465.999999, 1e-320, 1.7976931348623157e308, 1e17,
    9e18, 1e20, 8.64e21, 10**15, 10**22, 10**308, 10**400, -(10**400), "NaN", "Infinity", "-inf",
    "1e999", "9" * 5000, "\u0663", "\u00b2", "\uff15", "1_000", "0x10", "+-1", "%", "--",
    "1\u202f000", "\x00", "\x1b[31m", "\u202eabc", "\u200b", "\ufeff", "\ufffd", "\U0010ffff",
    "e\u0301" * 5,
    "\ud83d", "a\udc00", "x" * 50_000, "\n" * 100, " " * 1000, "\u00a0", '=HYPERLINK("x")',
    "#REF!", "Loading...", "Synced", "0001-01-01", "9999-12-31T23:59:59+23:59",
    "0001-01-01T00:00:00-23:59", "2024-02-30", "24:00", "2024-W01-1", "20240101T000000Z",
    "1970-01-01T00:00:00.123456789Z", "Span ID", "{", "[bold]", "[/]", "{0}", "%s", "';--",
)  # fmt: skip
"""Cells that have broken other programs."""


def odd_cell(chance: random.Random) -> object:
    """A rough cell, or one of chance."""
    match chance.randrange(5):
        case 0:
            return chance.choice(ROUGH)
        case 1:
            return chance.choice((1, -1)) * chance.random() * 10.0 ** chance.randint(-300, 300)
        case 2:
            return chance.randint(-(10 ** chance.randint(1, 400)), 10 ** chance.randint(1, 400))
        case 3:
            letters = (chr(chance.randrange(0x110000)) for _ in range(chance.randrange(40)))
            return "".join(letters)
        case _:
            return "".join(chance.choice("0123456789.,:-+TZ %eE/") for _ in range(12))


def odd_sheet(chance: random.Random, headers: list[object], good: list[object]) -> bytes:
    """One `valueRanges` entry as JSON: good rows with odd cells, under headers that may be odd."""
    rows: list[list[object]] = [headers[:]]
    if chance.randrange(4) == 0:
        rows[0][chance.randrange(len(headers))] = odd_cell(chance)
    for _ in range(chance.randrange(12)):
        row = good[: chance.randint(0, len(good))]
        for _ in range(chance.randrange(4)):
            if row:
                row[chance.randrange(len(row))] = odd_cell(chance)
        rows.append(row)
    if chance.randrange(30) == 0:
        rows.append([[1], {"a": None}])
    return json.dumps({"range": "Review!A1:G99", "values": rows}, ensure_ascii=True).encode()
