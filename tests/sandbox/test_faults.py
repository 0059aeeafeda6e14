from __future__ import annotations

import time
from collections.abc import Callable

import pytest
import requests
from graphql import build_schema, execute_sync, parse
from pydantic import JsonValue

from sheets_sync.sandbox.server import Sandbox
from tests.sandbox.graphql_client import (
    MODEL,
    SEED_UPDATE,
    START,
    Arize,
    config_input,
    seed_input,
)
from tests.sandbox_client import Control

_UNION = (
    "result { ... on UpdateAnnotationSuccess { success } ... on UpdateAnnotationError { message } }"
)


@pytest.fixture(autouse=True)
def _spans(control: Control) -> None:
    """Two records that Arize knows."""
    control.add_spans(MODEL, ["r1", "r2"], START)


@pytest.fixture
def arize(sandbox: Sandbox) -> Arize:
    """A client of the GraphQL endpoint."""
    return Arize(sandbox.contact.arize_graphql)


def _token_status(sandbox: Sandbox) -> int:
    """What the token endpoint answers to a request without a grant: 400 when it works."""
    return requests.post(f"{sandbox.contact.google_api}/token", timeout=5).status_code


@pytest.mark.parametrize("match", ["^POST /graphql$", "^Update$", "^updateAnnotations$", ""])
def test_a_match_finds_the_path_the_operation_or_a_root_field(
    arize: Arize, control: Control, match: str
) -> None:
    """A fault for Arize may name any of the three; an empty one means every request."""
    control.fault("arize", match=match, action="status")
    assert arize.update().status_code == 503
    assert control.fired() == [1]


def test_what_does_not_match_goes_well(arize: Arize, sandbox: Sandbox, control: Control) -> None:
    """Another operation and another service are left alone."""
    control.fault("arize", match="updateAnnotations", action="status")
    control.fault("google", match="graphql", action="status")
    assert arize.ask("query Key { viewer { user { name } } }").ok
    assert _token_status(sandbox) == 400
    assert control.fired() == [0, 0]


def test_a_fault_ends_after_its_times(arize: Arize, control: Control) -> None:
    """`times` counts it down; without it a fault lasts until it is deleted."""
    control.fault("arize", action="status", times=2)
    assert [arize.update().status_code for _ in range(3)] == [503, 503, 200]
    control.fault("arize", action="status", status=500)
    assert [arize.update().status_code for _ in range(3)] == [500, 500, 500]
    control.end_faults()
    assert arize.update().ok


def test_chance_can_be_repeated(arize: Arize, control: Control) -> None:
    """With the same seed the same requests fail."""

    def run() -> list[int]:
        control.set(seed=7)
        return [arize.ask("{ __typename }").status_code for _ in range(30)]

    control.fault("arize", action="status", probability=0.5)
    first = run()
    assert set(first) == {200, 503}
    assert run() == first


@pytest.mark.parametrize("status", [400, 401, 403, 429, 500, 503])
def test_a_status_of_google(sandbox: Sandbox, control: Control, status: int) -> None:
    """Google's errors are JSON with a code, a status in words and a message."""
    control.fault("google", match="POST /token", action="status", status=status, retry_after=2)
    answer = requests.post(f"{sandbox.contact.google_api}/token", timeout=5)
    assert (answer.status_code, answer.headers["Retry-After"]) == (status, "2")
    error = answer.json()["error"]
    assert error["code"] == status
    assert error["status"].isupper()
    assert error["message"]


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (401, "UNAUTHENTICATED", "x-api-key"),
        (403, "FORBIDDEN", "developer permissions"),
        (429, "TOO_MANY_REQUESTS", "TOO_MANY_REQUESTS"),
        (500, "INTERNAL_SERVER_ERROR", "Internal server error"),
    ],
)
def test_a_status_of_arize(
    arize: Arize, control: Control, status: int, code: str, words: str
) -> None:
    """Arize's errors are GraphQL's, whatever the HTTP status."""
    control.fault("arize", action="status", status=status, retry_after=1.5)
    answer = arize.update()
    (error,) = answer.json()["errors"]
    assert (answer.status_code, answer.headers["Retry-After"]) == (status, "1.5")
    assert error["extensions"]["code"] == code
    assert words in error["message"]


def test_a_gateway_answers_in_html(arize: Arize, control: Control) -> None:
    """`html502` is what a load balancer says in place of the service."""
    control.fault("arize", action="html502")
    answer = arize.update()
    assert (answer.status_code, answer.headers["Content-Type"]) == (502, "text/html; charset=UTF-8")
    assert "Error 502 (Server Error)" in answer.text


def test_a_graphql_error_nulls_all_data(arize: Arize, control: Control) -> None:
    """An error in a non-null field reaches up to `data`; its words and path can be chosen."""
    control.fault("arize", action="graphql_error", message="No such model", code="X", path=["m0"])
    answer = arize.update()
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "data": None,
            "errors": [{"message": "No such model", "extensions": {"code": "X"}, "path": ["m0"]}],
        },
    )
    assert control.mutations() == []


