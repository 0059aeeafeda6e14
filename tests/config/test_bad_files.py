"""Every case of the tables beside this file, and the habits that all of them share.

A case is a name (#), lines of the good file (-), what stands there instead (+), and the problems
that are expected (!), each without the file's name. A case without - is a whole file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from sheets_sync.config.reading import Document, Keys, Place
from sheets_sync.config.sentences import problems_of

TABLES = sorted(Path(__file__).parent.glob("bad_*.txt"))


@dataclass(frozen=True)
class Case:
    """One bad file and what is to be said of it."""

    name: str
    exchanges: tuple[tuple[str, str], ...]
    expected: list[str]

    def text(self, good: str) -> str:
        """The good file with the case's lines exchanged."""
        for old, new in self.exchanges:
            if not old:
                return new
            assert good.count(f"\n{old}") + good.startswith(old) == 1, f"{old!r} stands not once"
            good = good.replace(old, new)
        return good


def read_cases(table: Path) -> list[Case]:
    """The cases of one table."""
    cases = []
    for block in table.read_text().strip().split("\n\n"):
        name, *lines = block.split("\n")
        exchanges: list[tuple[str, str]] = []
        before = ""
        for line in lines:
            mark, text = line[:1], line[1:].replace("\\t", "\t") + "\n"
            if mark == "-":
                exchanges = [*exchanges, ("", "")] if before != "-" else exchanges
                exchanges[-1] = (exchanges[-1][0] + text, "")
            elif mark == "+":
                exchanges = exchanges or [("", "")]
                exchanges[-1] = (exchanges[-1][0], exchanges[-1][1] + text)
            before = mark
        expected = [line[2:] for line in lines if line.startswith("!")]
        cases.append(Case(f"{table.stem}: {name[2:]}", tuple(exchanges), expected))
    return cases


CASES = [case for table in TABLES for case in read_cases(table)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_says_what_is_wrong(
    case: Case, good: str, tmp_path: Path, problems: Callable[[str], list[str]]
) -> None:
    """Each bad file is answered with exactly its sentences, and never with a secret."""
    text = case.text(good).replace("FOLDER", str(tmp_path))
    found = problems(text)
    assert found == case.expected
    assert "secret" not in "".join(found)


def test_cases_are_many_and_differ() -> None:
    """The tables hold at least 100 cases, each under a name of its own."""
    assert len({case.name for case in CASES}) == len(CASES) >= 100


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([1], "f.yaml:2: alerts[1]: is missing; the list is too short"),
        ([1, 2, 3], "f.yaml:2: alerts: is too long; write 2 values"),
    ],
)
def test_a_list_of_another_length_is_said_in_plain_words(values: list[int], said: str) -> None:
    """Also where a key takes so many values and no more, and none of them has keys."""

    class Pair(BaseModel):
        alerts: tuple[int, int]

    places: dict[Keys, Place] = {
        (): Place("f.yaml", 1, ""),
        ("alerts",): Place("f.yaml", 2, "alerts"),
    }
    document = Document({"alerts": values}, places, [])
    with pytest.raises(ValidationError) as caught:
        Pair.model_validate(document.data)
    assert [str(problem) for problem in problems_of(caught.value, document)] == [said]
