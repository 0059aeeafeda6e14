"""A1 notation: the addresses people and the Sheets API use for cells.

Rules and examples: developers.google.com/workspace/sheets/api/guides/concepts#cell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_LAST_COLUMN = 18_278
"""Google's widest sheet ends at column ZZZ."""

_CORNER = re.compile(r"\$?([A-Za-z]{1,3})?\$?([1-9][0-9]{0,8})?")
_PLAIN_TITLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LIKE_A_CELL = re.compile(r"[A-Za-z]{1,3}[0-9]+|[Rr][0-9]*[Cc][0-9]*")


@dataclass(frozen=True)
class Block:
    """Cells from (top, left) up to but without (bottom, right), counted from zero."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def height(self) -> int:
        """How many rows."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """How many columns."""
        return self.right - self.left


@dataclass(frozen=True)
class Area:
    """Like `Block`, but a side that is None is open: it ends where the grid ends."""

    top: int | None = None
    left: int | None = None
    bottom: int | None = None
    right: int | None = None

    @property
    def is_one_cell(self) -> bool:
        """Whether it names exactly one cell."""
        return (
            self.top is not None
            and self.left is not None
            and self.bottom == self.top + 1
            and self.right == self.left + 1
        )

    def starts_within(self, rows: int, columns: int) -> bool:
        """Whether its first cell lies in a grid of this size."""
        return (self.top or 0) < rows and (self.left or 0) < columns

    def clipped(self, rows: int, columns: int) -> Block:
        """The part of it in a grid of this size, perhaps without any cell."""
        top, left = min(self.top or 0, rows), min(self.left or 0, columns)
        bottom = rows if self.bottom is None else min(self.bottom, rows)
        right = columns if self.right is None else min(self.right, columns)
        return Block(top, left, max(top, bottom), max(left, right))

    def meets(self, block: Block) -> bool:
        """Whether it shares a cell with `block`."""
        return (
            (self.top or 0) < block.bottom
            and (self.left or 0) < block.right
            and (self.bottom is None or self.bottom > block.top)
            and (self.right is None or self.right > block.left)
        )

    def covers(self, block: Block) -> bool:
        """Whether every cell of `block` is in it."""
        return (
            (self.top or 0) <= block.top
            and (self.left or 0) <= block.left
            and (self.bottom is None or self.bottom >= block.bottom)
            and (self.right is None or self.right >= block.right)
        )


def area_of(block: Block) -> Area:
    """The area with the sides of `block`."""
    return Area(block.top, block.left, block.bottom, block.right)


def column_letters(index: int) -> str:
    """0 is A, 25 is Z, 26 is AA."""
    letters = ""
    while index >= 0:
        index, rest = divmod(index, 26)
        letters = chr(ord("A") + rest) + letters
        index -= 1
    return letters


def column_index(letters: str) -> int:
    """A is 0, Z is 25, AA is 26."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def cell_name(row: int, column: int) -> str:
    """The address of one cell without its sheet, such as B7."""
    return f"{column_letters(column)}{row + 1}"


def split_title(text: str) -> tuple[str | None, str | None]:
    """The sheet title and the cells in `text`; each may be missing.

    `'My sheet'!A1` gives ("My sheet", "A1"), `A1` gives (None, "A1") and `'My sheet'`
    gives ("My sheet", None). An unquoted word without `!` is taken for cells.
    """
    quoted = re.fullmatch(r"'((?:[^']|'')*)'(?:!(.+))?", text, re.DOTALL)
    if quoted:
        return quoted[1].replace("''", "'"), quoted[2]
    title, mark, cells = text.rpartition("!")
    return (title, cells) if mark else (None, text)


def parse_cells(text: str) -> Area | None:
    """The area `text` names, such as A1, A1:B2, A:C, 1:3, A5:A or D4:A1; None if none."""
    first, colon, last = text.partition(":")
    start = _corner(first)
    if start is None:
        return None
    if not colon:
        row, column = start
        if row is None or column is None:
            return None
        return Area(row, column, row + 1, column + 1)
    end = _corner(last)
    if end is None:
        return None
    top, bottom = _side(start[0], end[0])
    left, right = _side(start[1], end[1])
    return Area(top, left, bottom, right)


def _corner(text: str) -> tuple[int | None, int | None] | None:
    match = _CORNER.fullmatch(text)
    if not match or not text.strip("$"):
        return None
    column = column_index(match[1]) if match[1] else None
    if column is not None and column >= _LAST_COLUMN:
        return None
    return (int(match[2]) - 1 if match[2] else None, column)


def _side(start: int | None, end: int | None) -> tuple[int | None, int | None]:
    if start is None or end is None:
        return (end if start is None else start), None
    return min(start, end), max(start, end) + 1


def quoted(title: str) -> str:
    """The title as it stands before `!`: in quotes only where it needs them.

    Google quotes all that is not a plain ASCII word, and what could be taken for a cell.
    """
    if _PLAIN_TITLE.fullmatch(title) and not _LIKE_A_CELL.fullmatch(title):
        return title
    return "'" + title.replace("'", "''") + "'"


def format_area(title: str, area: Area) -> str:
    """The address of an area as it was asked for, open sides left out: `T!A1001:B`."""
    if area == Area():
        return quoted(title)
    if area.left is None and area.right is None:
        return f"{quoted(title)}!{(area.top or 0) + 1}:{'' if area.bottom is None else area.bottom}"
    start = column_letters(area.left or 0)
    end = "" if area.right is None else column_letters(area.right - 1)
    if area.top is not None or area.bottom is not None:
        start += str((area.top or 0) + 1)
        end += "" if area.bottom is None else str(area.bottom)
    return f"{quoted(title)}!{start}" if start == end else f"{quoted(title)}!{start}:{end}"


def format_block(title: str, block: Block) -> str:
    """The address of a block: `Sheet1!A1:B2`, or `Sheet1!A1` for one cell."""
    return format_area(title, area_of(block))