def test_the_nulled_answer_is_that_of_graphql_itself(arize: Arize, control: Control) -> None:
    """No root field of the contract is non-null, so only a fault can null all `data`.

    Where one is, graphql-core answers the same: sections 6.4.4 and 7.1 of the GraphQL
    specification, "Handling Execution Errors" and "Response Format".
    """
    schema = build_schema("type Query { ok: Boolean } type Mutation { m0: Int! other: Int }")
    root: dict[str, Callable[..., int]] = {"m0": lambda _: 1 // 0, "other": lambda _: 1}
    theirs = execute_sync(schema, parse("mutation { other m0 }"), root).formatted
    control.fault("arize", action="graphql_error", path=["m0"])
    ours = arize.update().json()
    assert (theirs["data"], ours["data"]) == (None, None)
    assert [error["path"] for error in theirs["errors"]] == [["m0"]]
    assert [error["path"] for error in ours["errors"]] == [["m0"]]


@pytest.mark.parametrize("action", ["status", "html502", "graphql_error"])
@pytest.mark.parametrize(("when", "applied"), [("before", 0), ("after", 1)])
def test_after_means_done_but_the_answer_is_lost(
    arize: Arize, control: Control, action: str, when: str, applied: int
) -> None:
    """`before` does nothing; `after` does the work and answers something else."""
    control.fault("arize", action=action, when=when)
    assert "errors" in (text := arize.update().text) or "502" in text
    assert len(control.mutations()) == applied


@pytest.mark.parametrize(("when", "applied"), [("before", 0), ("after", 1)])
def test_a_drop_cuts_the_connection(
    arize: Arize, control: Control, when: str, applied: int
) -> None:
    """`drop` is a reset without a byte of an answer."""
    control.fault("arize", action="drop", when=when, times=1)
    with pytest.raises(requests.ConnectionError):
        arize.update()
    assert len(control.mutations()) == applied
    assert arize.update().ok


@pytest.mark.parametrize(("when", "applied"), [("before", 0), ("after", 1)])
def test_a_hang_lasts_until_the_client_leaves(
    sandbox: Sandbox, control: Control, when: str, applied: int
) -> None:
    """`hang` answers nothing, and others are served meanwhile."""
    control.fault("arize", action="hang", when=when, times=1)
    with pytest.raises(requests.ReadTimeout):
        requests.post(
            sandbox.contact.arize_graphql,
            json={"query": SEED_UPDATE, "variables": {"input": seed_input()}},
            headers={"x-api-key": "k"},
            timeout=0.2,
        )
    assert len(control.mutations()) == applied


@pytest.mark.parametrize("when", ["before", "after"])
def test_latency_alone_slows_down(arize: Arize, control: Control, when: str) -> None:
    """Without an action a request is late, but done and answered."""
    control.fault("arize", latency_ms=150, when=when)
    start = time.perf_counter()
    assert arize.update().ok
    assert time.perf_counter() - start >= 0.15
    assert len(control.mutations()) == 1


@pytest.mark.parametrize("action", [None, "drop", "status"])
def test_a_mutation_may_be_applied_later_than_answered(
    arize: Arize, control: Control, action: str | None
) -> None:
    """`apply_after_ms` by the sandbox's clock: an old mutation may overtake a newer one."""
    control.fault("arize", action=action, apply_after_ms=60_000, times=1)
    if action == "drop":
        with pytest.raises(requests.ConnectionError):
            arize.update(clientMutationId="late")
    else:
        assert arize.update(clientMutationId="late").status_code == (503 if action else 200)
    arize.update(clientMutationId="newer", annotations=[_label("Bad")])
    assert [m.client_mutation_id for m in control.mutations()] == ["newer"]
    control.advance(60)
    assert [m.client_mutation_id for m in control.mutations()] == ["newer", "late"]
    assert control.annotations()[0].label == "Good"


@pytest.mark.parametrize("dialect", ["seed", "config"])
@pytest.mark.parametrize("code", [None, "FORBIDDEN"])
def test_one_record_may_be_refused_alone(
    arize: Arize, control: Control, dialect: str, code: str | None
) -> None:
    """The error stands at that record's mutation, and the rest of the request is done."""
    control.set(dialect=dialect)
    control.fault("arize", action="graphql_error", record="r1", message="Not this", code=code)
    input_of = seed_input if dialect == "seed" else config_input
    answered = "clientMutationId" if dialect == "seed" else _UNION
    answer = arize.ask(
        "mutation Two($a: UpdateAnnotationsInput!, $b: UpdateAnnotationsInput!) {"
        f" m0: updateAnnotations(input: $a) {{ {answered} }}"
        f" m1: updateAnnotations(input: $b) {{ {answered} }} }}",
        {"a": input_of(), "b": input_of() | {"recordId": "r2"}},
    ).json()
    assert answer["data"]["m1"]
    assert [mutation.record_id for mutation in control.mutations()] == ["r2"]
    assert control.fired() == [1]
    if dialect == "config" and code is None:
        assert answer["data"]["m0"]["result"]["message"] == "Not this"
    else:
        (error,) = answer["errors"]
        assert (error["message"], error["path"]) == ("Not this", ["m0"])
        assert error.get("extensions") == (code and {"code": code})


def test_the_first_that_matches_is_the_one(arize: Arize, control: Control) -> None:
    """Faults are tried in the order in which they came."""
    control.fault("arize", action="status", status=500, times=1)
    control.fault("arize", action="status", status=503, times=1)
    assert [arize.update().status_code for _ in range(3)] == [500, 503, 200]


def test_humans_meet_no_faults(control: Control) -> None:
    """People edit whatever goes wrong for programs."""
    control.fault("google", action="status")
    book = control.add_spreadsheet([["a"]])
    control.human("ann").type(book, "Sheet1!A1", "b")
    assert control.human("ann").read(book, "Sheet1!A1") == [["b"]]
    assert control.fired() == [0]


def _label(label: str) -> dict[str, JsonValue]:
    return {"name": "Adequacy", "label": label, "annotationType": "label"}
