from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from graphql import GraphQLError

from sheets_sync.arize.answer import Answer
from sheets_sync.arize.outcome import verdicts
from sheets_sync.domain.convert import Rejection
from sheets_sync.domain.delivery import Refused, Unavailable
from sheets_sync.domain.hold import Hold
from sheets_sync.domain.plan import digest_of
from sheets_sync.domain.row import Row
from sheets_sync.domain.status import Rival, Standing, standing_status, wanted_statuses
from tests.docs.pages import page
from tests.domain.mappings import BERLIN, cells, converter, review_mapping

CONTACT = "ops@example.com"
AT = datetime(2026, 11, 24, 9, 15, tzinfo=UTC).timestamp()
DELIVERED = Standing(
    digest="",
    state="delivered",
    problems="",
    withdrawn=None,
    delivered_at=AT,
    message="",
    retry_at=0.0,
    note_missing=False,
)


def explained() -> set[str]:
    """The texts that the experts' page explains."""
    return set(re.findall(r"^\| `(.+?)` \|", page("docs/experts.md"), re.MULTILINE))


def refused(status: int, message: str) -> str:
    """What an error of Arize for one row is called."""
    path = None if status != 200 else ["m0"]
    answer = Answer(status, data={}, errors=[GraphQLError(message, path=path)], has_data=True)
    (outcome,) = verdicts(answer, ["a"], "seed")
    assert isinstance(outcome, Refused | Unavailable)
    return outcome.message


def of_deliveries() -> Iterator[str]:
    """What rows show that are on their way to Arize."""
    standings: list[dict[str, Any]] = [
        {},
        {"state": "pending"},
        {"state": "pending", "delivered_at": None},
        {"kept": ("Helpfulness 4",)},
        {"kept": ('Adequacy "Satisfactory"',), "withdrawn": "unfinished"},
        {"note_missing": True},
        {"rival": Rival("Copy of Review", 12)},
        {
            "state": "pending",
            "message": "HTTP 503: Service unavailable",
            "retry_at": AT + 300,
        },
        {"state": "pending", "trouble": refused(403, "no developer access")},
        {"state": "held", "message": Hold("changed", 30).reason},
        {"state": "failed", "message": refused(200, "Record e351b661b957e727 was not found")},
    ]
    for changes in standings:
        yield standing_status(DELIVERED._replace(**changes), BERLIN, CONTACT)


def of_duplicates() -> Iterator[str]:
    """What two rows show that say different things of one record."""
    mapping = review_mapping()
    found = converter(mapping)
    rows = [
        Row("e351b661b957e727", 11, cells(mapping), ""),
        Row("e351b661b957e727", 12, cells(mapping, {"Helpfulness": 1}), ""),
    ]
    standing = DELIVERED._replace(state="rejected", digest=digest_of(found, rows))
    yield from wanted_statuses(found, rows, {"e351b661b957e727": standing}, CONTACT).values()


def of_cells() -> Iterator[str]:
    """What rows show that have a wrong cell."""
    mapping = review_mapping()
    for column, cell in (
        ("Adequacy", "Goood"),
        ("Helpfulness", 7),
        ("Helpfulness", "four"),
        ("Helpfulness", "1,200"),
        ("Span ID", None),
        ("Span ID", 4095713682091745),
        ("Started", None),
        ("Started", "Tuesday"),
        ("Adequacy", "#REF!"),
        ("Adequacy", "Loading..."),
    ):
        conversion = converter(mapping).convert(cells(mapping, {column: cell}))
        assert isinstance(conversion, Rejection)
        yield "; ".join(map(str, conversion.problems))


def test_experts_are_told_of_texts_that_rows_really_show() -> None:
    """Each text on their page comes out of the code letter by letter, and none is left out."""
    shown = {*of_deliveries(), *of_duplicates(), *of_cells()} - {"Same Span ID as row 11"}
    assert explained() == shown
