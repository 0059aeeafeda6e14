"""All failures at once, more rows and more rounds of edits."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

from sheets_sync.sandbox.server import Sandbox
from tests.faults.test_convergence import MIX
from tests.faults.weather import LABELS, Weather
from tests.sandbox_client import Control
from tests.service import Cell, answer, short_key

CASES = 100


class TwoMappings(Weather):
    """A second mapping judges the same records, from the same tab into a status of its own."""

    def mappings(self) -> list[dict[str, Any]]:
        """The configured mappings."""
        (first,) = super().mappings()
        tone = {"name": "Tone", "label": {"column": "Adequacy", "values": [*LABELS]}}
        second = {key: value for key, value in first.items() if key != "note"}
        second |= {"name": "tone", "annotations": [tone], "status": "Tone status"}
        return [first, second]

    def check(self) -> None:
        """All is as the sheet says, by both."""
        super().check()
        tones = {a.record_id: a.label for a in self.control.annotations() if a.name == "Tone"}
        assert tones == {key: label for key, (label, _) in self.wanted.items()}
        headers, *rows = self.sheet()
        at = headers.index("Tone status")
        assert all(row[at].startswith("Synced") for row in rows)


def run(case: int, folder: Path) -> dict[str, int | float]:
    """Random rows and a random share of failures; all converges once it is quiet."""
    chance = Random(case)  # noqa: S311 - no secret depends on it
    rows: list[list[Cell]] = [
        answer(number, "Satisfactory", number % 6, chance.choice(["", f"Note {number}"]), "Ada")
        for number in range(1, chance.randint(60, 120))
    ]
    share = chance.uniform(0.01, 0.04)
    faults = [{**fault, "probability": share} for fault in MIX]
    with Sandbox(key=short_key()) as sandbox, Control(sandbox.contact) as control:
        weather = TwoMappings(
            sandbox.contact, control, folder, rows=rows, sections={"hold": {"rows": 10_000}}
        )
        met = weather.live_through(faults, seed=case, rounds=chance.randint(4, 7))
        weather.check()
    return dict(met)
