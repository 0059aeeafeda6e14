"""How a spreadsheet's locale writes numbers and dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - serial numbers have no zone
"""Day 0 of serial numbers: developers.google.com/workspace/sheets/api/guides/formats."""


@dataclass(frozen=True)
class Locale:
    """`date` is the pattern of a plain date; its order and separator are those of input too."""

    decimal: str = "."
    group: str = ","
    date: str = "m/d/yyyy"
    order: Literal["mdy", "dmy", "ymd"] = "mdy"
    currency: str = "$"


_DOTTED = Locale(",", ".", "dd.mm.yyyy", "dmy", "€")
_SLASHED = Locale(",", ".", "dd/mm/yyyy", "dmy", "€")
_SPACED = "\N{NO-BREAK SPACE}"
_LOCALES = {
    "en_US": Locale(),
    "en_GB": Locale(date="dd/mm/yyyy", order="dmy", currency="£"),
    "de": _DOTTED,
    "ru": Locale(",", _SPACED, "dd.mm.yyyy", "dmy", "₽"),
    "uk": Locale(",", _SPACED, "dd.mm.yyyy", "dmy", "₴"),
    "pl": Locale(",", _SPACED, "dd.mm.yyyy", "dmy", "zł"),
    "fr": Locale(",", _SPACED, "dd/mm/yyyy", "dmy", "€"),
    "es": _SLASHED,
    "it": _SLASHED,
    "pt": Locale(",", ".", "dd/mm/yyyy", "dmy", "R$"),
    "ja": Locale(date="yyyy/mm/dd", order="ymd", currency="¥"),
}


def locale_of(name: str) -> Locale:
    """The conventions of a locale such as ru_RU; those of en_US where none are known."""
    return _LOCALES.get(name) or _LOCALES.get(name.partition("_")[0]) or Locale()


def to_serial(moment: datetime) -> int | float:
    """Days since 30 December 1899, whole where there is no time of day."""
    span = moment - _EPOCH
    if not span.seconds and not span.microseconds:
        return span.days
    return span / timedelta(days=1)


def from_serial(serial: float) -> datetime:
    """The moment of a serial number, to the second."""
    return _EPOCH + timedelta(seconds=round(serial * 86_400))
