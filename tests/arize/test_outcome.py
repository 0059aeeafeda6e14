from __future__ import annotations

import pytest

from sheets_sync.arize.outcome import Unattributed, Verdict, settled, verdicts
from sheets_sync.domain.delivery import Accepted, Dialect, Refused, Unavailable, Unresolved
from tests.arize.replies import SENT, SUCCESS, WAIT, Body, echo, error, failure, reply

UNKNOWN = Refused("", transient=True, unknown_record=True)
OF_ONE: list[tuple[str, str, str | None, Verdict]] = [
    ("refused", 'Label "Goood" is not allowed', None, Refused("", transient=False)),
    ("bad input", "label: too long", "BAD_USER_INPUT", Refused("", transient=False)),
    ("record", "Record e351 was not found", "NOT_FOUND", UNKNOWN),
    ("span", "Could not find span e351", None, UNKNOWN),
    ("record in a model", "Record not found in model X", None, UNKNOWN),
    ("config", "Annotation configuration not found", None, Refused("", transient=False)),
    ("model", "Model not found", None, Unavailable("", "model", needs_person=True)),
    ("no such model", "No such model", None, Unavailable("", "model", needs_person=True)),
    ("no right", "Not for you", "FORBIDDEN", Unavailable("", "model", needs_person=True)),
    ("rate", "TOO_MANY_REQUESTS", None, Unavailable("", "endpoint", 7.0)),
    ("internal", "Oops", "INTERNAL_SERVER_ERROR", Unresolved("", 7.0)),
    ("timeout", "The store timed out", None, Unresolved("", 7.0)),
    (
        "a label that speaks of limits",
        'Label "rate limit ignored" is not allowed',
        None,
        Refused("", transient=False),
    ),
    (
        "a label that speaks of records",
        "Label 'record not found' is not allowed",
        None,
        Refused("", transient=False),
    ),
]


@pytest.mark.parametrize(("message", "code", "expected"), [row[1:] for row in OF_ONE])
def test_an_error_with_a_path_is_one_rows_in_the_seed_dialect(
    message: str, code: str | None, expected: Verdict
) -> None:
    """The other two rows have their echo and are accepted."""
    body: Body = {
        "data": {"m0": echo("a0"), "m1": None, "m2": echo("a2")},
        "errors": [error(message, ["m1"], code)],
    }
    found = verdicts(reply(200, body, WAIT), SENT, "seed")
    assert [found[0], found[2]] == [Accepted(), Accepted()]
    assert type(found[1]) is type(expected)
    assert _without_message(found[1]) == _without_message(expected)
    assert not isinstance(found[1], Accepted)
    assert found[1].message == message


@pytest.mark.parametrize(
    ("message", "expected"), [(row[1], row[3]) for row in OF_ONE if row[2] is None]
)
def test_a_failure_in_the_union_is_one_rows_in_the_config_dialect(
    message: str, expected: Verdict
) -> None:
    """The same words mean the same inside data."""
    body: Body = {"data": {"m0": SUCCESS, "m1": failure(message), "m2": SUCCESS}}
    found = verdicts(reply(200, body, WAIT), SENT, "config")
    assert [found[0], found[2]] == [Accepted(), Accepted()]
    assert type(found[1]) is type(expected)
    assert _without_message(found[1]) == _without_message(expected)


def _without_message(verdict: Verdict) -> list[object]:
    match verdict:
        case Refused():
            return [verdict.transient, verdict.retry_after, verdict.unknown_record]
        case Unresolved():
            return [verdict.retry_after]
        case Unavailable():
            return [verdict.concerns, verdict.retry_after, verdict.needs_person]
        case _:
            return []


@pytest.mark.parametrize(
    ("dialect", "payload", "expected"),
    [
        ("seed", {"clientMutationId": "a0"}, Accepted()),
        ("seed", {"clientMutationId": "a1"}, Unresolved("")),
        ("seed", {"clientMutationId": None}, Unresolved("")),
        ("seed", {}, Unresolved("")),
        ("seed", SUCCESS, Unresolved("")),
        ("seed", None, Unattributed("HTTP 200", may_have_run=True)),
        ("config", SUCCESS, Accepted()),
        ("config", {"result": {"__typename": "UpdateAnnotationSuccess", "success": "yes"}}, None),
        ("config", {"result": {"__typename": "UpdateAnnotationSuccess", "success": False}}, None),
        ("config", {"result": {"__typename": "Other", "success": True}}, Unresolved("")),
        ("config", {"result": {"success": True}}, Unresolved("")),
        ("config", {"result": None}, Unresolved("")),
        ("config", {"clientMutationId": "a0"}, Unresolved("")),
        ("config", None, Unattributed("HTTP 200", may_have_run=True)),
    ],
)
def test_success_is_read_from_the_payload_alone(
    dialect: Dialect, payload: Body | None, expected: Verdict | None
) -> None:
    """HTTP 200 proves nothing; None stands for a transient refusal without a reason."""
    (found,) = verdicts(reply(200, {"data": {"m0": payload}}), ["a0"], dialect)
    if expected is None:
        expected = Refused("not successful, without a reason", transient=True)
    if isinstance(expected, Unresolved):
        assert isinstance(found, Unresolved)
    else:
        assert found == expected


