"""Every bad answer of the tables beside this file meets the whole program."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from sheets_sync.sandbox.server import Sandbox
from tests.bad_input.between import Between
from tests.bad_input.met import OURS, Met, started
from tests.bad_input.spoiled import words_of
from tests.sandbox_client import Control
from tests.service import span

HERE = Path(__file__).parent
CASES = [
    (request, f"{request}: {name}", answer, words)
    for table in ("google", "arize")
    for name, request, answer, words in words_of((HERE / f"{table}.txt").read_text("utf-8"))
]


def of(*requests: str) -> list[ParameterSet]:
    """The cases of these requests, or every second one where time is short."""
    found = [
        pytest.param(name, answer, words, id=name)
        for request, name, answer, words in CASES
        if request in requests
    ]
    return found if os.environ.get("SHEETS_SYNC_EXAMPLES") else found[::2]


@pytest.fixture(scope="module")
def shared(
    sandbox_key: RSAPrivateKey, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Met, Between]]:
    """A program that has met the cases before, and has come through."""
    with (
        Sandbox(key=sandbox_key) as sandbox,
        Control(sandbox.contact) as control,
        started(sandbox, control, tmp_path_factory.mktemp("met")) as (program, here),
    ):
        program.go()
        yield program, here


@pytest.fixture
def new(sandbox: Sandbox, control: Control, tmp_path: Path) -> Iterator[tuple[Met, Between]]:
    """A program that has done nothing yet."""
    with started(sandbox, control, tmp_path) as found:
        yield found


@pytest.mark.parametrize(("name", "answer", "words"), of("token", "describe", "read"))
def test_what_cannot_be_read_is_not_recorded(
    name: str, answer: str, words: list[str], shared: tuple[Met, Between]
) -> None:
    """A message that names the place, the state as it was; then all is well."""
    program, here = shared
    before = program.edited()
    seen = program.meet(here, name, answer, words)
    assert program.recorded(*OURS) == before
    assert seen.needs_person or seen.is_out_of_reach
    program.recovers(here)


@pytest.mark.parametrize(("name", "answer", "words"), of("reread", "write"))
def test_a_status_that_cannot_be_written_is_written_later(
    name: str, answer: str, words: list[str], shared: tuple[Met, Between]
) -> None:
    """The log names the place; Arize has what the sheet says, and then all is well."""
    program, here = shared
    program.edited()
    program.meet(here, name, answer, words)
    assert program.scores()[span(2)] == program.score
    program.recovers(here)


@pytest.mark.parametrize(("name", "answer", "words"), of("widths", "mark"))
def test_a_status_column_that_cannot_be_made_is_made_later(
    name: str, answer: str, words: list[str], new: tuple[Met, Between]
) -> None:
    """The same, at the first pass."""
    program, here = new
    program.meet(here, name, answer, words)
    assert program.scores()[span(2)] == program.score
    program.recovers(here)
    assert program.sheet()[0].count("Sync status") == 1


@pytest.mark.parametrize(("name", "answer", "words"), of("dialect"))
def test_a_dialect_that_is_not_told_is_not_guessed(
    name: str, answer: str, words: list[str], new: tuple[Met, Between]
) -> None:
    """Nothing is posted until the schema says how."""
    program, here = new
    seen = program.meet(here, name, answer, words)
    assert seen.outages
    assert program.control.calls().arize.mutations == 0
    program.recovers(here)


@pytest.mark.parametrize(("name", "answer", "words"), of("post"))
def test_an_answer_that_proves_nothing_is_not_believed(
    name: str, answer: str, words: list[str], shared: tuple[Met, Between]
) -> None:
    """No receipt for what Arize does not hold; it is posted again, and then all is well."""
    program, here = shared
    program.edited()
    receipts, held = program.recorded("targets"), program.scores()
    program.meet(here, name, answer, words)
    assert program.recorded("targets") == receipts
    assert program.scores() == held
    program.recovers(here)


def test_cases_are_many_and_differ() -> None:
    """At least 60 bad answers, each met once."""
    assert len({(request, answer) for request, _, answer, _ in CASES}) == len(CASES) >= 130
