from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias, assert_never

import pytest
from pydantic import TypeAdapter
from structlog.testing import capture_logs

from sheets_sync.domain.delivery import (
    Accepted,
    Dialect,
    Outcome,
    Refused,
    Unavailable,
    Unresolved,
)
from sheets_sync.sandbox.server import Sandbox
from tests.sandbox_client import Control
from tests.semantics.scripted import Said, Scripted, served
from tests.semantics.story import BEGIN, Story
from tests.semantics.tables import Line, each_line, plain, table
from tests.service import answer, span

TOPIC = "arize"
TITLE = "What Arize answers, and what follows"
NO_REASON = '{"data": {"m0": {"result": {"__typename": "UpdateAnnotationSuccess"}}}}'
NOT_FOUND = '{"data": {"m0": null}, "errors": [{"message": "Record 0001 was not found"}]}'.replace(
    '"}]', '", "path": ["m0"]}]'
)

Begin: TypeAlias = Callable[[Scripted, int], Story]


@pytest.fixture
def begin(sandbox: Sandbox, control: Control, tmp_path: Path) -> Iterator[Begin]:
    """Start a scripted Arize, and a story of judged rows that go there."""
    with ExitStack() as stack:

        def start(scripted: Scripted, rows: int = 1) -> Story:
            stack.enter_context(served(scripted))
            story = Story(
                sandbox.contact,
                control,
                tmp_path,
                rows=[answer(number, "A", "", "", "Ada") for number in range(1, rows + 1)],
                arize={"endpoint": scripted.url, "dialect": scripted.dialect, "concurrency": 1},
                mapping={"start_time": {"column": "Started", "lookback": "0s"}},
            )
            stack.enter_context(story.stack)
            return story

        yield start


def dialect(line: Line) -> Dialect:
    """The dialect of a line."""
    return TypeAdapter[Dialect](Dialect).validate_python(line["dialect"])


def policy(outcome: Outcome) -> str:
    """What the page calls an outcome."""
    match outcome:
        case Accepted():
            return "accepted"
        case Refused(transient=transient):
            return "refused for now" if transient else "refused"
        case Unresolved():
            return "unresolved"
        case Unavailable(of_row=True):
            return "refused for now"
        case Unavailable(concerns=concerns, needs_person=needs_person):
            return f"{concerns} out" + (", ask a person" if needs_person else "")
        case never:
            assert_never(never)


def shown(status: str) -> str:
    """A status as the page writes it."""
    return status.replace("`", "")


def sent_again(story: Story, scripted: Scripted, wait: str) -> bool:
    """Whether, all being well now, the row is sent after this wait and not before."""
    asked = scripted.asked
    seconds = 86_400 if wait == "never" else int(wait.removesuffix(" s"))
    story.now += seconds - 1
    story.go()
    too_early = scripted.asked > asked
    story.now += 1
    story.go()
    return scripted.asked > asked and not too_early


def check(begin: Begin, line: Line) -> None:
    """Let Arize answer this, and hold what follows against the line."""
    said = Said(int(line["status"]), plain(line["body"]), line["Retry-After"])
    scripted = Scripted([said], dialect(line), afterwards=None)
    story = begin(scripted, 1)
    with capture_logs() as logs:
        story.go()
    assert policy(story.outcomes[0]) == line["policy"]
    assert shown(story.status) == plain(line["shown"])
    assert [log["event"] for log in logs if log.keys() & {"record", "records"}] == [line["logged"]]
    assert sent_again(story, scripted, line["next"]) == (line["next"] != "never")


@each_line(TOPIC, "HTTP decides")
def test_an_answer_that_http_decides(begin: Begin, line: Line) -> None:
    """The status says whom it concerns and whether it may pass."""
    check(begin, line)


@each_line(TOPIC, "GraphQL refuses the request")
def test_an_answer_that_speaks_of_the_request(begin: Begin, line: Line) -> None:
    """It is refused only where nothing can have run."""
    check(begin, line)


@each_line(TOPIC, "GraphQL answers the row")
def test_an_answer_that_speaks_of_the_row(begin: Begin, line: Line) -> None:
    """Accepted only where the payload proves it."""
    check(begin, line)


def started(text: str) -> str:
    """The time that `26 hours ago` or `in an hour` means."""
    if text == "in an hour":
        ahead = timedelta(hours=1)
    else:
        found = re.fullmatch(r"(\d+) (minute|hour)s? ago", text)
        assert found
        ahead = -timedelta(**{f"{found[2]}s": int(found[1])})
    return f"{datetime.fromtimestamp(BEGIN, UTC) + ahead:%Y-%m-%dT%H:%M:%SZ}"


@each_line(TOPIC, "A record that Arize does not find")
def test_a_record_that_is_not_found(begin: Begin, line: Line) -> None:
    """A young one may be indexed later; an old one never will be."""
    story = begin(Scripted([], afterwards=Said(200, NOT_FOUND)), 1)
    story.type("C2", started(line["the start time was"]))
    story.go()
    assert story.status == plain(line["what happens"])


def test_a_young_record_is_looked_for_until_it_is_there(begin: Begin) -> None:
    """Arize finds it after half an hour, and nobody had to do anything."""
    scripted = Scripted([], afterwards=Said(200, NOT_FOUND))
    story = begin(scripted, 1)
    story.type("C2", started("1 minute ago"))
    for _ in range(7):
        story.go()
        story.now += 300
    scripted.afterwards = None
    story.go()
    assert story.status == "Synced 24 Nov 09:35"
    assert scripted.asked == 8


@each_line(TOPIC, "One answer for three rows")
def test_one_answer_for_three_rows(begin: Begin, line: Line) -> None:
    """Each row gets what the answer says of it, and is asked for alone where it says nothing."""
    alone = Said(200, plain(line["alone"])) if line["alone"] else None
    together = Said(int(line["status"]), plain(line["body"]))
    story = begin(Scripted([together], afterwards=alone), 3)
    story.go()
    statuses = story.statuses()
    expected = [plain(line[column]) for column in ("first", "second", "third")]
    assert [statuses[span(number)] for number in (1, 2, 3)] == expected


def answers(text: str) -> Sequence[Said]:
    """The answers that `401 x 30, 500` means."""
    found = []
    for part in text.split(", "):
        what, _, times = part.partition(" x ")
        said = Said(200, NO_REASON) if what == "no reason" else Said(int(what))
        found += [said] * int(times or 1)
    return found


@each_line(TOPIC, "Again and again")
def test_the_same_answer_again_and_again(begin: Begin, line: Line) -> None:
    """Only what may be the row's own fault is counted against it."""
    said = answers(line["answers"])
    story = begin(Scripted([*said], dialect(line)), 1)
    for _ in said:
        story.go()
        story.now += 3600
    assert shown(story.status) == plain(line["shown in the end"])


def test_every_policy_is_explained_and_met() -> None:
    """The page's first table and its lines speak of the same policies."""
    explained = {line["policy"] for line in table(TOPIC, TITLE)}
    met = {
        line["policy"].replace("endpoint out, ask", "… ask").replace("model out, ask", "… ask")
        for heading in ("HTTP decides", "GraphQL refuses the request", "GraphQL answers the row")
        for line in table(TOPIC, heading)
    }
    assert met <= explained
    assert explained - met == {"model out"}
