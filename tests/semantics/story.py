"""Stories of the tables, step by step, on the whole service: `B; answer lost; pass; A; pass`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from pydantic import JsonValue

from sheets_sync.app import App, opened
from sheets_sync.domain.annotation import Annotation
from sheets_sync.domain.delivery import Outcome, Post, of_its_age
from sheets_sync.engine.deliver import Drain
from sheets_sync.engine.observe import observe
from sheets_sync.engine.protocols import Arize
from sheets_sync.engine.schedule import once
from sheets_sync.store.holds import resend
from sheets_sync.store.review import retry
from tests.service import Cell, Service, answer, span

BEGIN = datetime(2026, 11, 24, 9, 0, tzinfo=UTC).timestamp()
"""When every story begins: 24 Nov 09:00."""
LABELS = ["A", "B", "C"]

Act = Callable[[], object]


class Killed(BaseException):
    """The program is gone, as by `kill -9`."""


@dataclass
class Crossing:
    """The way to Arize and back, and what happens once on it."""

    arize: Arize
    story: Story

    def post(self, posts: Sequence[Post]) -> list[Outcome]:
        """Post them for real, with what happens before Arize has them and after it has answered."""
        story = self.story
        story.sent += [said(post.annotation, with_note=post.with_note) for post in posts]
        out, back, story.out, story.back = story.out, story.back, None, None
        if out:
            out()
        outcomes = self.arize.post(posts)
        story.outcomes += [
            of_its_age(outcome, post.annotation, story.now)
            for post, outcome in zip(posts, outcomes, strict=True)
        ]
        if back:
            back()
        return outcomes


def said(annotation: Annotation, *, with_note: bool) -> str:
    """What a post says, as the tables have it: `A 4 "Clear."`."""
    parts = [f"{m.value:g}" if isinstance(m.value, float) else m.value for m in annotation.metrics]
    return " ".join([*parts, f'"{annotation.note}"'] if with_note else parts)


@dataclass
class Story(Service):
    """One row of one tab, and whatever befalls it."""

    rows: Sequence[Sequence[Cell]] = (answer(1, "", "", "", "Ada"),)
    arize: dict[str, Any] = field(default_factory=lambda: {"dialect": "seed", "concurrency": 1})
    now: float = BEGIN
    sent: list[str] = field(default_factory=list)
    """What was posted, whether it arrived or not."""
    outcomes: list[Outcome] = field(default_factory=list)
    """What came of each."""
    out: Act | None = None
    back: Act | None = None
    """What happens on the next post's way to Arize, and on its way back."""
    stack: ExitStack = field(default_factory=ExitStack)
    running: App | None = None
    drains: list[Drain] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        (mapping,) = super().mappings()
        label, score = mapping["annotations"]
        label["label"] = {"column": "Adequacy", "values": LABELS}
        asked = [label | {"config_id": "Q29uZmlnOjE="}, score | {"config_id": "Q29uZmlnOjI="}]
        self.mapping = {"annotations": asked, **self.mapping}

    def tell(self, steps: str) -> None:
        """Do what a line of a table says, step by step."""
        for step in filter(None, map(str.strip, steps.split(";"))):
            self.step(step)

    def step(self, step: str) -> None:
        """Do one step. Raises `LookupError` for a phrase that no page explains."""
        for pattern, act in self.phrases().items():
            if found := re.fullmatch(pattern, step):
                act(*found.groups())
                return
        raise LookupError(f"no such step: {step!r}")

    def phrases(self) -> dict[str, Callable[..., object]]:
        """What the tables can say, and what is done then."""
        lost: dict[str, JsonValue] = {"action": "drop", "when": "after"}
        refused: dict[str, JsonValue] = {
            "action": "graphql_error",
            "message": "Not so",
            "code": "BAD_USER_INPUT",
            "path": ["m0"],
        }
        return {
            r"([A-C])": partial(self.type, "D2"),
            r"(\d)": lambda score: self.type("E2", int(score)),
            r"clear": partial(self.type, "D2", ""),
            r"no score": partial(self.type, "E2", ""),
            r'note "(.*)"': partial(self.type, "F2"),
            r"no note": partial(self.type, "F2", ""),
            r"started (.+)": partial(self.type, "C2"),
            r"look": self.look,
            r"pass": self.go,
            r"pass, (.+) on the way out": lambda step: self.go(out=partial(self.meanwhile, step)),
            r"pass, (.+) on the way back": lambda step: self.go(back=partial(self.meanwhile, step)),
            r"killed on the way out": lambda: self.be_killed(out=self.die),
            r"killed on the way back": lambda: self.be_killed(back=self.die),
            r"answer lost": partial(self.next_post, **lost),
            r"post lost": partial(self.next_post, action="drop"),
            r"limit": partial(self.next_post, action="status", status=429),
            r"refused": partial(self.next_post, **refused),
            r"(\d+) minutes? late": lambda minutes: self.next_post(
                action="drop", apply_after_ms=int(minutes) * 60_000
            ),
            r"all is well": self.control.end_faults,
            r"(\d+) minutes?": lambda minutes: self.wait(int(minutes) * 60),
            r"retry": self.retry,
            r"retry --note": partial(self.retry, note=True),
            r"rebuild --resend": self.resend,
        }

    def next_post(self, **fault: JsonValue) -> None:
        """Let the next post meet this."""
        self.control.fault("arize", match="updateAnnotations", times=1, **fault)

    def wait(self, seconds: float) -> None:
        """Let time pass, here and at Arize."""
        self.now += seconds
        self.control.advance(seconds)

    def app(self) -> App:
        """The program, started where it does not run, living in the story's time."""
        if self.running is None:
            app = self.stack.enter_context(opened(self.config(), writes=True))
            self.running = replace(app, context=replace(app.context, clock=lambda: self.now))
            self.drains = app.drains
            for drain in self.drains:
                drain.arize = Crossing(drain.arize, self)
        return self.running

    def stop(self) -> None:
        """End the program."""
        self.stack.close()
        self.running = None

    def go(self, *, out: Act | None = None, back: Act | None = None) -> None:
        """One pass."""
        app = self.app()
        self.out, self.back = out, back
        once(app.context, app.config.mappings, self.drains)

    def look(self) -> None:
        """Observe, and post nothing."""
        observe(self.app().context, self.spreadsheet, self.app().config.mappings)

    def meanwhile(self, step: str) -> None:
        """Do the step and look at once, while a post is on its way."""
        self.step(step)
        self.look()

    def die(self) -> None:
        """End in the middle of it."""
        raise Killed

    def be_killed(self, *, out: Act | None = None, back: Act | None = None) -> None:
        """A pass that does not come to its end."""
        try:
            self.go(out=out, back=back)
        except Killed:
            self.stop()
            return
        raise AssertionError("nothing was posted")

    def retry(self, *, note: bool = False) -> None:
        """What `sheets-sync retry` does."""
        with self.app().context.state.writing() as connection:
            retry(connection, key=None, mapping=None, note=note)

    def resend(self) -> None:
        """What `sheets-sync rebuild --resend` does."""
        app = self.app()
        with app.context.state.writing() as connection:
            for mapping in app.config.mappings:
                resend(connection, mapping.name, self.now)

    @property
    def held(self) -> str:
        """What Arize holds of the row, as the tables have it."""
        label, score = self.labels().get(span(1)), self.scores().get(span(1))
        return " ".join([*filter(None, [label]), *([] if score is None else [f"{score:g}"])])

    @property
    def notes(self) -> str:
        """The notes of the row's record, the oldest first."""
        found = [held.notes for held in self.control.annotations() if held.record_id == span(1)]
        return ", ".join(found[0] if found else [])

    @property
    def status(self) -> str:
        """What the row shows."""
        return self.statuses().get(span(1), "")
