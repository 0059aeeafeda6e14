from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sheets_sync.config import Config, load
from sheets_sync.config.writing import CHOOSE, Draft, marked, names, written
from sheets_sync.domain.columns import Pattern, Template
from sheets_sync.domain.mapping import Mapping, StartColumn
from sheets_sync.domain.metric import Label, Score
from sheets_sync.domain.proposal import Proposal, propose
from sheets_sync.domain.row import Cell, Snapshot, Tab, lay_out
from sheets_sync.errors import SourceError
from sheets_sync.operations.proposing import seen_in
from tests.init.test_proposal import HEX, PROSE

EXAMPLES = int(os.environ.get("SHEETS_SYNC_EXAMPLES", "40"))
UTC = ZoneInfo("Etc/UTC")
TAB = Tab("1tR4cS0mpLe5preadsheet", 7, "Review")
DRAFT = Draft(
    spreadsheet=TAB.spreadsheet,
    tab=TAB,
    other_worksheets=(),
    header_row=1,
    name="review",
    has_key_file=False,
    api_root=None,
    arize_endpoint=None,
    model_id="TW9kZWw6MTpBYkNk",
    models=(),
    no_models="nobody asked",
    start_time="2026-11-24T10:15:00Z",
)
ODD = [
    "yes: no # really",
    "{braces} [brackets]",
    "'single' \"double\"",
    "- dash",
    "*star &and !bang %percent @at",
    "null",
    "1.5",
    "08",
    "1e5",
    "2026-11-24",
    "ни́что 😀",
    "back\\slash",
    "two\nlines",
    "~",
]
TEXTS = (
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(ODD)
).filter(lambda text: CHOOSE not in text)


def table(headers: Sequence[str]) -> Snapshot:
    """A sheet whose columns are a record, a score, labels, a reviewer, prose, and nothing."""
    columns: list[Sequence[Cell]] = [
        HEX,
        [1, 2, 2, 5, 4, 3],
        ["Good", "Bad"] * 3,
        ["a@x.org", "b@x.org"] * 3,
        PROSE,
        [None] * 6,
    ]
    return Snapshot(TAB, UTC, [[*headers], *map(list, zip(*columns, strict=True))])


def proposed(snapshot: Snapshot) -> Proposal:
    """What is made of the sheet, its headers being in row 1."""
    return propose(seen_in(snapshot, 1).looks, "Sync status")


def loaded(text: str, folder: Path) -> Config:
    """The text as the program reads it."""
    path = folder / "sheets.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path, {"ARIZE_API_KEY": "a-key"})


