"""What Arize should hold for the real tables, computed from their CSV files alone.

This knows nothing of the product: the meaning of the columns is written down a second time, and
every rule is applied in the plainest way there is.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

Line = dict[str, str]
"""Header to cell, as the CSV file has them."""

NUMBER = re.compile(r"-?\d+([.,]\d+)?")
TIME = re.compile(r"\d{13}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


class Held(NamedTuple):
    """One annotation at Arize."""

    record_id: str
    name: str
    label: str | None
    score: float | None
    updated_by: str | None
    notes: tuple[str, ...]


class Flaw(NamedTuple):
    """What is wrong with one cell: its column, what stands there, and words of the cure."""

    column: str
    seen: str
    cure: tuple[str, ...]


@dataclass(frozen=True)
class Meaning:
    """What the columns of one table mean; `labels` and `scores` by the annotation's name."""

    file: str
    record: tuple[str, ...]
    labels: dict[str, tuple[str, dict[str, str]]]
    scores: dict[str, tuple[str, float, float]]
    required: str
    annotator: str | None
    nobody: str | None
    note: str | None
    time: str | None
    zone: str
    lookback: timedelta

    def record_id(self, line: Line) -> str:
        """The record's id, empty where a part of it is missing."""
        parts = [line[column].strip() for column in self.record]
        return "-".join(parts) if all(parts) else ""


@dataclass
class Expectation:
    """`start_times` by record, and by row number: `synced`, `flawed`, `rivals`, `silent`."""

    held: list[Held] = field(default_factory=list)
    start_times: dict[str, datetime] = field(default_factory=dict)
    synced: set[int] = field(default_factory=set)
    flawed: dict[int, list[Flaw]] = field(default_factory=dict)
    rivals: dict[int, set[int]] = field(default_factory=dict)
    silent: set[int] = field(default_factory=set)


def _same(*words: str) -> dict[str, str]:
    return {word.lower(): word for word in words}


TABLES = {
    "kambaata": Meaning(
        file="kambaata_responses.csv",
        record=("Item ID", "Model Tested"),
        labels={
            "Fabrication": ("Fabrication\n(None/Minor/Severe)", _same("None", "Minor", "Severe")),
            "Geography conflation": (
                "Geography\nConflation (Y/N)",
                _same("Yes", "No") | {"y": "Yes", "n": "No"},
            ),
        },
        scores={
            "Accuracy": ("Accuracy\n(0-4)", 0, 4),
            "Narrative substitution": ("Narrative\nSubstitution (0-3)", 0, 3),
        },
        required="Fabrication\n(None/Minor/Severe)",
        annotator=None,
        nobody="kambaata coder",
        note="Substitution Type",
        time="Date Tested",
        zone="Africa/Addis_Ababa",
        lookback=timedelta(hours=1),
    ),
    "haluquestqa": Meaning(
        file="haluquestqa.csv",
        record=("source_file",),
        labels={"Preference": ("ans_preference", _same("Answer 1", "Answer 2"))},
        scores={
            "Factuality": ("factuality_model_score", 0, 1),
            "Relevance": ("relevance_model_score", 0, 1),
            "Completeness": ("completeness_model_score", 0, 1),
            "Reference": ("reference_model_score", 0, 1),
            "Agreement": ("ans_preference_model_score", 0, 1),
            "Overall": ("overall_model_score", 0, 5),
            "Misconception": ("ques_misconception_model_score", 0, 1),
        },
        required="ans_preference",
        annotator="annotator",
        nobody="unknown",
        note="ans_preference_reason",
        time=None,
        zone="Europe/Berlin",
        lookback=timedelta(),
    ),
    "webis": Meaning(
        file="webis_rag_pointwise.csv",
        record=("response",),
        labels={},
        scores={
            "Overall quality": ("quality_overall", -3, 3),
            "Topical correctness": ("correctness_topical", -3, 3),
            "Logical coherence": ("coherence_logical", -3, 3),
            "Stylistic coherence": ("coherence_stylistic", -3, 3),
            "Broad coverage": ("coverage_broad", -3, 3),
            "Deep coverage": ("coverage_deep", -3, 3),
            "Internal consistency": ("consistency_internal", -3, 3),
        },
        required="quality_overall",
        annotator="worker",
        nobody=None,
        note=None,
        time="submitted_at",
        zone="America/Los_Angeles",
        lookback=timedelta(minutes=30),
    ),
}

