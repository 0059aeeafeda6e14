from __future__ import annotations

import logging

import pytest

from sheets_sync.arize import RateLimit, lookup
from sheets_sync.errors import TargetUnavailable, TransientError
from tests.arize.posts import (
    KEY,
    MODEL,
    Batch,
    Connect,
)
from tests.arize.replies import Body, reply
from tests.sandbox_client import Control


def test_answers_what_check_asks(connect: Connect) -> None:
    """Whose key it is, what the model is called, and what a call may cost."""
    client = connect("auto")
    assert client.viewer() == "Sandbox"
    assert client.model(MODEL) == "Model sandbox-model"
    assert client.model("TW9kZWw6OTk5OmFhYWE=") is None
    assert client.rate_limit() == RateLimit(limit=1000, cost=3)


def test_models_of_all_spaces_are_listed_once() -> None:
    """As Arize's object graph has them; some without a name."""
    nodes: list[Body] = [{"id": "TW9", "name": "bot"}, {"id": "TX9", "name": None}]
    models = {"models": {"edges": [{"node": node} for node in nodes]}}
    again = {"models": {"edges": [{"node": nodes[0]}]}}
    spaces = {"edges": [{"node": models}, {"node": again}]}
    answer = lookup.found(reply(200, {"data": {"viewer": {"spaces": spaces}}}), lookup.ModelsAnswer)
    assert answer.models == [("TW9", "bot"), ("TX9", "")]


def test_an_endpoint_that_lists_no_models_says_so(connect: Connect) -> None:
    """The field is not in the contract, so it may not be there."""
    with pytest.raises(TargetUnavailable, match="Cannot query field 'spaces'"):
        connect().models()


@pytest.mark.parametrize(
    ("fault", "error", "part"),
    [
        ({"action": "status", "status": 401}, TargetUnavailable, "refused the key"),
        ({"action": "graphql_error", "message": "No viewer"}, TargetUnavailable, "No viewer"),
        ({"action": "status", "status": 429, "retry_after": 9}, TransientError, "HTTP 429"),
        ({"action": "html502"}, TransientError, "HTTP 502"),
        ({"action": "hang"}, TransientError, "no answer came"),
    ],
)
def test_check_is_told_whether_a_person_must_act(
    fault: dict[str, str | int],
    error: type[TargetUnavailable | TransientError],
    part: str,
    connect: Connect,
    control: Control,
) -> None:
    """A lookup raises by policy, with the server's wait where it names one."""
    control.fault("arize", **fault)
    with pytest.raises(error, match=part) as raised:
        connect(timeout=0.5).viewer()
    wait = raised.value.retry_after if isinstance(raised.value, TransientError) else None
    assert wait == (9.0 if fault.get("status") == 429 else None)


@pytest.mark.parametrize(
    "fault",
    [
        {"action": "status", "status": 403, "message": f"{KEY} is no good key"},
        {"action": "graphql_error", "message": f"{KEY} is no good key"},
        {"action": "drop"},
        {"action": "hang"},
        {},
    ],
)
def test_the_key_is_nowhere_to_be_read(
    fault: dict[str, str | int],
    connect: Connect,
    control: Control,
    batch: Batch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Not in any log at the finest level, not in outcomes, errors or what objects show."""
    caplog.set_level(logging.DEBUG)
    if fault:
        control.fault("arize", **fault)
    client = connect(timeout=0.5)
    seen = [repr(client), repr(client.post(batch()))]
    try:
        seen.append(client.viewer())
    except (TargetUnavailable, TransientError) as error:
        seen.append(repr(error))
    assert KEY not in "\n".join([*seen, caplog.text])
    assert "POST /graphql" in caplog.text or fault.get("action") in {"drop", "hang"}
