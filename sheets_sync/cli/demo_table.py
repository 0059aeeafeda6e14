"""The demo on a table of the user's own: a CSV file, and the configuration that is meant for it."""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

from pydantic import TypeAdapter
from rich.table import Table

from sheets_sync.app import opened
from sheets_sync.cli import demo_screen as screen
from sheets_sync.cli.demo_pages import shown
from sheets_sync.cli.demo_sandbox import Cell, Contact, Expert, Sandbox, started
from sheets_sync.cli.demo_signals import end_on_signals
from sheets_sync.cli.printing import print_overview
from sheets_sync.config import load
from sheets_sync.config.reading import read
from sheets_sync.domain.mapping import Mapping
from sheets_sync.domain.row import header_text
from sheets_sync.engine.schedule import once, run
from sheets_sync.errors import ConfigError
from sheets_sync.observability.logs import configure_logging
from sheets_sync.operations.overview import overview

MUTATIONS_PER_MINUTE = 6000
SHOWN_AT_MOST = 50

_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?")
_DIGITS = 15
"""A sheet keeps no more of a number (support.google.com/docs/answer/3093480)."""
_REPLACED = re.compile(r":\d+: (?:google|arize|state|alerts)\b|:\d+: mappings\[\d+\]\.spreadsheet:")

_Entries: TypeAlias = list[dict[str, object]]


def show_table(table: Path, config: Path, *, waits: bool) -> int:
    """Sync a CSV file with its configuration in the sandbox; returns the exit code.

    Raises `ConfigError` in plain words for files that cannot be used.
    """
    lines = read_table(table)
    data, entries, tab = _configuration(config)
    with TemporaryDirectory(prefix="sheets-sync-demo-") as name, started(Path(name)) as contact:
        sandbox = Sandbox(contact)
        sandbox.set(
            any_record=True,
            dialect=_dialect(data, entries),
            quotas={
                "arize_mutations": None,
                "arize_requests": None,
            },
        )
        spreadsheet = sandbox.add_spreadsheet(table.name, tab, lines, "Etc/GMT")
        for entry in entries:
            entry |= {"spreadsheet": spreadsheet, "worksheet": tab}
        written = _in_the_sandbox(data, entries, contact, Path(name))
        if len(lines) <= load(written, {}).mappings[0].header_row:
            raise ConfigError([f"{table}: no rows below the headers; nothing to show"])
        return _show(written, sandbox, Expert(sandbox, spreadsheet, tab), waits=waits)


def read_table(table: Path) -> list[list[Cell]]:
    """A CSV file's cells, plain numbers as numbers; raises `ConfigError` if there are none."""
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            lines = [[_cell(text) for text in line] for line in csv.reader(file, strict=True)]
    except OSError as error:
        raise ConfigError([f"{table}: {(error.strerror or 'cannot be read').lower()}"]) from None
    except UnicodeDecodeError:
        raise ConfigError([f"{table}: is not text in UTF-8; save it as CSV UTF-8"]) from None
    except csv.Error as error:
        raise ConfigError([f"{table}: is not CSV: {error}"]) from None
    if not lines:
        raise ConfigError([f"{table}: is empty"])
    return lines


def _cell(text: str) -> Cell:
    """As an import makes it: a number, unless digits of it would be lost."""
    if not text:
        return None
    if not _NUMBER.fullmatch(text) or sum(character.isdigit() for character in text) > _DIGITS:
        return text
    return float(text) if "." in text else int(text)


