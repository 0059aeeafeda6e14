from __future__ import annotations

import json
from typing import TypeAlias

import pytest

from sheets_sync.arize.answer import NoAnswer, NotSent, Reply, read_answer
from sheets_sync.arize.outcome import Unattributed, Verdict, settled, verdicts
from sheets_sync.domain.delivery import Accepted, Dialect, Refused, Unavailable, Unresolved

Body: TypeAlias = dict[str, object]

SENT = ["a0", "a1", "a2"]
WAIT = {"Retry-After": "7"}


def _reply(status: int, body: Body | str, headers: dict[str, str] | None = None) -> Reply:
    raw = body if isinstance(body, str) else json.dumps(body)
    return read_answer(status, headers or {}, raw.encode(), "ak-0123456789")


def _error(message: str, path: list[str] | None = None, code: str | None = None) -> Body:
    error: Body = {"message": message}
    if path is not None:
        error["path"] = path
    if code is not None:
        error["extensions"] = {"code": code}
    return error


def _echo(attempt: str) -> Body:
    return {"clientMutationId": attempt}


SUCCESS: Body = {"result": {"__typename": "UpdateAnnotationSuccess", "success": True}}


def _failure(message: str) -> Body:
    return {"result": {"__typename": "UpdateAnnotationError", "message": message}}


KEY_REFUSED = "Arize refused the key: "
NO_GRAPHQL = "no GraphQL at this URL; check `endpoint` "

