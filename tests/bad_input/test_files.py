from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from sheets_sync.config.reading import LARGEST_FILE
from tests.bad_input.odd_files import EXAMPLE, damaged, problems_of

NOBODY = 65534
NESTED = "[" * 150
DEEPER = "".join(f"a{n}: &a{n} {NESTED}*a{n - 1}{NESTED.replace('[', ']')}\n" for n in range(1, 8))
LAUGHTER = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))
MERGED = "".join(f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 30))


@pytest.mark.parametrize("seed", range(8))
def test_a_damaged_example_works_or_is_explained(seed: int, tmp_path: Path) -> None:
    """Each of forty files is used, or refused with file, line and cure."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    file = tmp_path / "sheets.yaml"
    refused = 0
    for _ in range(40):
        file.write_bytes(damaged(chance))
        refused += bool(problems_of(file))
    assert 10 < refused < 40


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"a0: &a0 1\n{LAUGHTER}", "beyond 100,000 values; take out aliases"),
        (f"a0: &a0 {{b: 1}}\n{MERGED}", "beyond 100,000 values; take out aliases"),
        (f"a0: &a0 1\n{DEEPER}", "is nested too deeply"),
        ("[" * 100_000, "is nested too deeply"),
        ("- " * 100_000, ""),
        ("#" * (LARGEST_FILE + 1), "is larger than 2 MB; spread it over a folder of files"),
        (f"{EXAMPLE}\nhold: {{share: !!float nan}}\n", "hold.share: nan is not a finite number"),
        ("a: &a\n  b: *a\n", "refers to itself"),
        ("\x00", "a character that no text holds"),
    ],
    ids=["laughter", "merges", "aliases deep", "brackets", "dashes", "large", "nan", "self", "nul"],
)
def test_a_file_made_to_break_is_refused_soon(text: str, said: str, tmp_path: Path) -> None:
    """Neither time nor memory nor the stack runs out."""
    file = tmp_path / "sheets.yaml"
    file.write_text(text, "utf-8")
    began = time.monotonic()
    problems = problems_of(file)
    assert time.monotonic() - began < 20
    assert any(said in problem for problem in problems), problems


def test_what_is_no_file_is_said_plainly(tmp_path: Path) -> None:
    """Links in a circle, a folder in the place of a file, names that cannot be."""
    (tmp_path / "loop.yaml").symlink_to(tmp_path / "loop.yaml")
    assert problems_of(tmp_path / "loop.yaml")[0].endswith("too many levels of symbolic links")
    (tmp_path / "loop.yaml").unlink()
    (tmp_path / "sub.yaml").mkdir()
    assert problems_of(tmp_path)[0].endswith("sub.yaml: cannot be read: is a directory")
    assert problems_of(tmp_path / ("x" * 300))[0].endswith("cannot be read: file name too long")
    assert problems_of(Path("/dev/zero"))[0] == (
        "/dev/zero: is larger than 2 MB; spread it over a folder of files"
    )
    assert problems_of(Path(os.devnull))


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """A folder that all may look into, while this process may read no more than anybody."""
    was = os.geteuid()
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "mine.yaml").touch(mode=0)
        (folder / "folder").mkdir(mode=0)
        os.seteuid(was or NOBODY)
        try:
            yield folder
        finally:
            os.seteuid(was)


def test_what_may_not_be_read_is_said_plainly(unprivileged: Path) -> None:
    """A file or a folder of somebody else's."""
    for name in ("mine.yaml", "folder"):
        (problem,) = problems_of(unprivileged / name)
        assert problem.endswith("cannot be read: permission denied")
