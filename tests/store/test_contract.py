"""What every durable operation relies on, of an SQLite file and of a Postgres database alike."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, insert, select, update

from sheets_sync.domain.delivery import Unavailable
from sheets_sync.store import alerts, endpoints, lately, refusals, watches
from sheets_sync.store.clock import follow_back
from sheets_sync.store.database import State, open_state
from sheets_sync.store.schema import attempts, deliveries, mappings, outages, tabs

NOW = 1_800_000_000.0
WRITERS = 4
EACH = 10


@pytest.fixture
def state(state_url: str) -> Iterator[State]:
    """One mapping's tab with two rows; the second one was accepted 3 s after it was seen."""
    state = open_state(state_url)
    with state.writing() as connection:
        connection.execute(insert(mappings).values(name="m", read_at=NOW))
        connection.execute(
            insert(tabs).values(id=1, mapping="m", spreadsheet="s", gid=0, title="t", zone="UTC")
        )
        row = {"tab_id": 1, "digest": "", "observed_at": NOW, "kept": [], "fingerprint": "f"}
        of_arize = {"endpoint": "default", "model_id": "model"}
        connection.execute(
            insert(deliveries),
            [
                row | of_arize | {"id": 1, "key": "a", "number": 2, "state": "pending"},
                row | of_arize | {"id": 2, "key": "b", "number": 3, "state": "delivered"},
            ],
        )
        connection.execute(
            insert(attempts).values(
                id="one",
                delivery_id=2,
                endpoint="default",
                record_id="r",
                annotation={"a": 1},
                fingerprint="f",
                intended_at=NOW,
                outcome="accepted",
                answered_at=NOW + 3,
            )
        )
    yield state
    state.engine.dispose()


def test_writers_follow_one_upon_another(state: State) -> None:
    """What one has read is still so when it writes: no count is lost, whoever counts."""

    def count(_: int) -> None:
        with state.writing() as connection:
            known = connection.execute(select(tabs.c.report_due)).scalar_one()
            connection.execute(update(tabs).values(report_due=known + 1))

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(count, range(WRITERS * EACH)))

    with state.reading() as connection:
        assert connection.execute(select(tabs.c.report_due)).scalar_one() == WRITERS * EACH


def test_a_view_stays_as_it_was(state: State) -> None:
    """What others commit meanwhile is not seen before the next view."""
    with state.reading() as connection:
        before = connection.execute(select(func.count()).select_from(deliveries)).scalar()
        with state.writing() as other:
            other.execute(update(tabs).values(title="renamed"))
        after = connection.execute(select(tabs.c.title)).scalar()

    assert (before, after) == (2, "t")


def test_what_fails_has_not_happened(state: State) -> None:
    """An error that leaves a transaction takes back all of it."""

    def fail() -> None:
        with state.writing() as connection:
            connection.execute(update(tabs).values(title="renamed"))
            raise LookupError

    with pytest.raises(LookupError):
        fail()

    with state.reading() as connection:
        assert connection.execute(select(tabs.c.title)).scalar() == "t"


def test_the_version_tells_of_all_that_was_committed_but_what_was_written_aside(
    state: State,
) -> None:
    """Nothing committed, or something aside: the same. Anything else, by anybody: another one."""
    first = state.version()
    with state.writing() as connection:
        connection.execute(update(tabs).where(tabs.c.id == 99).values(title="nobody"))
    with state.writing_aside(first) as aside:
        assert aside is not None
        aside.execute(update(mappings).values(read_at=NOW + 1))
    unchanged = state.version()
    other = open_state(str(state.engine.url.render_as_string(hide_password=False)))
    with other.writing() as connection:
        connection.execute(update(tabs).values(title="renamed"))
    other.engine.dispose()
    with state.writing_aside(first) as aside:
        refused = aside is None

    assert unchanged == first
    assert state.version() != first
    assert refused
    with state.reading() as connection:
        assert connection.execute(select(mappings.c.read_at)).scalar() == NOW + 1


def test_the_few_words_that_are_kept_are_read_again(state: State) -> None:
    """Dialects, outages, Drive's tokens, alerts and refusals, each replaced by the next."""
    with state.writing() as connection:
        for dialect in ("seed", "config"):
            endpoints.remember_dialect(connection, "default", dialect)
        endpoints.note_outage(connection, "default", "", Unavailable("is down", "endpoint"), NOW)
        for token in ("t1", "t2"):
            watches.note_told(connection, "bot", watches.Token(token, NOW), ["s"], NOW)
        watches.note_read(connection, "s", "revision", NOW)
        watches.note_detection(connection, {"s": "polled"})
        alerts.note_told(connection, "address", {"name": "it is so"}, NOW)
        refusals.note_problems(connection, ["wrong"])
    with state.reading() as connection:
        assert endpoints.dialect(connection, "default") == "config"
        assert connection.execute(select(outages.c.message)).scalars().all() == ["is down"]
        assert watches.token(connection, "bot") == watches.Token("t2", NOW)
        assert watches.known(connection) == {"s": watches.Known(NOW, NOW, "revision")}
        assert watches.detections(connection) == {"s": "polled"}
        assert alerts.told(connection, "address") == {"name": "it is so"}
        assert refusals.problems(connection) == ["wrong"]


def test_what_became_of_the_latest_edits_is_counted(state: State) -> None:
    """The lag of the accepted row, the one post, and one row accepted within a day."""
    with state.reading() as connection:
        assert lately.lags(connection, NOW + 9) == {"m": lately.Lag(3.0, 3.0, 1)}
        assert lately.posted_since(connection, NOW - 1) == {"default": 1}
        assert lately.posted_since(connection, NOW) == {}
        assert lately.judged(connection, "m", "default", NOW + 9) == (1, 0)


def test_a_clock_put_back_is_followed(state: State) -> None:
    """By as much as what has happened lies ahead."""
    with state.writing() as connection:
        assert follow_back(connection, NOW - 100) == 103
    with state.reading() as connection:
        assert connection.execute(select(mappings.c.read_at)).scalar() == NOW - 103


def test_odd_letters_are_kept(state: State) -> None:
    """Percent signs, quotes and other planes travel as they are."""
    odd = "100 % ' \" \\ %s :x 🙂\n"
    with state.writing() as connection:
        connection.execute(update(tabs).values(title=odd))
        connection.execute(update(attempts).values(annotation={odd: odd}))
    with state.reading() as connection:
        assert connection.execute(select(tabs.c.title)).scalar() == odd
        assert connection.execute(select(attempts.c.annotation)).scalar() == {odd: odd}
