from __future__ import annotations

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from sheets_sync.domain.look import Look
from sheets_sync.domain.proposal import Proposal, Use, propose
from sheets_sync.domain.row import Cell, Snapshot, Tab, header_text
from sheets_sync.operations.proposing import seen_in
from tests.convergence.expected import TABLES, Meaning, read_lines
from tests.convergence.test_tables import SHARED

MAPPINGS = Path(__file__).parents[1] / "convergence/tables"

PROPOSED: dict[str, dict[str, Use]] = {
    "kambaata": {
        "Item ID": "part",
        "Model Tested": "part",
        "Date Tested": "time",
        "Accuracy (0-4)": "score",
        "Fabrication (None/Minor/Severe)": "label",
        "Narrative Substitution (0-3)": "score",
        "Geography Conflation (Y/N)": "label",
        "Informant Reviewed (Y/N)": "label",
        "Coder Notes": "note",
    },
    "haluquestqa": {
        "source_file": "record",
        "annotator": "reviewer",
        "ans1_label": "label",
        "ans2_label": "label",
        "ans_preference": "label",
        "ans_preference_reason": "note",
        "factuality_model_score": "score",
        "relevance_model_score": "score",
        "completeness_model_score": "score",
        "reference_model_score": "score",
        "ans_preference_model_score": "score",
        "overall_model_score": "score",
        "ques_misconception_model_score": "score",
    },
    "webis": {
        "submitted_at": "time",
        "worker": "reviewer",
        "response": "record",
        "correctness_topical": "score",
        "coherence_logical": "score",
        "coherence_stylistic": "score",
        "coverage_broad": "score",
        "coverage_deep": "score",
        "consistency_internal": "score",
        "quality_overall": "score",
    },
}
"""What each column of the real tables is taken for; all others are left out."""

pytestmark = pytest.mark.skipif(
    not (SHARED / "data").is_dir(),
    reason=f"the real tables are not at {SHARED / 'data'}; SHEETS_SYNC_SHARED may say where",
)


def _cell(text: str) -> Cell:
    return float(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else text or None


def _proposal(meaning: Meaning, rows: int | None) -> Proposal:
    lines = read_lines(SHARED / "data" / meaning.file)[:rows]
    cells: list[list[Cell]] = [[_cell(text) for text in line.values()] for line in lines]
    tab = Tab("1tR4cS0mpLe5preadsheet", 0, "Judgements")
    snapshot = Snapshot(tab, ZoneInfo(meaning.zone), [[*lines[0]], *cells])
    return propose(seen_in(snapshot, 1).looks, "Sync status")


@pytest.mark.parametrize("rows", [40, None])
@pytest.mark.parametrize("table", TABLES)
def test_real_tables_are_understood(table: str, rows: int | None) -> None:
    """From forty rows as from all of them."""
    found = _proposal(TABLES[table], rows)
    uses = zip(found.looks, found.guesses, strict=True)
    proposed = {look.name: guess.use for look, guess in uses if guess.use != "unused"}
    assert proposed == PROPOSED[table]


@pytest.mark.parametrize("table", TABLES)
def test_real_tables_are_understood_as_people_did(table: str) -> None:
    """Every metric that was mapped by hand is proposed, with its range and its words."""
    found = _proposal(TABLES[table], None)
    document = yaml.safe_load((MAPPINGS / f"{table}.yaml").read_text(encoding="utf-8"))
    (mapping,) = document["mappings"]
    looks = {look.name: look for look in found.metrics}
    for metric in mapping["annotations"]:
        kind = "label" if "label" in metric else "score"
        source = metric[kind]
        look = looks[header_text(source["column"])]
        assert look in found.of("label" if kind == "label" else "score")
        if kind == "score":
            assert found.scale(look) == (source["min"], source["max"])
        else:
            assert _words(look) <= {word.casefold() for word in _taken(source)}


def _words(look: Look) -> set[str]:
    return {word.casefold() for word in look.labels}


def _taken(source: dict[str, list[str] | dict[str, str]]) -> list[str]:
    return [*source["values"], *source.get("aliases", {})]