def _configuration(config: Path) -> tuple[dict[str, object], _Entries, str]:
    """The file's data, its mappings, and the one tab they name.

    What the sandbox replaces may be wrong in the file, or missing; all else may not.
    """
    try:
        load(config, os.environ)
    except ConfigError as error:
        if rest := [problem for problem in error.problems if not _REPLACED.search(problem)]:
            raise ConfigError(rest) from None
    data = read(config).data
    entries = TypeAdapter(_Entries).validate_python(data["mappings"])
    tabs = {str(entry["worksheet"]): entry["worksheet"] for entry in entries}
    if len(tabs) > 1:
        raise ConfigError(
            [f"{config}: a table is one tab, but the mappings name {', '.join(tabs)}; keep one"]
        )
    tab = next(iter(tabs.values()))
    return data, entries, tab if isinstance(tab, str) else "Sheet1"


def _dialect(data: dict[str, object], entries: _Entries) -> str:
    """The mutation's form that the mappings are written for."""
    return "config" if '"config_id"' in json.dumps([data.get("arize"), entries]) else "seed"


def _in_the_sandbox(
    data: dict[str, object], entries: _Entries, contact: Contact, folder: Path
) -> Path:
    key = folder / "arize.key"
    key.write_text("sandbox\n")
    arize = {
        "endpoint": contact.arize_graphql,
        "api_key": f"file:{key}",
        "mutations_per_minute": MUTATIONS_PER_MINUTE,
        "requests_per_minute": MUTATIONS_PER_MINUTE,
    }
    replaced = {
        "google": {"credentials": [contact.credentials_file], "api_root": contact.google_api},
        "arize": {str(entry.get("arize", "default")): arize for entry in entries},
        "state": f"sqlite:///{folder / 'state.db'}",
        "mappings": entries,
    }
    written = folder / "sheets.yaml"
    kept = {key: value for key, value in data.items() if key != "alerts"}
    # JSON is YAML too, and leaves no doubt about what is text.
    written.write_text(json.dumps(kept | replaced, indent=2, ensure_ascii=False), "utf-8")
    screen.say(f"Google and Arize, played by a sandbox:  {contact.pages}")
    screen.say(f"The service's configuration:            {written}")
    screen.say(
        f"Arize knows every record here, and takes {MUTATIONS_PER_MINUTE} mutations a minute "
        "instead of 300.\n",
        "dim",
    )
    return written


def _show(written: Path, sandbox: Sandbox, expert: Expert, *, waits: bool) -> int:
    config = load(written, {})
    configure_logging("error", config.log.format)
    with opened(config, writes=True) as app:
        end_on_signals(app.context.stopping, waits=waits)
        with screen.console.status("The service works on the table"):
            once(app.context, config.mappings, app.drains)
        seen = overview(app.context.state, config.mappings)
        print_overview(seen)
        _show_wrong(config.mappings, expert)
        held = sandbox.annotations()
        records = len({one.record_id for one in held})
        screen.say(f"\nArize holds {len(held)} annotations of {records} records.")
        if waits:
            with shown(sandbox.contact, expert.spreadsheet, app, written):
                screen.say("\nThe service goes on; Ctrl-C ends it.")
                run(app.context, config.mappings, app.drains)
    return 1 if seen.needs_person else 0


def _show_wrong(mappings: Sequence[Mapping], expert: Expert) -> None:
    wrong = list(_wrong(mappings, expert))
    if not wrong:
        screen.say("\nNo row is wrong.")
        return
    screen.say(f"\n{len(wrong)} rows are not synced and say why:")
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("row", justify="right", style="dim")
    table.add_column("status")
    for number, status in wrong[:SHOWN_AT_MOST]:
        table.add_row(str(number), screen.coloured(status))
    screen.show(table)
    if len(wrong) > SHOWN_AT_MOST:
        screen.say(f"and {len(wrong) - SHOWN_AT_MOST} more", "dim")


def _wrong(mappings: Sequence[Mapping], expert: Expert) -> Iterator[tuple[int, str]]:
    for mapping in mappings:
        for line in expert.lines(header_row=mapping.header_row):
            for header in line.cells:
                status = line.text(header)
                named = header_text(header) == header_text(mapping.status)
                if named and status and not status.startswith("Synced"):
                    yield line.number, status
