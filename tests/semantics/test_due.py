from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from sheets_sync.domain.annotation import Annotation
from sheets_sync.domain.convert import Conversion, Rejection, Waiting
from sheets_sync.sandbox.server import Sandbox
from tests.sandbox_client import Control
from tests.semantics.mappings import converted, helpfulness, mapping
from tests.semantics.tables import Cell, each_line, plain, table
from tests.service import STARTED, Service, span

HEADING = "What becomes of a row"
HEADERS = ["Span ID", "Started", "Adequacy", "Helpfulness", "Comment", "Reviewer", "Done"]
ADEQUACY: dict[str, Cell] = {"good": "Satisfactory", "blank": "", "bad": "Goood", "none asked": ""}
HELPFULNESS: dict[str, Cell] = {"good": 4, "blank": "", "bad": 7}
NOTE: dict[str, Cell] = {"good": "Clear.", "blank": "", "bad": "#REF!"}
BEFORE: dict[str, tuple[Cell, Cell, Cell]] = {
    "never": ("", "", ""),
    "same": ("Satisfactory", 4, "Clear."),
    "same, other note": ("Satisfactory", 4, "Unclear."),
    "other": ("Needs Improvement", 2, "Unclear."),
}
KINDS = {"waiting": Waiting, "rejected": Rejection, "sent": Annotation, "unchanged": Annotation}
_SYNCED = re.compile(r"Synced \d+ [A-Z][a-z]{2} \d\d:\d\d")


class Case(NamedTuple):
    """One combination."""

    when: str
    required: str
    other: str
    note: str
    before: str


class Outcome(NamedTuple):
    """What was sent of a row and what it shows."""

    sent: str
    status: str


CASES = [
    Case(*case) for case in product(("ticked", "unticked"), ADEQUACY, HELPFULNESS, NOTE, BEFORE)
]


def meant(line: dict[str, str]) -> list[Case]:
    """The combinations that one line speaks of."""

    def choice(column: str, every: tuple[str, ...]) -> list[str]:
        return [*every] if line[column] == "any" else line[column].split(" or ")

    return [
        Case(*case)
        for case in product(
            choice("When", ("ticked", "unticked")),
            choice("Required", (*ADEQUACY,)),
            choice("Other", (*HELPFULNESS,)),
            choice("Note", (*NOTE,)),
            choice("Before", (*BEFORE,)),
        )
    ]


def conversion(case: Case) -> Conversion:
    """What the converter makes of the row as it is now."""
    annotations = {} if case.required != "none asked" else {"annotations": [helpfulness(max=5)]}
    found, _ = converted(
        mapping(when={"column": "Done"}, **annotations),
        {
            "Adequacy": ADEQUACY[case.required],
            "Helpfulness": HELPFULNESS[case.other],
            "Comment": NOTE[case.note],
            "Done": case.when == "ticked",
        },
    )
    return found


@dataclass
class TwoSheets(Service):
    """The mapping of the page, and one of another sheet that asks for no adequacy."""

    other: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.spreadsheet = self.control.add_spreadsheet([HEADERS], worksheet="Review")
        self.other = self.control.add_spreadsheet([HEADERS], worksheet="Review")
        self.sections = {"hold": {"rows": 10_000}}

    def mappings(self) -> list[dict[str, Any]]:
        """Both mappings."""
        (asked,) = super().mappings()
        asked["when"] = {"column": "Done"}
        free = {"name": "free", "spreadsheet": self.other, "annotations": asked["annotations"][1:]}
        return [asked, asked | free]

    def judge(self, judged: dict[Case, tuple[Cell, Cell, Cell, bool]]) -> None:
        """Experts fill both sheets."""
        for spreadsheet, is_free in ((self.spreadsheet, False), (self.other, True)):
            rows = [
                [span(CASES.index(case)), STARTED, *cells[:3], "Ada", cells[3]]
                for case, cells in judged.items()
                if (case.required == "none asked") == is_free
            ]
            self.expert.type_rows(spreadsheet, "Review!A2", rows)

    def outcomes(self, first_mutation: int) -> dict[Case, Outcome]:
        """What was sent of each row from a mutation on, and what the row shows."""
        sent = {
            mutation.record_id: ", ".join(
                [found.name for found in mutation.annotations] + ["note"] * bool(mutation.note)
            )
            for mutation in self.control.mutations()[first_mutation:]
        }
        shown: dict[str, str] = {}
        for spreadsheet in (self.spreadsheet, self.other):
            headers, *rows = self.expert.read(spreadsheet, "Review")
            at = headers.index("Sync status")
            shown |= {row[0]: row[at] if len(row) > at else "" for row in rows}
        return {
            case: Outcome(
                sent.get(span(number), "nothing"), _SYNCED.sub("Synced T", shown[span(number)])
            )
            for number, case in enumerate(CASES)
        }


@pytest.fixture(scope="module")
def outcomes(
    sandbox_key: RSAPrivateKey, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[Case, Outcome]]:
    """Every combination as a row of its own, delivered as it was before and then edited."""
    folder: Path = tmp_path_factory.mktemp("due")
    with Sandbox(key=sandbox_key) as sandbox, Control(sandbox.contact) as control:
        service = TwoSheets(sandbox.contact, control, folder)
        service.judge({case: (*BEFORE[case.before], True) for case in CASES})
        service.once()
        delivered = len(control.mutations())
        service.judge(
            {
                case: (
                    ADEQUACY[case.required],
                    HELPFULNESS[case.other],
                    NOTE[case.note],
                    case.when == "ticked",
                )
                for case in CASES
            }
        )
        service.once()
        yield service.outcomes(delivered)


def test_every_combination_stands_in_one_line() -> None:
    """No combination is left out, and none is spoken of twice."""
    spoken_of = [case for line in table("due", HEADING) for case in meant(line)]
    assert len(spoken_of) == len(CASES)
    assert set(spoken_of) == set(CASES)


@each_line("due", HEADING)
def test_what_becomes_of_a_row(line: dict[str, str], outcomes: dict[Case, Outcome]) -> None:
    """Each combination is sent, waits or is refused as its line says, and shows its status."""
    kinds = {type(conversion(case)) for case in meant(line)}
    assert kinds == {KINDS[line["The row is"]]}
    expected = Outcome(line["Sent"], plain(line["Status"]))
    assert {case: outcomes[case] for case in meant(line)} == dict.fromkeys(meant(line), expected)
