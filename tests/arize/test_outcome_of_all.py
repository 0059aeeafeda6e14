from __future__ import annotations

import pytest

from sheets_sync.arize.answer import NoAnswer, NotSent, Reply
from sheets_sync.arize.outcome import Unattributed, Verdict, verdicts
from sheets_sync.domain.delivery import Accepted, Unavailable, Unresolved
from tests.arize.replies import SENT, WAIT, error, failure, reply

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
        reply(401, {"errors": [error("Unauthorized")]}),
        Unavailable(
            KEY_REFUSED + "HTTP 401: Unauthorized; check `api_key`", "endpoint", needs_person=True
        ),
    ),
    (
        "403 for want of a right",
        reply(403, "This user does not have developer permissions"),
        Unavailable(
            KEY_REFUSED + "HTTP 403: This user does not have developer permissions; "
            "this key cannot write: ask for Developer Access",
            "endpoint",
            needs_person=True,
        ),
    ),
    (
        "403 page",
        reply(403, "<html>no</html>"),
        Unavailable(
            KEY_REFUSED + "HTTP 403; check `api_key`, and whether it has Developer Access",
            "endpoint",
            needs_person=True,
        ),
    ),
    (
        "404",
        reply(404, "<html>Not found</html>"),
        Unavailable(NO_GRAPHQL + "(HTTP 404)", "endpoint", needs_person=True),
    ),
    (
        "405",
        reply(405, ""),
        Unavailable(NO_GRAPHQL + "(HTTP 405)", "endpoint", needs_person=True),
    ),
    (
        "redirect",
        reply(302, ""),
        Unavailable(NO_GRAPHQL + "(HTTP 302)", "endpoint", needs_person=True),
    ),
    (
        "400 without GraphQL",
        reply(400, "bad"),
        Unavailable(NO_GRAPHQL + "(HTTP 400: bad)", "endpoint", needs_person=True),
    ),
    (
        "429 with JSON errors",
        reply(429, {"errors": [error("TOO_MANY_REQUESTS: wait")]}, WAIT),
        Unavailable("HTTP 429: TOO_MANY_REQUESTS: wait", "endpoint", 7.0),
    ),
    ("429 without a body", reply(429, ""), Unavailable("HTTP 429", "endpoint")),
    (
        "rate limit at 200",
        reply(200, {"data": None, "errors": [error("Rate limit exceeded")]}, WAIT),
        Unavailable("Rate limit exceeded", "endpoint", 7.0),
    ),
    (
        "rate limit at 200 by code",
        reply(200, {"errors": [error("Slow down", code="TOO_MANY_REQUESTS")]}, WAIT),
        Unavailable("Slow down", "endpoint", 7.0),
    ),
    (
        "key refused at 200",
        reply(200, {"errors": [error("Log in first", code="UNAUTHENTICATED")]}),
        Unavailable(KEY_REFUSED + "Log in first; check `api_key`", "endpoint", needs_person=True),
    ),
    (
        "500 with JSON errors",
        reply(500, {"errors": [error("Oops")]}),
        Unresolved("HTTP 500: Oops"),
    ),
    ("502 page", reply(502, "<html>Bad gateway</html>"), Unresolved("HTTP 502")),
    ("503", reply(503, "busy", WAIT), Unresolved("HTTP 503: busy", 7.0)),
    ("408", reply(408, ""), Unresolved("HTTP 408")),
    (
        "200 page",
        reply(200, "<html>Welcome</html>"),
        Unresolved("the answer is not GraphQL; check `endpoint` (HTTP 200)"),
    ),
    (
        "200 with JSON that is not GraphQL",
        reply(200, {"ok": True}),
        Unresolved('the answer is not GraphQL; check `endpoint` ({"ok": true})'),
    ),
    (
        "unknown field in the document",
        reply(400, {"errors": [error('Cannot query field "result" on type "X".')]}),
        Unavailable(
            'the schema does not fit dialect "seed", check `dialect`: '
            'Cannot query field "result" on type "X".',
            "endpoint",
            needs_person=True,
        ),
    ),
    (
        "validation by code",
        reply(200, {"errors": [error("Nope", code="GRAPHQL_VALIDATION_FAILED")]}),
        Unavailable(
            'the schema does not fit dialect "seed", check `dialect`: Nope',
            "endpoint",
            needs_person=True,
        ),
    ),
    (
        "unknown field in a variable",
        reply(
            400,
            {
                "errors": [
                    error(
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
        reply(
            400,
            {
                "errors": [
                    error(
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
        reply(400, {"errors": [error("Complexity 1200 is over 1000")]}),
        Unattributed(
            "HTTP 400: Complexity 1200 is over 1000", may_have_run=False, too_complex=True
        ),
    ),
    ("413", reply(413, ""), Unattributed("HTTP 413", may_have_run=False)),
    (
        "a request error without data",
        reply(200, {"errors": [error("Not today")]}),
        Unattributed("Not today", may_have_run=False),
    ),
    (
        "an error without a path beside null data",
        reply(200, {"data": None, "errors": [error("Not today")]}),
        Unattributed("Not today", may_have_run=True),
    ),
    (
        "a bad request beside null data",
        reply(400, {"data": None, "errors": [error("Not today")]}),
        Unattributed("HTTP 400: Not today", may_have_run=False),
    ),
    (
        "an internal error without data",
        reply(200, {"errors": [error("Oops", code="INTERNAL_SERVER_ERROR")]}),
        Unattributed("Oops", may_have_run=True),
    ),
    (
        "null data and no error",
        reply(200, {"data": None}),
        Unattributed("HTTP 200", may_have_run=True),
    ),
]


@pytest.mark.parametrize(("reply", "verdict"), [row[1:] for row in OF_ALL], ids=lambda _: "")
def test_what_holds_for_all_rows(reply: Reply, verdict: Verdict) -> None:
    """An answer that speaks of no row says the same of each."""
    assert verdicts(reply, SENT, "seed") == [verdict] * 3


@pytest.mark.parametrize(
    "reply", [row[1] for row in OF_ALL] + [reply(200, {"data": {"m0": failure("=1+1\n" * 99)}})]
)
def test_messages_fit_a_cell(reply: Reply) -> None:
    """Every message is one line of at most 200 characters and no formula."""
    for verdict in verdicts(reply, ["a0"], "config"):
        assert not isinstance(verdict, Accepted)
        assert 0 < len(verdict.message) <= 200
        assert verdict.message.isprintable()
        assert verdict.message[0] not in "=+-@"