OF_ALL: list[tuple[str, Reply, Verdict]] = [
    (
        "nothing left the machine",
        NotSent("refused"),
        Unavailable("refused", "endpoint"),
    ),
    (
        "an untrusted certificate",
        NotSent("not trusted", needs_person=True),
        Unavailable("not trusted", "endpoint", needs_person=True),
    ),
    ("no answer", NoAnswer("cut"), Unresolved("cut")),
    (
        "401",
        _reply(401, {"errors": [_error("Unauthorized")]}),
        Unavailable(
            KEY_REFUSED + "HTTP 401: Unauthorized; check `api_key`", "endpoint", needs_person=True
        ),
    ),
    (
        "403 for want of a right",
        _reply(403, "This user does not have developer permissions"),
        Unavailable(
            KEY_REFUSED + "HTTP 403: This user does not have developer permissions; "
            "a key needs Developer Access",
            "endpoint",
            needs_person=True,
        ),
    ),
    (
        "403 page",
        _reply(403, "<html>no</html>"),
        Unavailable(KEY_REFUSED + "HTTP 403; check `api_key`", "endpoint", needs_person=True),
    ),
    (
        "404",
        _reply(404, "<html>Not found</html>"),
        Unavailable(NO_GRAPHQL + "(HTTP 404)", "endpoint", needs_person=True),
    ),
    (
        "405",
        _reply(405, ""),
        Unavailable(NO_GRAPHQL + "(HTTP 405)", "endpoint", needs_person=True),
    ),
    (
        "redirect",
        _reply(302, ""),
        Unavailable(NO_GRAPHQL + "(HTTP 302)", "endpoint", needs_person=True),
    ),
    (
        "400 without GraphQL",
        _reply(400, "bad"),
        Unavailable(NO_GRAPHQL + "(HTTP 400: bad)", "endpoint", needs_person=True),
    ),
    (
        "429 with JSON errors",
        _reply(429, {"errors": [_error("TOO_MANY_REQUESTS: wait")]}, WAIT),
        Unavailable("HTTP 429: TOO_MANY_REQUESTS: wait", "endpoint", 7.0),
    ),
    ("429 without a body", _reply(429, ""), Unavailable("HTTP 429", "endpoint")),
    (
        "rate limit at 200",
        _reply(200, {"data": None, "errors": [_error("Rate limit exceeded")]}, WAIT),
        Unavailable("Rate limit exceeded", "endpoint", 7.0),
    ),
    (
        "rate limit at 200 by code",
        _reply(200, {"errors": [_error("Slow down", code="TOO_MANY_REQUESTS")]}, WAIT),
        Unavailable("Slow down", "endpoint", 7.0),
    ),
    (
        "key refused at 200",
        _reply(200, {"errors": [_error("Log in first", code="UNAUTHENTICATED")]}),
        Unavailable(KEY_REFUSED + "Log in first; check `api_key`", "endpoint", needs_person=True),
    ),
    (
        "500 with JSON errors",
        _reply(500, {"errors": [_error("Oops")]}),
        Unresolved("HTTP 500: Oops"),
    ),
    ("502 page", _reply(502, "<html>Bad gateway</html>"), Unresolved("HTTP 502")),
    ("503", _reply(503, "busy", WAIT), Unresolved("HTTP 503: busy")),
    ("408", _reply(408, ""), Unresolved("HTTP 408")),
    (
        "200 page",
        _reply(200, "<html>Welcome</html>"),
        Unresolved("the answer is not GraphQL; check `endpoint` (HTTP 200)"),
    ),
    (
        "200 with JSON that is not GraphQL",
        _reply(200, {"ok": True}),
        Unresolved('the answer is not GraphQL; check `endpoint` ({"ok": true})'),
    ),
    (
        "unknown field in the document",
        _reply(400, {"errors": [_error('Cannot query field "result" on type "X".')]}),
        Unavailable(
            'the schema does not fit dialect "seed", check `dialect`: '
            'Cannot query field "result" on type "X".',
            "endpoint",
            needs_person=True,
        ),
    ),
    (
        "validation by code",
        _reply(200, {"errors": [_error("Nope", code="GRAPHQL_VALIDATION_FAILED")]}),
        Unavailable(
            'the schema does not fit dialect "seed", check `dialect`: Nope',
            "endpoint",
            needs_person=True,
        ),
    ),
    (
        "unknown field in a variable",
        _reply(
            400,
            {
                "errors": [
                    _error(
                        'Variable "$i0" got invalid value {}; '
                        'Field "annotations" is not defined by type "UpdateAnnotationsInput".'
                    )
                ]
            },
        ),
        Unavailable(
            'the schema does not fit dialect "seed", check `dialect`: Variable "$i0" got invalid '
            'value {}; Field "annotations" is not defined by type "UpdateAnnotationsInput".',
            "endpoint",
            needs_person=True,
        ),
    ),
    (
        "unknown field in a variable, as graphql-core 3.3 says it",
        _reply(
            400,
            {
                "errors": [
                    _error(
                        "Variable '$i0' has invalid value: Expected value of type 'I' not to "
                        "include unknown field 'annotations', found: {}."
                    )
                ]
            },
        ),
        Unavailable(
            "the schema does not fit dialect \"seed\", check `dialect`: Variable '$i0' has invalid "
            "value: Expected value of type 'I' not to include unknown field 'annotations', "
            "found: {}.",
            "endpoint",
            needs_person=True,
        ),
    ),
    (
        "complexity",
        _reply(400, {"errors": [_error("Complexity 1200 is over 1000")]}),
        Unattributed("HTTP 400: Complexity 1200 is over 1000", may_have_run=False),
    ),
    ("413", _reply(413, ""), Unattributed("HTTP 413", may_have_run=False)),
    (
        "a request error without data",
        _reply(200, {"errors": [_error("Not today")]}),
        Unattributed("Not today", may_have_run=False),
    ),
    (
        "an error without a path beside null data",
        _reply(200, {"data": None, "errors": [_error("Not today")]}),
        Unattributed("Not today", may_have_run=True),
    ),
    (
        "a bad request beside null data",
        _reply(400, {"data": None, "errors": [_error("Not today")]}),
        Unattributed("HTTP 400: Not today", may_have_run=False),
    ),
    (
        "an internal error without data",
        _reply(200, {"errors": [_error("Oops", code="INTERNAL_SERVER_ERROR")]}),
        Unattributed("Oops", may_have_run=True),
    ),
    (
        "null data and no error",
        _reply(200, {"data": None}),
        Unattributed("HTTP 200", may_have_run=True),
    ),
]


@pytest.mark.parametrize(("reply", "verdict"), [row[1:] for row in OF_ALL], ids=lambda _: "")
def test_what_holds_for_all_rows(reply: Reply, verdict: Verdict) -> None:
    """An answer that speaks of no row says the same of each."""
    assert verdicts(reply, SENT, "seed") == [verdict] * 3


