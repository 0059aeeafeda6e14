"""The working example, damaged by accident, by editors and on purpose."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

from sheets_sync.config import load
from sheets_sync.errors import ConfigError

EXAMPLE = (
    (Path(__file__).parents[2] / "config" / "sheets.yaml")
    .read_text("utf-8")
    .replace("credentials: [env:GOOGLE_APPLICATION_CREDENTIALS]", "reads_per_minute: 60")
)
"""Without a key file, so that it works wherever it stands."""
NAMES = {"ARIZE_API_KEY": "a-key-of-nobody"}
PLACED = re.compile(r"(?s).+: \S.*")
FOREIGN = re.compile(r"Input should|validation error|\[type=|Traceback| object at 0x|Error\(")
PIECES = (
    "*a", "&a ", "<<: ", "!!float nan", "!!int 1e9", "!!python/object:os.system", "- ", "? ",
    "{", "}", "[", "]", "|\n", ">-\n", "\t", "\ufeff", "\x00", "\x85", "\u2028", "\ud7ff", "'",
    '"', "\\", "%TAG", "---\n", "...\n", "9" * 400, ".inf", "env:", "env:\n", "~", "null", "[[]]",
    "1:30", "0x1F", "\U0001f44d", "  ", "\n", ": ", "#", "x" * 300, "<<: *a\n", "true", "-1",
)  # fmt: skip
Damage = Callable[[str, random.Random], str]


def without_a_line(text: str, chance: random.Random) -> str:
    """A line is gone."""
    lines = text.splitlines(keepends=True)
    lines.pop(chance.randrange(len(lines)))
    return "".join(lines)


def with_a_line_twice(text: str, chance: random.Random) -> str:
    """A line stands at another place too."""
    lines = text.splitlines(keepends=True)
    lines.insert(chance.randrange(len(lines)), chance.choice(lines))
    return "".join(lines)


def moved_in(text: str, chance: random.Random) -> str:
    """A line is indented by more or less than it was."""
    lines = text.splitlines(keepends=True)
    at = chance.randrange(len(lines))
    lines[at] = " " * chance.randrange(9) + lines[at].lstrip(" ")
    return "".join(lines)


def with_a_piece(text: str, chance: random.Random) -> str:
    """Something stands somewhere."""
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice(PIECES) + text[at:]


def with_another_value(text: str, chance: random.Random) -> str:
    """A value is another."""
    found = chance.choice([*re.finditer(r"(?m)(?<=: )\S.*$", text)] or [None])
    if found is None:
        return text
    return text[: found.start()] + chance.choice(PIECES) + text[found.end() :]


def cut(text: str, chance: random.Random) -> str:
    """The end is missing."""
    return text[: chance.randrange(len(text) + 1)]


def shuffled(text: str, chance: random.Random) -> str:
    """Two lines have changed places."""
    lines = text.splitlines(keepends=True)
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return "".join(lines)


DAMAGES: tuple[Damage, ...] = (
    without_a_line,
    with_a_line_twice,
    moved_in,
    with_a_piece,
    with_another_value,
    cut,
    shuffled,
)


def damaged(chance: random.Random) -> bytes:
    """The example after one to four damages, in one of the forms that editors save."""
    text = EXAMPLE
    for _ in range(chance.randint(1, 4)):
        text = chance.choice(DAMAGES)(text or "\n", chance)
    content = text.encode("utf-8", errors="replace")
    match chance.randrange(12):
        case 0:
            return content.replace(b"\n", b"\r\n")
        case 1:
            return b"\xef\xbb\xbf" + content
        case 2:
            return text.encode("utf-16")
        case 3:
            at = chance.randrange(len(content) + 1)
            return content[:at] + chance.randbytes(chance.randint(1, 8)) + content[at:]
        case _:
            return content


def problems_of(path: Path) -> list[str]:
    """What is said of the file; none where it can be used. All else is a defect."""
    try:
        load(path, NAMES)
    except ConfigError as error:
        assert error.problems  # noqa: PT017 - of many files, not of one
        for problem in error.problems:
            assert problem.startswith(str(path)), problem
            assert PLACED.fullmatch(problem), problem
            assert not FOREIGN.search(problem), problem
        return [*error.problems]
    return []
