"""The demo: experts and the service work together on a sandbox, and the terminal shows it."""

from __future__ import annotations

import csv
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from string import Template
from tempfile import TemporaryDirectory
from typing import TypeAlias
from zoneinfo import ZoneInfo

from rich.live import Live

from sheets_sync.app import App, first_look, opened
from sheets_sync.cli import demo_screen as screen
from sheets_sync.cli.demo_pages import shown
from sheets_sync.cli.demo_sandbox import Contact, Expert, Line, Sandbox, started
from sheets_sync.cli.demo_signals import end_on_signals
from sheets_sync.cli.demo_verdict import LABEL, REVIEWER, SCORE, SPAN, STARTED, Verdict, judge
from sheets_sync.config import Config, load
from sheets_sync.engine.schedule import once, run
from sheets_sync.errors import ConfigError
from sheets_sync.observability.logs import configure_logging
from sheets_sync.operations.provisioning import carry_out, planned

TAB, ZONE, MODEL = "Review", "Europe/Berlin", "TW9kZWw6MTE4MjA0OnNob3A="
READING = 6.0
"""Seconds that each picture stays for a reader."""
PATIENCE = 60.0
"""Seconds until a change that does not arrive is taken for a failure."""

_JUDGED_LATE = (
    "5f7cb92aafc286ae",
    "Does the repair kit work on silicone-coated tents?",
    "No. For silicone you need the kit with the blue cap; tape does not hold on it.",
    "assist-2.1",
    "2026-11-18 11:20",
    "Satisfactory",
    "4",
    "The answer I was hoping for 👍",
    "Ada",
    "TRUE",
)

Settle: TypeAlias = Callable[[str, int], None]
"""Lets the service work until all agrees; given what happens, and the row to look at."""


@dataclass
class Scene:
    """The sandbox, a person in its spreadsheet, and what happened so far."""

    sandbox: Sandbox
    expert: Expert
    config: Path
    columns: list[str]
    deleted: list[Line] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)

    def verdict(self) -> Verdict:
        """Whether sheet, statuses and Arize agree now."""
        lines = self.expert.lines(unformatted=True)
        return judge(lines, self.sandbox.annotations(), self.deleted)

    def find(self, header: str, text: str) -> Line:
        """The row with this text under this header, its cells as they are stored."""
        lines = self.expert.lines(unformatted=True)
        return next(line for line in lines if line.text(header) == text)

    def type(self, number: int, header: str, text: str) -> None:
        """Type into one cell."""
        self.expert.type(f"{chr(65 + self.columns.index(header))}{number}", [[text]])


def show(table: Path | None, config: Path | None, *, waits: bool) -> int:
    """Run the demo, on a table of the user's own if both files are given; returns the exit code.

    0: all agrees; 1: something differs, which is said. `waits` lets a reader follow. Raises
    `ConfigError` for files that cannot be used.
    """
    end_on_signals(threading.Event(), waits=waits)
    if table is not None and config is not None:
        from sheets_sync.cli.demo_table import show_table

        return show_table(table, config, waits=waits)
    if table is not None or config is not None:
        lacking = "--config FILE.yaml" if config is None else "--table FILE.csv"
        raise ConfigError([f"{lacking} is missing: a table and its configuration belong together"])
    return _show_answers(waits=waits)


def _show_answers(*, waits: bool) -> int:
    began = time.monotonic()
    with TemporaryDirectory(prefix="sheets-sync-demo-") as name, started(Path(name)) as contact:
        scene = _set_up(Path(name), contact)
        config = load(scene.config, {})
        configure_logging(config.log.level, config.log.format)
        _prepare(config)
        _introduce(scene)
        with opened(config, writes=True) as app:
            end_on_signals(app.context.stopping, waits=waits)
            if not waits:
                with _passing(app, scene) as settle:
                    _tell(scene, settle)
                return _conclude(scene, time.monotonic() - began)
            with shown(contact, scene.expert.spreadsheet, app, scene.config) as say_pages:
                time.sleep(READING)
                with _following(app, scene) as settle:
                    _tell(scene, settle)
                    _conclude(scene, time.monotonic() - began)
                    screen.say("\nThe service goes on, and the sheet is yours. Ctrl-C ends it.")
                    say_pages()
                    return _until_told_to_end(app)


def _set_up(folder: Path, contact: Contact) -> Scene:
    sandbox = Sandbox(contact)
    package = files("sheets_sync.cli")
    with package.joinpath("demo_answers.csv").open(encoding="utf-8") as file:
        columns, *rows = csv.reader(file)
    spreadsheet = sandbox.new_spreadsheet("Assistant answers", TAB, ZONE, person="Ada")
    expert = Expert(sandbox, spreadsheet, TAB)
    expert.type("A1", [columns, *rows])
    spans, starts = columns.index(SPAN), columns.index(STARTED)
    times = {row[spans]: _moment(row[starts]) for row in [*rows, _JUDGED_LATE] if row[spans]}
    sandbox.add_spans(MODEL, {span: moment for span, moment in times.items() if moment})
    folder.joinpath("arize.key").write_text("sandbox\n")
    config = folder / "sheets.yaml"
    template = Template(package.joinpath("demo_answers.yaml").read_text("utf-8"))
    places = {
        **contact.model_dump(),
        "spreadsheet": spreadsheet,
        "model": MODEL,
        "worksheet": TAB,
        "api_key_file": folder / "arize.key",
        "state_file": folder / "state.db",
    }
    config.write_text(template.substitute(places), encoding="utf-8")
    return Scene(sandbox, expert, config, columns)


