"""Whether sheet, statuses and Arize agree: judged naively, with nothing of the service's own code.

It knows the demo's sheet and no other; what it says is what a careful person would find by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from sheets_sync.cli.demo_sandbox import Held, Line

SPAN, LABEL, SCORE = "Span ID", "Adequacy", "Helpfulness"
NOTE, REVIEWER, STARTED, DONE = "Comment", "Reviewer", "Started", "Done"
STATUS = "Sync status"

_LABELS = {
    "satisfactory": "Satisfactory",
    "ok": "Satisfactory",
    "needs improvement": "Needs Improvement",
    "bad": "Needs Improvement",
}
_Value: TypeAlias = tuple[str | float | None, str | None, list[str]]
"""A label or score, who gave it, and the notes of its record."""


@dataclass
class Verdict:
    """Rows by what became of them, and everything that is not as it should be."""

    synced: list[Line] = field(default_factory=list)
    wrong: list[Line] = field(default_factory=list)
    waiting: list[Line] = field(default_factory=list)
    asked: int = 0
    """How many annotations the sheet asks for."""
    kept: int = 0
    """How many Arize keeps of rows that were deleted."""
    differences: list[str] = field(default_factory=list)


def judge(lines: Sequence[Line], held: Sequence[Held], deleted: Sequence[Line] = ()) -> Verdict:
    """Hold the sheet (unformatted) against its own statuses and against what Arize holds.

    Arize cannot delete, so it must still hold what the `deleted` rows said.
    """
    verdict = Verdict()
    asked: dict[tuple[str, str], _Value] = {}
    for line in lines:
        status, rivals = line.text(STATUS), _same_span(line, lines)
        if not _is_done(line):
            verdict.waiting.append(line)
            said = ""
        elif fault := _fault(line):
            verdict.wrong.append(line)
            said = f"{fault}: "
        elif rivals:
            verdict.wrong.append(line)
            said = f"Same {SPAN} as row {rivals[0].number}"
        else:
            verdict.synced.append(line)
            said = "Synced "
            asked |= dict(_values(line))
        if not (status.startswith(said) if said else status == ""):
            wish = f"should begin with {said!r}" if said else "should be empty"
            verdict.differences.append(f"row {line.number}: its status {wish}, not be {status!r}")
    kept = {key: value for line in deleted for key, value in _values(line) if key not in asked}
    verdict.asked, verdict.kept = len(asked), len(kept)
    verdict.differences += _compared(asked | kept, held)
    return verdict


def _is_done(line: Line) -> bool:
    return line.cells.get(DONE) is True and line.text(LABEL) != ""


def _fault(line: Line) -> str | None:
    """The column that is wrong."""
    if not re.fullmatch("[0-9a-f]{16}", line.text(SPAN)) or isinstance(
        line.cells[SPAN], int | float
    ):
        return SPAN
    if not isinstance(line.cells.get(STARTED), int | float):
        return STARTED
    if line.text(LABEL).lower() not in _LABELS:
        return LABEL
    if line.text(SCORE) and not 0 <= _score(line) <= 4:
        return SCORE
    return None


def _same_span(line: Line, lines: Sequence[Line]) -> list[Line]:
    return [o for o in lines if o.text(SPAN) == line.text(SPAN) and o.number != line.number]


def _score(line: Line) -> float:
    return float(line.text(SCORE).replace(",", "."))


def _values(line: Line) -> Iterator[tuple[tuple[str, str], _Value]]:
    by = line.text(REVIEWER) or "unknown"
    notes = [line.text(NOTE)] if line.text(NOTE) else []
    span = line.text(SPAN)
    yield (span, "LLM Response Adequacy"), (_LABELS[line.text(LABEL).lower()], by, notes)
    if line.text(SCORE):
        yield (span, "Helpfulness"), (_score(line), by, notes)


def _compared(asked: dict[tuple[str, str], _Value], held: Sequence[Held]) -> Iterator[str]:
    found: dict[tuple[str, str], _Value] = {
        (one.record_id, one.name): (
            one.label if one.score is None else one.score,
            one.updated_by,
            one.notes,
        )
        for one in held
    }
    for span, name in sorted(asked.keys() | found.keys()):
        should, does = asked.get((span, name)), found.get((span, name))
        if should != does:
            yield f"{span}, {name}: the sheet says {_shown(should)}, Arize holds {_shown(does)}"


def _shown(value: _Value | None) -> str:
    if value is None:
        return "nothing"
    judgement, by, notes = value
    return f"{judgement!r} by {by} with {notes or 'no note'}"
