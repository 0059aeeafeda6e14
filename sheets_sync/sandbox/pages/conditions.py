"""Whether a cell meets a condition, for its colours.

The conditions are those of ConditionType in the reference of the Sheets API. Those of dates and
formulas are not known here, and are met by no cell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from sheets_sync.sandbox.grid import Ruled
from sheets_sync.sandbox.wire import Json

_OF_TEXT: dict[str, Callable[[str, str], bool]] = {
    "TEXT_CONTAINS": lambda text, part: part in text,
    "TEXT_NOT_CONTAINS": lambda text, part: part not in text,
    "TEXT_STARTS_WITH": str.startswith,
    "TEXT_ENDS_WITH": str.endswith,
    "TEXT_EQ": lambda text, other: text == other,
}
_OF_NUMBERS: dict[str, Callable[..., bool]] = {
    "NUMBER_GREATER": lambda value, least: value > least,
    "NUMBER_GREATER_THAN_EQ": lambda value, least: value >= least,
    "NUMBER_LESS": lambda value, most: value < most,
    "NUMBER_LESS_THAN_EQ": lambda value, most: value <= most,
    "NUMBER_EQ": lambda value, other: value == other,
    "NUMBER_NOT_EQ": lambda value, other: value != other,
    "NUMBER_BETWEEN": lambda value, least, most: least <= value <= most,
    "NUMBER_NOT_BETWEEN": lambda value, least, most: not least <= value <= most,
}


def background(rule: Ruled, shown: str, value: object) -> str | None:
    """The colour of a conditional format for a cell with this text and value, if it has one."""
    boolean = _child(rule.rest, "booleanRule")
    condition = _child(boolean, "condition")
    if not _holds(str(condition.get("type")), [*operands(condition)], shown, value):
        return None
    return css_colour(_child(boolean, "format"))


def css_colour(cell_format: Mapping[str, Json]) -> str | None:
    """The background of a CellFormat as CSS has it."""
    style = _child(cell_format, "backgroundColorStyle")
    if "rgbColor" not in style:
        return None
    channels = _child(style, "rgbColor")
    parts = (channels.get(name, 0) for name in ("red", "green", "blue"))
    red, green, blue = (round(255 * p) if isinstance(p, int | float) else 0 for p in parts)
    return None if (red, green, blue) == (255, 255, 255) else f"rgb({red},{green},{blue})"


def operands(condition: Mapping[str, Json]) -> Iterator[str]:
    """The values of a BooleanCondition, such as the choices of a dropdown."""
    found = condition.get("values")
    for operand in found if isinstance(found, list) else []:
        if isinstance(operand, dict) and "userEnteredValue" in operand:
            yield str(operand["userEnteredValue"])


def _holds(kind: str, wanted: Sequence[str], shown: str, value: object) -> bool:
    if kind in {"BLANK", "NOT_BLANK"}:
        return (shown == "") == (kind == "BLANK")
    if kind in _OF_TEXT and wanted:
        return _OF_TEXT[kind](shown.casefold(), wanted[0].casefold())
    if kind in _OF_NUMBERS and isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return _OF_NUMBERS[kind](value, *map(float, wanted))
        except (ValueError, TypeError):
            return False
    return False


def _child(parent: Mapping[str, Json], name: str) -> Mapping[str, Json]:
    found = parent.get(name)
    return found if isinstance(found, dict) else {}