NO_TIME = datetime(2024, 6, 12, tzinfo=UTC)
"""The start that is given to every record of a table without times."""


def read_lines(path: Path) -> list[Line]:
    """The lines below the header."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def expect(meaning: Meaning, lines: list[Line]) -> Expectation:
    """What becomes of each line; the first one is row 2 of the sheet."""
    expectation = Expectation()
    rows: dict[str, dict[int, list[Held]]] = {}
    for number, line in enumerate(lines, start=2):
        values = [line[column] for column, *_ in (meaning.labels | meaning.scores).values()]
        if not any(values) or not line[meaning.required]:
            expectation.silent.add(number)
        elif flaws := _flaws(meaning, line):
            expectation.flawed[number] = flaws
        else:
            record = meaning.record_id(line)
            rows.setdefault(record, {})[number] = _held(meaning, line)
            expectation.start_times[record] = _start(meaning, line)
    for record, said in rows.items():
        contents = list(said.values())
        if all(content == contents[0] for content in contents):
            expectation.held += contents[0]
            expectation.synced |= set(said)
        else:
            del expectation.start_times[record]
            expectation.rivals |= {number: set(said) - {number} for number in said}
    return expectation


def _held(meaning: Meaning, line: Line) -> list[Held]:
    record = meaning.record_id(line)
    annotator = line[meaning.annotator].strip() if meaning.annotator else ""
    by = annotator or meaning.nobody
    notes = (line[meaning.note],) if meaning.note and line[meaning.note] else ()
    labels = [
        Held(record, name, words[line[column].strip().lower()], None, by, notes)
        for name, (column, words) in meaning.labels.items()
        if line[column]
    ]
    scores = [
        Held(record, name, None, float(line[column].replace(",", ".")), by, notes)
        for name, (column, _, _) in meaning.scores.items()
        if line[column]
    ]
    return labels + scores


def _start(meaning: Meaning, line: Line) -> datetime:
    if meaning.time is None:
        return NO_TIME
    text = line[meaning.time]
    if text.isdigit():
        start = datetime.fromtimestamp(int(text) // 1000, UTC)
    else:
        start = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(meaning.zone))
    return start.astimezone(UTC) - meaning.lookback


def _flaws(meaning: Meaning, line: Line) -> list[Flaw]:
    cure = "give the record's id" if len(meaning.record) == 1 else "fill it in"
    flaws = [Flaw(column, "empty", (cure,)) for column in meaning.record if not line[column]]
    for column, words in meaning.labels.values():
        text = line[column].strip()
        if text and text != "#REF!" and text.lower() not in words:
            flaws.append(Flaw(column, text, tuple(dict.fromkeys(words.values()))))
    for column, low, high in meaning.scores.values():
        text = line[column]
        if text in ("", "#REF!"):
            continue
        if not NUMBER.fullmatch(text):
            flaws.append(Flaw(column, text, ("number", f"{low}", f"{high}")))
        elif not low <= float(text.replace(",", ".")) <= high:
            flaws.append(Flaw(column, text, (f"{low}", f"{high}")))
    if meaning.time and not line[meaning.time]:
        flaws.append(Flaw(meaning.time, "empty", ("give the record's start time",)))
    elif meaning.time and not TIME.fullmatch(line[meaning.time]) and line[meaning.time] != "#REF!":
        flaws.append(Flaw(meaning.time, line[meaning.time], ("write a date",)))
    columns = [column for column, *_ in (meaning.labels | meaning.scores).values()]
    columns += [*meaning.record, *filter(None, (meaning.annotator, meaning.note, meaning.time))]
    flaws += [Flaw(column, "#REF!", ("formula",)) for column in columns if line[column] == "#REF!"]
    return flaws
