"""Kills at random moments, also while the program recovers, with edits between them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Literal

from pydantic import JsonValue

from sheets_sync.sandbox.server import Sandbox
from tests.crash.facts import Facts, gather
from tests.crash.program import Order, Program
from tests.crash.story import BATCH, SETTLED, TITLES, Tabs
from tests.sandbox_client import Control
from tests.service import Cell, answer, short_key

CASES = 110
KILLS = (3, 3, 4)
"""In each round of edits; the further ones come while the program recovers from the one before."""
CONCURRENCY = 2
VERBS: tuple[Literal["once", "run"], ...] = ("once", "run")
STARTING = 0.2
"""Seconds that a start takes, about."""

Edit = Callable[[Tabs], None]


@dataclass
class Round:
    """What experts do while all is quiet, and what they correct after each kill."""

    edits: list[Edit]
    corrections: list[list[Edit]]


class Plot:
    """A random story, the same whether anything is killed or not."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        size = round(5 * 12 ** chance.random())  # 5 to 60, more often few
        rows = [self._row(number) for number in range(size)]
        self.review, self.second = rows[size // 3 :], rows[: size // 3]
        self._newest, self._last = size, len(self.review) + 1
        self.rounds = [
            Round(
                [self._edit() for _ in range(chance.randint(1, 8) if number else 0)],
                [[self._correction() for _ in range(chance.randint(0, 3))] for _ in range(kills)],
            )
            for number, kills in enumerate(KILLS)
        ]

    def _row(self, number: int) -> list[Cell]:
        note = f"Note {number}" if self._chance.random() < 0.5 else ""
        return answer(number, self._label(), self._chance.randint(0, 5), note, "Ada")

    def _label(self) -> str:
        return self._chance.choice(["Satisfactory", "Needs Improvement", "ok"])

    def _type(self, column: str, value: str | int) -> Edit:
        return partial(
            Tabs.type, cell=f"{column}{self._chance.randint(2, self._last)}", value=value
        )

    def _correction(self) -> Edit:
        if self._chance.random() < 0.5:
            return self._type("D", self._label())
        return self._type("E", self._chance.randint(0, 5))

    def _edit(self) -> Edit:
        match self._chance.choice(["correct", "correct", "note", "clear", "new", "delete", "sort"]):
            case "note":
                return self._type("F", f"Words {self._chance.random()}")
            case "clear":
                return self._type(self._chance.choice("DE"), "")
            case "new":
                self._newest += 1
                self._last += 1
                return partial(add_row, number=self._last, row=self._row(self._newest))
            case "delete" if self._last > 3:
                self._last -= 1
                return partial(delete_row, number=self._chance.randint(2, self._last))
            case "sort":
                return partial(sort, order=self._chance.choice(["ASCENDING", "DESCENDING"]))
            case _:
                return self._correction()


def add_row(tabs: Tabs, number: int, row: Sequence[Cell]) -> None:
    """An expert judges one more answer."""
    tabs.expert.type_rows(tabs.spreadsheet, f"Review!A{number}", [row])


def delete_row(tabs: Tabs, number: int) -> None:
    """An expert deletes a row."""
    rows: JsonValue = {
        "sheetId": 0,
        "dimension": "ROWS",
        "startIndex": number - 1,
        "endIndex": number,
    }
    tabs.change({"deleteDimension": {"range": rows}})


def sort(tabs: Tabs, order: str) -> None:
    """An expert sorts by the first column."""
    below_the_header: JsonValue = {"sheetId": 0, "startRowIndex": 1}
    by_span: JsonValue = [{"dimensionIndex": 0, "sortOrder": order}]
    tabs.change({"sortRange": {"range": below_the_header, "sortSpecs": by_span}})


@dataclass(frozen=True)
class Told:
    """How the story ended: the facts, the posts it took, and how long each round lasted (s)."""

    facts: Facts
    posts: int
    lasted: list[float]
    figures: Counter[str]


def tell(plot: Plot, folder: Path, usual: Sequence[float] | None, chance: Random) -> Told:
    """Tell it, with kills where it is known how long each round usually lasts."""
    folder.mkdir()
    figures: Counter[str] = Counter()
    lasted = []
    with on_sandbox(plot, folder) as tabs, Program(tabs.path) as program:
        for number, each in enumerate(plot.rounds):
            for edit in each.edits:
                edit(tabs)
            order = Order(number * SETTLED)
            begun = time.monotonic()
            for corrections in each.corrections:
                if usual is None:
                    program.obey(order)
                else:
                    moment = chance.uniform(0, 1.2 * usual[number] + STARTING)
                    figures += kill(program, order, moment, chance)
                for correct in corrections:
                    correct(tabs)
            program.obey(order)
            lasted.append((time.monotonic() - begun) / (1 + len(each.corrections)))
        for number in range(len(plot.rounds), len(plot.rounds) + 2):
            program.obey(Order(number * SETTLED))
        posts = tabs.control.calls().arize.mutations
        tabs.control.forget_calls()
        program.obey(Order((len(plot.rounds) + 2) * SETTLED))
        program.obey(Order(None))
        calls = tabs.control.calls()
        assert (calls.writes, calls.arize.mutations) == (0, 0), "a further pass changed something"
        return Told(gather(tabs, TITLES), posts, lasted, figures)


def kill(program: Program, order: Order, moment: float, chance: Random) -> Counter[str]:
    """Kill `once` or `run` so many seconds after it was told to do that; what was met."""
    verb = chance.choice(VERBS)
    program.ask(replace(order, verb=verb))
    is_late = program.is_done(moment)
    program.kill()
    return Counter({"kills": 1, f"of {verb}": 1, "after the end": int(is_late)})


@contextmanager
def on_sandbox(plot: Plot, folder: Path) -> Iterator[Tabs]:
    """The two tabs on a sandbox of their own, where Arize takes its time."""
    with Sandbox(key=short_key()) as sandbox, Control(sandbox.contact) as control:
        tabs = Tabs(
            sandbox.contact,
            control,
            folder,
            rows=plot.review,
            second=plot.second,
            arize={"concurrency": CONCURRENCY, "batch_size": BATCH},
            sections={"hold": {"rows": 10_000}},
        )
        control.fault("arize", latency_ms=50)
        yield tabs


def run(case: int, folder: Path) -> dict[str, int | float]:
    """One story without kills and once more with them: both must end the same."""
    plot = Plot(Random(case))  # noqa: S311 - no secret depends on it
    chance = Random(case)  # noqa: S311 - likewise
    wanted = tell(plot, folder / "uninterrupted", None, chance)
    found = tell(plot, folder / "killed", wanted.lasted, chance)
    different = found.facts.differences(wanted.facts)
    assert not different, different
    assert found.facts.interrupted <= CONCURRENCY * BATCH * sum(KILLS)
    assert found.posts <= wanted.posts + 2 * found.facts.interrupted
    figures = {"rows": len(plot.review) + len(plot.second), "posts": found.posts}
    return {**found.figures, **figures, "interrupted": found.facts.interrupted}