@settings(max_examples=EXAMPLES, deadline=None)
@given(headers=st.lists(TEXTS, min_size=6, max_size=6), title=TEXTS)
def test_whatever_the_headers_are_the_file_loads_and_finds_its_columns(
    headers: list[str], title: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Quotes, braces, line breaks, blanks and twins are all written so that they are read back."""
    snapshot = table(headers)
    draft = replace(DRAFT, tab=replace(TAB, title=title or "x"), other_worksheets=(title,))
    text = written(draft, proposed(snapshot))
    config = loaded(text, tmp_path_factory.getbasetemp())
    found = troubles(config.mappings[0], snapshot)
    assert {trouble.partition("; did you mean")[0] for trouble in found} <= {
        f"column '{CHOOSE}' not found"
    }
    if not marked(text):
        assert 0 in lay_out(config.mappings[0], snapshot).places.values()


def troubles(mapping: Mapping, snapshot: Snapshot) -> set[str]:
    """What the program says of columns that it does not find as they are written."""
    try:
        lay_out(mapping, snapshot)
    except SourceError as error:
        said = str(error).partition(": ")[2].rpartition(" Headers found")[0]
        return {trouble.rstrip(".") for trouble in re.split(r"; (?!did)", said)}
    return set()


def test_what_is_proposed_is_written(tmp_path: Path) -> None:
    """Each column under its key, with the range and the words that were seen."""
    headers = ["Span ID", "Helpfulness", "Adequacy", "Reviewer", "Comment", "Started"]
    draft = replace(DRAFT, start_time=None, header_row=1)
    (mapping,) = loaded(written(draft, proposed(table(headers))), tmp_path).mappings
    score, label = mapping.annotations
    assert (mapping.record_id, mapping.note) == ("Span ID", "Comment")
    assert isinstance(mapping.start_time, StartColumn)
    assert mapping.start_time.column == "Started"
    assert isinstance(score.source, Score)
    assert (score.name, score.source.min, score.source.max, score.required) == (
        "Helpfulness",
        1,
        5,
        True,
    )
    assert isinstance(label.source, Label)
    assert label.source.values == ("Bad", "Good")


def test_what_could_not_be_guessed_is_marked_and_still_loads(tmp_path: Path) -> None:
    """Each mark stands in a line of its own, with the choices below; `check` finds it then."""
    snapshot = Snapshot(TAB, UTC, [["Question", "Answer"], *([text, text] for text in PROSE)])
    draft = replace(DRAFT, start_time=None, model_id=None, models=("TW9 (bot)", "TX9 (dog)"))
    text = written(draft, proposed(snapshot))
    (mapping,) = loaded(text, tmp_path).mappings
    assert mapping.model_id == mapping.record_id == mapping.annotations[0].name == CHOOSE
    lines = text.splitlines()
    for number, key in (mark.split(": ", 1) for mark in marked(text)):
        assert lines[int(number) - 1].split("#")[0].strip() == key
    assert [mark.split(": ")[1] for mark in marked(text)] == [
        "model_id",
        "record_id",
        "start_time",
        "- name",
        "label",
    ]
    at = next(at for at, line in enumerate(lines) if "model_id" in line)
    assert lines[at + 1 : at + 4] == [
        "    # choices:",
        "    #   TW9 (bot)",
        "    #   TX9 (dog)",
    ]
    assert "    #   Question" in lines


def test_parts_become_a_template_and_addresses_a_pattern(tmp_path: Path) -> None:
    """So does a record that several reviewers judge become one with a key."""
    items: list[list[Cell]] = [[item, model, 3] for item in ("a1", "b2") for model in ("X", "Y")]
    parts = Snapshot(TAB, UTC, [["Item ID", "Model", "Score (0-4)"], *items])
    links: list[list[Cell]] = [[f"https://x.org/?selectedSpanId={one}", 3] for one in HEX]
    linked = Snapshot(TAB, UTC, [["Link", "Score (0-4)"], *links])
    rated: list[list[Cell]] = [[one, "★★★☆☆"] for one in HEX]
    starred = Snapshot(TAB, UTC, [["Span ID", "Rating"], *rated])
    twice: list[list[Cell]] = [[one, who, 3] for one in HEX for who in ("Ada", "Bob")]
    judged = Snapshot(TAB, UTC, [["Span ID", "Reviewer", "Score (0-4)"], *twice])

    (by_parts,) = loaded(written(DRAFT, proposed(parts)), tmp_path).mappings
    (by_link,) = loaded(written(DRAFT, proposed(linked)), tmp_path).mappings
    (by_two,) = loaded(written(DRAFT, proposed(judged)), tmp_path).mappings

    (by_stars,) = loaded(written(DRAFT, proposed(starred)), tmp_path).mappings
    assert isinstance(stars := by_stars.annotations[0].source, Score)
    assert stars.scale == "stars"
    assert by_parts.record_id == Template(template="{Item ID}-{Model}")
    assert isinstance(by_link.record_id, Pattern)
    assert by_two.key == ("Span ID", "Reviewer")
    assert by_two.annotations[0].name == "Score ({Reviewer})"


def test_names_are_those_of_the_headers_each_once() -> None:
    """Without brackets, underscores and what Arize's SDK takes in no name."""
    headers = ["Accuracy (0-4)", "model_score", "Model score!", "(Y/N)", "{x}"]
    assert names(headers) == ["Accuracy", "Model score", "Model score 2", "Judgement", "X"]
    assert names(["word " * 40]) == [("Word" + " word" * 15)]
