from __future__ import annotations

import pytest

from sheets_sync.domain.delivery import (
    Accepted,
    Dialect,
    Unavailable,
)
from tests.arize.posts import (
    DIALECTS,
    Batch,
    Connect,
)
from tests.sandbox_client import Control


@pytest.mark.parametrize("dialect", DIALECTS)
def test_auto_asks_once_and_tells_what_it_decided(
    dialect: Dialect, connect: Connect, control: Control, batch: Batch
) -> None:
    """The schema's own answer decides; a client that remembers it does not ask."""
    control.set(dialect=dialect)
    client = connect("auto")
    before = client.dialect
    assert client.post(batch()) == [Accepted()] * 3
    assert client.post(batch()) == [Accepted()] * 3
    assert (before, client.dialect) == (None, dialect)
    assert control.calls().arize.requests == 3
    assert connect("auto", remembered=dialect).post(batch()) == [Accepted()] * 3
    assert control.calls().arize.requests == 4


def test_auto_does_not_guess(connect: Connect, control: Control, batch: Batch) -> None:
    """Where the schema is not told, nothing is sent, and a person is asked to choose."""
    control.fault("arize", match="^dialect$", action="graphql_error", message="No introspection")
    client = connect("auto")
    for outcome in client.post(batch()):
        assert isinstance(outcome, Unavailable)
        assert outcome.needs_person
        assert "`dialect: seed` or `dialect: config`" in outcome.message
        assert "No introspection" in outcome.message
    assert client.dialect is None
    assert control.calls().arize.mutations == 0
    control.end_faults()
    assert client.post(batch()) == [Accepted()] * 3


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"action": "html502"}, "`dialect: config`: HTTP 502"),
        ({"action": "drop"}, "`dialect: config`: no answer came"),
        ({"action": "status", "status": 429}, "HTTP 429"),
    ],
)
def test_auto_asks_again_after_an_outage(
    fault: dict[str, str | int], message: str, connect: Connect, control: Control, batch: Batch
) -> None:
    """A question that was not answered says nothing of the dialect, and needs no person yet."""
    control.fault("arize", **fault, times=1)
    client = connect("auto")
    for outcome in client.post(batch()):
        assert isinstance(outcome, Unavailable)
        assert not outcome.needs_person
        assert message in outcome.message
    assert client.post(batch()) == [Accepted()] * 3


@pytest.mark.parametrize("spoken", DIALECTS)
def test_a_wrong_dialect_is_the_endpoints_trouble_and_auto_forgets_it(
    spoken: Dialect, connect: Connect, control: Control, batch: Batch
) -> None:
    """Rows are not refused for it, and `auto` asks again at the next post."""
    other: Dialect = "config" if spoken == "seed" else "seed"
    control.set(dialect=spoken)
    for client in (connect(other), connect("auto", remembered=other)):
        for outcome in client.post(batch()):
            assert isinstance(outcome, Unavailable)
            assert (outcome.concerns, outcome.needs_person) == ("endpoint", True)
            assert "check `dialect`" in outcome.message
    forgotten = client.dialect
    assert client.post(batch()) == [Accepted()] * 3
    assert (forgotten, client.dialect) == (None, spoken)
