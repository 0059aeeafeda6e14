from __future__ import annotations

import random
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from sheets_sync.errors import StateError
from sheets_sync.sandbox.server import Sandbox
from sheets_sync.store.database import open_state
from tests.sandbox_client import Control
from tests.service import Service, answer, span
from tests.state.commands import told

ROWS = 30
PAGE = 4096


@pytest.fixture
def service(sandbox: Sandbox, control: Control, tmp_path: Path) -> Service:
    """Rows that are synced, each with a comment."""
    rows = [answer(n, "Satisfactory", n % 6, f"Note {n}", "Ada") for n in range(ROWS)]
    service = Service(sandbox.contact, control, tmp_path, rows=rows)
    service.once()
    return service


def halve(state: Path) -> None:
    """Cut it in half."""
    state.write_bytes(state.read_bytes()[: state.stat().st_size // 2])


def cut_anywhere(state: Path) -> None:
    """Cut it at any place behind its first page."""
    content = state.read_bytes()
    place = random.Random(len(content)).randrange(PAGE, len(content))  # noqa: S311 - no secret
    state.write_bytes(content[:place])


def write_over_a_page(state: Path) -> None:
    """Write over a page in its middle."""
    content = bytearray(state.read_bytes())
    content[2 * PAGE : 3 * PAGE] = b"x" * PAGE
    state.write_bytes(content)


def write_over_the_beginning(state: Path) -> None:
    """Write zeros over its first page."""
    state.write_bytes(b"\0" * PAGE + state.read_bytes()[PAGE:])


def put_a_text_there(state: Path) -> None:
    """Put a text in its place."""
    state.write_text("This is no state.\n" * 100, encoding="utf-8")


def drop_a_table(state: Path) -> None:
    """Drop a table by hand."""
    edit(state, "DROP TABLE holds")


def drop_a_column(state: Path) -> None:
    """Drop a column by hand."""
    edit(state, "ALTER TABLE deliveries DROP COLUMN withdrawn")


def put_another_program_s_there(state: Path) -> None:
    """Put another program's database in its place."""
    state.unlink()
    edit(state, "CREATE TABLE songs (title)")


def edit(state: Path, statement: str) -> None:
    """Change it by hand."""
    connection = sqlite3.connect(state)
    connection.execute(statement)
    connection.commit()
    connection.close()


DAMAGES: list[Callable[[Path], None]] = [
    halve,
    cut_anywhere,
    write_over_a_page,
    write_over_the_beginning,
    put_a_text_there,
    drop_a_table,
    drop_a_column,
    put_another_program_s_there,
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_said_with_the_way_back_and_nothing_is_sent(
    service: Service, damage: Callable[[Path], None]
) -> None:
    """Whatever happened to the file: it is named, and so is `rebuild`."""
    state = service.folder / "state.db"
    damage(state)
    service.type("E2", 5)
    sent = len(service.control.mutations())

    with pytest.raises(StateError) as raised:
        service.once()
    assert str(raised.value).startswith(f"state {state}: ")
    assert "`sheets-sync rebuild MAPPING` with --adopt or --resend" in str(raised.value)
    assert len(service.control.mutations()) == sent


def test_the_way_back_works_word_by_word(service: Service) -> None:
    """What the page says is done, and no comment arrives twice."""
    page = Path("docs/operators.md").read_text(encoding="utf-8")
    chapter = page.split("## If the state is damaged")[1].split("\n## ")[0]
    commands = re.findall(r"^(?:sheets-sync|mv) .*$", chapter, re.MULTILINE)
    halve(service.folder / "state.db")
    service.type("E2", 5)
    broken = [told(service, *words.split()) for words in ("once", "status", f"history {span(1)}")]
    for line in commands:
        name, *words = line.replace("MAPPING", "support-answers").split("  #")[0].split()
        if name == "mv":
            for file in service.folder.glob("state.db*"):
                if file.suffix != ".lock":
                    file.rename(service.folder / f"damaged-{file.name}")
            continue
        done = told(service, *words)
        assert done.code == (1 if words == ["once"] and "rebuild" not in done.shown else 0), done
    again = told(service, "once")

    assert [line.split()[1] for line in commands] == ["state/sheets-sync.db*", "once", "rebuild"]
    assert all("moved away" in ended.line or "move this file" in ended.line for ended in broken)
    assert again.code == 0, again
    assert len(service.control.mutations()) == ROWS
    assert all(text.startswith("Synced") for text in service.statuses().values())
    service.type("E3", 5)
    service.once()
    assert service.scores()[span(1)] == 5
    assert len(service.control.mutations()) == ROWS + 1


def test_files_beside_it_may_be_lost_or_foreign(service: Service, tmp_path: Path) -> None:
    """-shm is made anew; a -wal of another state is not taken for its own."""
    state = service.folder / "state.db"
    other = open_state(f"sqlite:///{tmp_path}/other.db")
    with other.writing() as connection:
        connection.exec_driver_sql("INSERT INTO endpoints VALUES ('other', 'seed')")
    foreign = (tmp_path / "other.db-wal").read_bytes()
    other.engine.dispose()
    state.with_name("state.db-wal").write_bytes(foreign[: len(foreign) // 2])
    state.with_name("state.db-shm").write_bytes(b"")
    try:
        service.once()
    except StateError as error:
        assert "rebuild" in str(error)  # noqa: PT017 - either of both is right
    assert len(service.control.mutations()) == ROWS


def test_an_empty_file_is_a_lost_state(service: Service) -> None:
    """SQLite takes it for a new one; the statuses in the sheet tell that it was not."""
    (service.folder / "state.db").write_bytes(b"")
    service.once()

    assert len(service.control.mutations()) == ROWS
    assert service.statuses()[span(1)].startswith("On hold: the record of 30 rows was lost")


def test_a_state_of_a_newer_version_is_left_alone(service: Service) -> None:
    """An older program says so, and changes nothing."""
    edit(service.folder / "state.db", "UPDATE alembic_version SET version_num = '9999'")
    before = (service.folder / "state.db").read_bytes()

    with pytest.raises(StateError, match="written by a newer version of sheets-sync; use that"):
        service.once()
    assert (service.folder / "state.db").read_bytes() == before