def _prepare(config: Config) -> None:
    """Provision the sheet, as `sheets-sync provision` does."""
    with first_look(config.google, None) as look:
        names = [mapping.name for mapping in config.mappings]
        carry_out(look.sheets, planned(look.sheets, config.mappings, names, removes=False))


def _moment(text: str) -> str | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE)).isoformat()
    except ValueError:
        return None


def _introduce(scene: Scene) -> None:
    screen.say(f"Google and Arize, played by a sandbox:  {scene.sandbox.contact.pages}")
    screen.say(f"The service's configuration:            {scene.config}")
    screen.say("Both are gone when the demo ends.", "dim")
    screen.heading("A spreadsheet: experts judge what a shop's assistant answered")
    screen.say(
        "Ada made it; `sheets-sync provision` prepared it: notes, dropdowns, colours.", "dim"
    )
    screen.show(screen.sheet(scene.expert.lines()))


def _tell(scene: Scene, settle: Settle) -> None:
    screen.heading("The service: reads the sheet, posts to Arize, writes the status column")
    settle("The service works on the sheet for the first time", 2)
    screen.show(screen.sheet(scene.expert.lines()))
    _count(scene, [line.text(SPAN) for line in scene.verdict().synced])

    screen.heading("Ada goes on working")
    typo = scene.find(LABEL, "Satisfactroy")
    scene.type(typo.number, LABEL, "Satisfactory")
    _look(scene, settle, f'She corrects "Satisfactroy" in row {typo.number}', typo.number)
    _count(scene, [typo.text(SPAN)])

    judged = scene.find("Question", "Do you ship to Norway?")
    scene.type(judged.number, SCORE, "0")
    said = f"She thinks again about row {judged.number}: helpfulness 0 instead of 4"
    _look(scene, settle, said, judged.number)
    _count(scene, [judged.text(SPAN)])

    last = scene.expert.lines()[-1].number
    scene.expert.sort(scene.columns.index(REVIEWER), last)
    moved = scene.find(LABEL, "NEEDS IMPROVEMENT").number
    _look(scene, settle, f"She sorts all rows by {REVIEWER}", moved)
    _count(scene, [])

    scene.expert.insert(5, _JUDGED_LATE)
    _look(scene, settle, "She inserts a row and judges it", 5)
    _count(scene, [_JUDGED_LATE[0]])

    test = scene.find("Question", "Test test, is this thing on?")
    scene.expert.delete(test.number)
    scene.deleted.append(test)
    _look(scene, settle, f"She deletes row {test.number}, a test", test.number)
    _count(scene, [])


def _look(scene: Scene, settle: Settle, said: str, number: int) -> None:
    """Let the service follow, and show the row with its neighbours."""
    settle(said, number)
    screen.say(f"\n{said}.", "bold")
    near = [line for line in scene.expert.lines() if abs(line.number - number) <= 2]
    screen.show(screen.sheet(near))


def _count(scene: Scene, wanted: list[str]) -> None:
    """Say how many posts it took; another number, or other rows, is a surprise."""
    sent, records = scene.sandbox.posts_since()
    rows = "the valid rows" if len(wanted) > 1 else "that row" if wanted else "no row"
    screen.say(f"Posted to Arize: {sent} ({rows}).")
    if sent != len(wanted) or sorted(records) != sorted(wanted):
        scene.surprises.append(
            f"{sent} posts were sent, for {', '.join(records) or 'no row'}; "
            f"{len(wanted)} were due, for {', '.join(wanted) or 'no row'}"
        )


@contextmanager
def _passing(app: App, _: Scene) -> Iterator[Settle]:
    """The service as single passes, each until nothing is due."""

    def settle(_said: str, _number: int) -> None:
        once(app.context, app.config.mappings, app.drains)  # its troubles show in the verdict

    yield settle


@contextmanager
def _following(app: App, scene: Scene) -> Iterator[Settle]:
    """The service as it runs for good, while the screen follows."""
    service = threading.Thread(target=run, args=(app.context, app.config.mappings, app.drains))
    service.start()

    def follow(said: str, number: int) -> None:
        began = time.monotonic()
        with Live(console=screen.console, transient=True, auto_refresh=False) as live:
            while (passed := time.monotonic() - began) < PATIENCE:
                live.update(screen.window(scene.expert.lines(), number, said), refresh=True)
                if passed > READING and not scene.verdict().differences:
                    break
                time.sleep(0.5)

    try:
        yield follow
    finally:
        app.context.stopping.set()
        service.join()


def _until_told_to_end(app: App) -> int:
    app.context.stopping.wait()
    return 0


def _conclude(scene: Scene, seconds: float) -> int:
    verdict = scene.verdict()
    screen.heading("How it ends")
    screen.show(screen.sheet(scene.expert.lines()))
    screen.say(
        f"\n{len(verdict.synced)} valid rows are Synced, {len(verdict.wrong)} wrong ones say why, "
        f"{len(verdict.waiting)} wait for their experts."
    )
    screen.say(
        f"Arize holds the {verdict.asked} annotations of the valid rows, and {verdict.kept} of the "
        "deleted row: Arize cannot delete."
    )
    for difference in (differences := scene.surprises + verdict.differences):
        screen.say(difference, "red")
    if differences:
        screen.say(f"{len(differences)} differences, after {seconds:.0f} seconds.", "bold red")
        return 1
    screen.say(f"Sheet, statuses and Arize agree, after {seconds:.0f} seconds.", "bold green")
    return 0
