from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from sheets_sync.app import opened
from sheets_sync.config import load
from sheets_sync.config.writing import added
from sheets_sync.errors import ConfigError
from sheets_sync.operations.desk import Desk
from sheets_sync.operations.drafting import Choices, can_save, look_at, preview, save
from sheets_sync.sandbox.server import Sandbox
from tests.console.office import KEYS, desk_of
from tests.sandbox_client import Control
from tests.service import HEADERS, MODEL, Service, answer

FURTHER = "# why\n\nmappings:\n  - name: new\n    model_id: M\n"


@pytest.fixture
def service(sandbox: Sandbox, control: Control, tmp_path: Path) -> Service:
    """A configuration of one file."""
    return Service(sandbox.contact, control, tmp_path, rows=[answer(1)])


@pytest.fixture
def desk(service: Service) -> Iterator[Desk]:
    """As the console has it."""
    with opened(service.config(), writes=True) as app:
        yield desk_of(app, service.path)


def proposed(service: Service, desk: Desk, name: str) -> str:
    """A mapping of another sheet."""
    words = ["Satisfactory", "Needs Improvement"]
    rows = [answer(n, words[n % 2], n % 5, "", ["Ada", "Bob"][n % 2]) for n in range(6)]
    sheet = service.control.add_spreadsheet([HEADERS, *rows], title="More", worksheet="Review")
    sight = look_at(desk, f"https://docs.google.com/spreadsheets/d/{sheet}/edit#gid=0")
    found = preview(sight, sight.proposal, Choices(name, "default", MODEL, None), ())
    assert found.open == []
    return found.text


@pytest.mark.parametrize(
    ("existing", "expected"),
    [
        ("mappings:\n- name: a\n  model_id: M", ["a", "new"]),
        (
            "mappings:\n  - name: a\n    x: [1]\n\n# what follows\nlog: {level: info}\n",
            ["a", "new"],
        ),
        ("mappings:\n    -   name: a\n    -   name: b\nhold:\n  rows: 2\n", ["a", "b", "new"]),
        ("a: 1\nmappings:\n  - name: a\n    # not used:\n    #   X\n", ["a", "new"]),
    ],
)
def test_a_mapping_is_put_behind_the_others(existing: str, expected: list[str]) -> None:
    """However the file is written; every line that stood there stands there still, in order."""
    whole = added(existing, FURTHER)
    before, after = yaml.safe_load(existing), yaml.safe_load(whole)
    assert [one["name"] for one in after.pop("mappings")] == expected
    del before["mappings"]
    assert after == before
    left = iter(whole.splitlines())
    assert all(line in left for line in existing.splitlines())


def test_a_comment_stays_with_what_it_explains() -> None:
    """The new mapping stands before those of the next section, behind those of the last mapping."""
    whole = added("mappings:\n  - name: a\n    # not used\n\n# how much\nlog: {}\n", FURTHER)
    assert whole == (
        "mappings:\n  - name: a\n    # not used\n  - name: new\n    model_id: M\n"
        "\n# how much\nlog: {}\n"
    )


@pytest.mark.parametrize("existing", ["mappings: [{name: a}]\n", "mappings: []\n", "a: 1\n", ""])
def test_a_list_in_one_line_is_left_alone(existing: str) -> None:
    """Nobody's brackets are torn open."""
    with pytest.raises(ValueError, match="a line for each key"):
        added(existing, FURTHER)


def test_one_file_takes_a_further_mapping(service: Service, desk: Desk) -> None:
    """It loads, the other mapping is as it was, and so are the rights to the file."""
    service.path.chmod(0o640)
    before = load(service.path, KEYS).mappings
    assert can_save(desk) == ""
    assert save(desk, "more", proposed(service, desk, "more")) == service.path
    *others, new = load(service.path, KEYS).mappings
    assert (tuple(others), new.name) == (before, "more")
    assert stat.S_IMODE(service.path.stat().st_mode) == 0o640
    assert [path.name for path in service.folder.glob(".*")] == []


def test_what_would_not_load_is_not_saved(service: Service, desk: Desk) -> None:
    """It is said where it would be wrong, and nothing is written."""
    text, before = proposed(service, desk, "more"), service.path.read_text()
    for wrong, said in (
        (text.replace("record_id:", "recordid:"), "sheets.yaml"),
        (text.replace("name: more", "name: support-answers", 1), "support-answers"),
    ):
        with pytest.raises(ConfigError, match=said) as found:
            save(desk, "more", wrong)
        assert ".new-" not in str(found.value)
    with pytest.raises(ConfigError, match="is called 'support-answers' already"):
        save(desk, "support-answers", text)
    assert service.path.read_text() == before