OF_ONE: list[tuple[str, str, str | None, Verdict]] = [
    ("refused", 'Label "Goood" is not allowed', None, Refused("", transient=False)),
    ("bad input", "label: too long", "BAD_USER_INPUT", Refused("", transient=False)),
    ("record", "Record e351 was not found", "NOT_FOUND", Refused("", transient=True)),
    ("span", "Could not find span e351", None, Refused("", transient=True)),
    ("record in a model", "Record not found in model X", None, Refused("", transient=True)),
    ("config", "Annotation configuration not found", None, Refused("", transient=False)),
    ("model", "Model not found", None, Unavailable("", "model", needs_person=True)),
    ("no such model", "No such model", None, Unavailable("", "model", needs_person=True)),
    ("no right", "Not for you", "FORBIDDEN", Unavailable("", "model", needs_person=True)),
    ("rate", "TOO_MANY_REQUESTS", None, Unavailable("", "endpoint", 7.0)),
    ("internal", "Oops", "INTERNAL_SERVER_ERROR", Unresolved("")),
    ("timeout", "The store timed out", None, Unresolved("")),
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
        "data": {"m0": _echo("a0"), "m1": None, "m2": _echo("a2")},
        "errors": [_error(message, ["m1"], code)],
    }
    found = verdicts(_reply(200, body, WAIT), SENT, "seed")
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
    body: Body = {"data": {"m0": SUCCESS, "m1": _failure(message), "m2": SUCCESS}}
    found = verdicts(_reply(200, body, WAIT), SENT, "config")
    assert [found[0], found[2]] == [Accepted(), Accepted()]
    assert type(found[1]) is type(expected)
    assert _without_message(found[1]) == _without_message(expected)


def _without_message(verdict: Verdict) -> list[object]:
    match verdict:
        case Refused():
            return [verdict.transient, verdict.retry_after]
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
    (found,) = verdicts(_reply(200, {"data": {"m0": payload}}), ["a0"], dialect)
    if expected is None:
        expected = Refused("not successful, without a reason", transient=True)
    if isinstance(expected, Unresolved):
        assert isinstance(found, Unresolved)
    else:
        assert found == expected


def test_a_missing_alias_leaves_its_row_open() -> None:
    """What is not in the answer is not attributed; what is, is."""
    found = verdicts(_reply(200, {"data": {"m0": _echo("a0"), "m2": _echo("a2")}}), SENT, "seed")
    assert found == [Accepted(), Unattributed("HTTP 200", may_have_run=True), Accepted()]


def test_a_variable_that_does_not_coerce_is_its_rows() -> None:
    """A coercion error names `$i2`; nothing ran, so the others may be sent again."""
    message = 'Variable "$i2" got invalid value \'24/11\' at "i2.startTime"; no DateTime'
    bodies: list[Body] = [
        {"errors": [_error(message, code="BAD_USER_INPUT")]},
        {"data": None, "errors": [_error(message)]},
    ]
    for body in bodies:
        found = verdicts(_reply(200, body), SENT, "seed")
        assert found[2] == Refused(message, transient=False)
        assert found[:2] == [Unattributed(message, may_have_run=False)] * 2


def test_an_error_beside_a_payload_proves_neither() -> None:
    """A row that has both is unresolved."""
    body: Body = {"data": {"m0": _echo("a0")}, "errors": [_error("Hm", ["m0", "clientMutationId"])]}
    assert verdicts(_reply(200, body), ["a0"], "seed") == [Unresolved("Hm")]


def test_a_document_that_ran_fits_the_schema() -> None:
    """Words about fields beside data are about a row."""
    body: Body = {
        "data": {"m0": None, "m1": _echo("a1"), "m2": _echo("a2")},
        "errors": [_error("The label is not defined for this model", ["m0"])],
    }
    refused = Refused("The label is not defined for this model", transient=False)
    assert verdicts(_reply(200, body), SENT, "seed") == [refused, Accepted(), Accepted()]


def test_the_first_of_several_errors_of_a_row_counts() -> None:
    """Later ones are its consequences."""
    errors = [_error("Too long", ["m0"]), _error("Record not found", ["m0"])]
    found = verdicts(_reply(200, {"data": {"m0": None}, "errors": errors}), ["a0"], "seed")
    assert found == [Refused("Too long", transient=False)]


def test_a_limit_met_by_one_row_is_not_said_of_another() -> None:
    """A row without payload and error is not known to have met the limit of its neighbour."""
    body: Body = {
        "data": {"m0": _echo("a0"), "m1": None, "m2": None},
        "errors": [_error("TOO_MANY_REQUESTS", ["m1"])],
    }
    assert verdicts(_reply(200, body, WAIT), SENT, "seed") == [
        Accepted(),
        Unavailable("TOO_MANY_REQUESTS", "endpoint", 7.0),
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
    "reply", [row[1] for row in OF_ALL] + [_reply(200, {"data": {"m0": _failure("=1+1\n" * 99)}})]
)
def test_messages_fit_a_cell(reply: Reply) -> None:
    """Every message is one line of at most 200 characters and no formula."""
    for verdict in verdicts(reply, ["a0"], "config"):
        assert not isinstance(verdict, Accepted)
        assert 0 < len(verdict.message) <= 200
        assert verdict.message.isprintable()
        assert verdict.message[0] not in "=+-@"
