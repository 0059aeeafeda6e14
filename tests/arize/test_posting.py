from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event

import pytest

from sheets_sync.arize import ArizeClient
from sheets_sync.domain.annotation import MetricValue
from sheets_sync.domain.delivery import (
    Accepted,
    Dialect,
    Outcome,
    Refused,
    Unavailable,
    Unresolved,
)
from sheets_sync.errors import TransientError
from sheets_sync.sandbox.server import Sandbox
from tests.arize.posts import (
    DIALECTS,
    KEY,
    LABEL,
    RECORDS,
    TEXT,
    TOO_LONG,
    ZERO,
    Batch,
    Connect,
    MakePost,
)
from tests.sandbox_client import Control


def _held(control: Control) -> dict[str, list[str]]:
    """What Arize holds: by record, each annotation as a person reads it."""
    held: dict[str, list[str]] = {}
    for found in control.annotations():
        value = next(v for v in (found.label, found.score, found.text) if v is not None)
        held.setdefault(found.record_id, []).append(f"{found.name} {value} by {found.updated_by}")
    return held


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_batch_arrives_in_one_request(
    dialect: Dialect, connect: Connect, control: Control, batch: Batch
) -> None:
    """Three rows of two metrics each, zero among them, are one request of three mutations."""
    control.set(dialect=dialect)
    assert connect(dialect).post(batch(LABEL, ZERO)) == [Accepted()] * 3
    everything = [
        "Adequacy Satisfactory by ann@example.com",
        "Helpfulness 0.0 by ann@example.com",
    ]
    assert _held(control) == dict.fromkeys(RECORDS[:3], everything)
    calls = control.calls().arize
    assert (calls.requests, calls.mutations) == (1, 3)
    sent = [mutation.client_mutation_id for mutation in control.mutations()]
    assert sent == ["attempt-0", "attempt-1", "attempt-2"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_one_bad_row_of_a_batch_is_named(
    dialect: Dialect, connect: Connect, control: Control, batch: Batch, make_post: MakePost
) -> None:
    """The good rows of the batch are delivered, once."""
    control.set(dialect=dialect)
    posts = batch()
    posts[1] = make_post("attempt-1", TOO_LONG, record_id=RECORDS[1])
    first, bad, last = connect(dialect).post(posts)
    assert [first, last] == [Accepted()] * 2
    assert isinstance(bad, Refused)
    assert not bad.transient
    assert "label" in bad.message
    assert [*_held(control)] == [RECORDS[0], RECORDS[2]]
    assert control.calls().arize.requests == 1


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_value_that_does_not_coerce_is_named_and_the_others_go_alone(
    dialect: Dialect, connect: Connect, control: Control, batch: Batch, make_post: MakePost
) -> None:
    """A coercion error stops the whole document; only the row it names is refused."""
    control.set(dialect=dialect)
    posts = batch(note="Seen", with_note=True)
    posts[1] = make_post("attempt-1", LABEL, record_id=RECORDS[1], start_time="yesterday")
    first, bad, last = connect(dialect).post(posts)
    assert [first, last] == [Accepted()] * 2
    assert isinstance(bad, Refused)
    assert not bad.transient
    assert "yesterday" in bad.message
    assert control.calls().arize.requests == 3
    assert [found.notes for found in control.annotations()] == [["Seen"], ["Seen"]]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("not_found", ["union", "error"])
def test_an_unknown_record_may_be_known_later(
    dialect: Dialect, not_found: str, connect: Connect, control: Control, make_post: MakePost
) -> None:
    """Indexing takes minutes, so this refusal may be transient, in either shape."""
    control.set(dialect=dialect, not_found=not_found)
    (outcome,) = connect(dialect).post([make_post("a", LABEL, record_id="ffffffffffffffff")])
    message = "Record ffffffffffffffff was not found"
    assert outcome == Refused(message, transient=True, unknown_record=True)


def test_a_note_goes_out_only_when_asked(
    connect: Connect, control: Control, make_post: MakePost
) -> None:
    """The same row posted three times, once with its note, leaves one note."""
    client = connect()
    for with_note in (False, True, False):
        post = make_post("a", LABEL, record_id=RECORDS[0], note="Seen", with_note=with_note)
        assert client.post([post]) == [Accepted()]
    assert [found.notes for found in control.annotations()] == [["Seen"]]


@pytest.mark.parametrize(
    ("dialect", "metric", "cure"),
    [("seed", TEXT, "dialect: config"), ("config", MetricValue("Tone", "score", 1.0), "config_id")],
)
def test_a_row_its_dialect_cannot_carry_is_not_sent(
    *,
    dialect: Dialect,
    metric: MetricValue,
    cure: str,
    connect: Connect,
    control: Control,
    batch: Batch,
    make_post: MakePost,
) -> None:
    """It is refused with its cure; its neighbours are sent under the right outcomes."""
    control.set(dialect=dialect)
    posts = batch()
    posts[0] = make_post("attempt-0", metric, record_id=RECORDS[0])
    bad, *good = connect(dialect).post(posts)
    assert isinstance(bad, Refused)
    assert not bad.transient
    assert cure in bad.message
    assert good == [Accepted()] * 2
    assert control.calls().arize.mutations == 2


@pytest.mark.parametrize("in_status", [429, None])
def test_a_rate_limit_in_json_keeps_its_wait(
    in_status: int | None, connect: Connect, control: Control, batch: Batch
) -> None:
    """Retry-After is read beside JSON errors, at 429 as at 200; no row is tried alone."""
    message = "TOO_MANY_REQUESTS: rate limit exceeded, try again later"
    if in_status:
        control.fault("arize", action="status", status=in_status, retry_after=17)
    else:
        control.fault("arize", action="graphql_error", message=message, retry_after=17)
    shown = f"HTTP 429: {message}" if in_status else message
    assert connect().post(batch()) == [Unavailable(shown, "endpoint", 17.0)] * 3
    assert control.calls().arize.requests == 1


@pytest.mark.parametrize(
    ("status", "part"),
    [
        (401, "Arize refused the key"),
        (403, "this key cannot write: ask for Developer Access"),
        (404, "`endpoint`"),
    ],
)
def test_a_refused_key_or_address_needs_a_person(
    status: int, part: str, connect: Connect, control: Control, batch: Batch
) -> None:
    """It concerns the endpoint and not the rows."""
    control.fault("arize", action="status", status=status)
    for outcome in connect().post(batch()):
        assert isinstance(outcome, Unavailable)
        assert outcome.needs_person
        assert part in outcome.message


@pytest.mark.parametrize(
    ("fault", "arrived"),
    [
        ({"action": "drop", "when": "before"}, 0),
        ({"action": "drop", "when": "after"}, 3),
        ({"action": "hang", "when": "before"}, 0),
        ({"action": "hang", "when": "after"}, 3),
        ({"action": "html502", "when": "after"}, 3),
        ({"action": "status", "status": 503}, 0),
        ({"action": "status", "status": 500, "when": "after"}, 3),
    ],
)
def test_a_lost_answer_is_unresolved_whatever_happened(
    fault: dict[str, str | int], arrived: int, connect: Connect, control: Control, batch: Batch
) -> None:
    """Nobody here can know whether it was applied, and nothing is sent again by itself."""
    control.fault("arize", **fault)
    outcomes = connect(timeout=0.5).post(batch(note="Seen", with_note=True))
    assert [type(outcome) for outcome in outcomes] == [Unresolved] * 3
    assert len(control.mutations()) == arrived
    control.end_faults()
    assert connect().post(batch()) == [Accepted()] * 3


@pytest.mark.parametrize(
    ("with_note", "expected", "applied"), [(False, Accepted, 6), (True, Unresolved, 3)]
)
def test_an_answer_that_names_no_row_is_asked_for_row_by_row_without_notes(
    *,
    with_note: bool,
    expected: type[Outcome],
    applied: int,
    connect: Connect,
    control: Control,
    batch: Batch,
) -> None:
    """Metrics may be sent twice; a note that may have arrived is not."""
    control.fault("arize", action="graphql_error", when="after", times=1)
    outcomes = connect().post(batch(note="Seen", with_note=with_note))
    assert [type(outcome) for outcome in outcomes] == [expected] * 3
    assert len(control.mutations()) == applied
    for found in control.annotations():
        assert found.notes == (["Seen"] if with_note else [])


def test_rows_alone_stop_at_a_closed_endpoint(
    connect: Connect, control: Control, batch: Batch
) -> None:
    """A limit met while going row by row ends it; what may have arrived stays unresolved."""
    control.fault("arize", action="graphql_error", when="after", times=1)
    control.fault("arize", action="status", status=429)
    outcomes = connect().post(batch())
    assert [type(outcome) for outcome in outcomes] == [Unresolved] * 3
    assert control.calls().arize.requests == 2


@pytest.mark.parametrize(
    ("rows_allowed", "requests"), [(10, 1), (5, 3), (4, 6), (3, 6), (2, 9), (1, 14)]
)
def test_too_complex_a_batch_goes_in_halves(
    rows_allowed: int, requests: int, connect: Connect, control: Control, make_post: MakePost
) -> None:
    """Each row arrives once, and no request of more rows is tried again; seed rows cost 2 each."""
    control.set(
        quotas={
            "arize_mutations": None,
            "arize_requests": None,
            "arize_complexity": 2 * rows_allowed,
        }
    )
    posts = [make_post(f"attempt-{n}", record_id=record) for n, record in enumerate(RECORDS)]
    client = connect()
    assert client.post(posts) == [Accepted()] * 10
    assert [mutation.record_id for mutation in control.mutations()] == RECORDS
    assert control.calls().arize.requests == requests
    control.forget_calls()
    assert client.post(posts) == [Accepted()] * 10
    assert control.calls().arize.requests < max(2, requests)


def test_halves_stop_at_a_closed_endpoint(connect: Connect, control: Control, batch: Batch) -> None:
    """The second half is not sent where the first met a limit."""
    control.fault("arize", action="status", status=400, message="Complexity 9 is over 8", times=1)
    control.fault("arize", action="status", status=429)
    outcomes = connect().post(batch())
    assert [type(outcome) for outcome in outcomes] == [Unavailable] * 3
    assert control.calls().arize.requests == 2


@pytest.mark.parametrize(
    ("fault", "concerns"),
    [
        ({"message": "Unauthorized: no", "match": "viewer"}, "endpoint"),
        ({"message": "Too many requests", "match": "viewer"}, "endpoint"),
        ({"message": "Model not found"}, "model"),
    ],
)
def test_what_is_said_of_a_row_holds_for_all_where_arize_says_so_when_asked(
    fault: dict[str, str], concerns: str, connect: Connect, control: Control, batch: Batch
) -> None:
    """One question more tells whose fault it is."""
    for post in batch():
        record = post.annotation.record_id
        control.fault("arize", action="graphql_error", record=record, message=fault["message"])
    if concerns == "endpoint":
        control.fault("arize", action="graphql_error", **fault)
    posts = batch()
    if concerns == "model":
        posts = [replace(p, annotation=replace(p.annotation, model_id="other")) for p in posts]
    outcomes = connect().post(posts)
    for outcome in outcomes:
        assert isinstance(outcome, Unavailable)
        assert (outcome.concerns, outcome.of_row) == (concerns, False)
    assert control.calls().arize.requests == 2


def test_an_unreachable_endpoint_has_stored_nothing(batch: Batch) -> None:
    """A refused connection is known to be one."""
    with ArizeClient("http://127.0.0.1:9/graphql", KEY, dialect="seed") as client:
        for outcome in client.post(batch()):
            assert isinstance(outcome, Unavailable)
            assert not outcome.needs_person
            assert "127.0.0.1:9 cannot be reached" in outcome.message
            assert "refused" in outcome.message
        with pytest.raises(TransientError, match="cannot be reached"):
            client.viewer()


def test_a_stopping_program_sends_nothing(connect: Connect, control: Control, batch: Batch) -> None:
    """What waits for its turn when the program stops has not been sent."""
    stopping = Event()
    stopping.set()
    for dialect in ("seed", "auto"):
        (outcome, *_) = connect(dialect, stopping=stopping).post(batch())
        assert isinstance(outcome, Unavailable)
        assert not outcome.needs_person
    assert control.calls().arize.requests == 0


def test_mutations_are_counted_one_by_one(sandbox: Sandbox, control: Control, batch: Batch) -> None:
    """A second batch waits where the first has used up the minute's mutations."""
    control.set(any_record=True)
    stopping = Event()
    with (
        ArizeClient(
            sandbox.contact.arize_graphql,
            KEY,
            dialect="seed",
            mutations_per_minute=5,
            requests_per_minute=60_000,
            stopping=stopping,
        ) as client,
        ThreadPoolExecutor(1) as thread,
    ):
        assert client.post(batch()) == [Accepted()] * 3
        second = thread.submit(client.post, batch())
        with pytest.raises(TimeoutError):
            second.result(0.3)
        stopping.set()
        assert [type(outcome) for outcome in second.result(5)] == [Unavailable] * 3
    assert len(control.mutations()) == 3


def test_threads_share_one_client(connect: Connect, control: Control, make_post: MakePost) -> None:
    """Ten rows by four threads: each has a session of its own, and all arrive."""
    client = connect("auto")
    posts = [
        make_post(f"attempt-{index}", LABEL, record_id=record)
        for index, record in enumerate(RECORDS)
    ]
    with ThreadPoolExecutor(4) as threads:
        outcomes = list(threads.map(client.post, [[post] for post in posts]))
    assert outcomes == [[Accepted()]] * 10
    assert sorted(_held(control)) == sorted(RECORDS)
    assert control.calls().arize.requests == 11