def test_a_missing_alias_leaves_its_row_open() -> None:
    """What is not in the answer is not attributed; what is, is."""
    found = verdicts(reply(200, {"data": {"m0": echo("a0"), "m2": echo("a2")}}), SENT, "seed")
    assert found == [Accepted(), Unattributed("HTTP 200", may_have_run=True), Accepted()]


def test_a_variable_that_does_not_coerce_is_its_rows() -> None:
    """A coercion error names `$i2`; nothing ran, so the others may be sent again."""
    message = 'Variable "$i2" got invalid value \'24/11\' at "i2.startTime"; no DateTime'
    bodies: list[Body] = [
        {"errors": [error(message, code="BAD_USER_INPUT")]},
        {"data": None, "errors": [error(message)]},
    ]
    for body in bodies:
        found = verdicts(reply(200, body), SENT, "seed")
        assert found[2] == Refused(message, transient=False)
        assert found[:2] == [Unattributed(message, may_have_run=False)] * 2


def test_an_error_beside_a_payload_proves_neither() -> None:
    """A row that has both is unresolved."""
    body: Body = {"data": {"m0": echo("a0")}, "errors": [error("Hm", ["m0", "clientMutationId"])]}
    assert verdicts(reply(200, body), ["a0"], "seed") == [Unresolved("Hm")]


def test_a_document_that_ran_fits_the_schema() -> None:
    """Words about fields beside data are about a row."""
    body: Body = {
        "data": {"m0": None, "m1": echo("a1"), "m2": echo("a2")},
        "errors": [error("The label is not defined for this model", ["m0"])],
    }
    refused = Refused("The label is not defined for this model", transient=False)
    assert verdicts(reply(200, body), SENT, "seed") == [refused, Accepted(), Accepted()]


def test_the_first_of_several_errors_of_a_row_counts() -> None:
    """Later ones are its consequences."""
    errors = [error("Too long", ["m0"]), error("Record not found", ["m0"])]
    found = verdicts(reply(200, {"data": {"m0": None}, "errors": errors}), ["a0"], "seed")
    assert found == [Refused("Too long", transient=False)]


def test_a_limit_met_by_one_row_is_not_said_of_another() -> None:
    """A row without payload and error is not known to have met the limit of its neighbour."""
    body: Body = {
        "data": {"m0": echo("a0"), "m1": None, "m2": None},
        "errors": [error("TOO_MANY_REQUESTS", ["m1"])],
    }
    assert verdicts(reply(200, body, WAIT), SENT, "seed") == [
        Accepted(),
        Unavailable("TOO_MANY_REQUESTS", "endpoint", 7.0, of_row=True),
        Unattributed("TOO_MANY_REQUESTS", may_have_run=True),
    ]


@pytest.mark.parametrize(
    ("verdict", "outcome"),
    [
        (Accepted(), Accepted()),
        (Unattributed("no", may_have_run=False), Refused("no", transient=False)),
        (Unattributed("no", may_have_run=True), Unresolved("no")),
    ],
)
def test_a_row_sent_alone_always_has_an_outcome(verdict: Verdict, outcome: Verdict) -> None:
    """Refused only where it is proven that nothing ran."""
    assert settled(verdict) == outcome


@pytest.mark.parametrize(
    ("words", "code", "concerns"),
    [
        ("Unauthorized: this span is closed", None, "endpoint"),
        ("Too many requests for this span", None, "endpoint"),
        ("Slow down", "TOO_MANY_REQUESTS", "endpoint"),
        ("Not yours", "FORBIDDEN", "model"),
        ("Model not found", None, "model"),
    ],
)
def test_what_is_said_of_a_row_is_known_as_such(
    words: str, code: str | None, concerns: str
) -> None:
    """It tells the words as they are, and whom they would concern."""
    body: Body = {"data": {"m0": None}, "errors": [error(words, ["m0"], code)]}
    (found,) = verdicts(reply(200, body), ["a0"], "seed")
    assert isinstance(found, Unavailable)
    assert (found.message, found.concerns, found.of_row) == (words, concerns, True)
