"""A new mapping beside those that run: what it would make of a sheet, and where it is kept."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml
from pydantic import TypeAdapter, ValidationError

from sheets_sync.arize import NamedModel
from sheets_sync.config.writing import Draft, added, written_beside
from sheets_sync.domain.annotation import Annotation
from sheets_sync.domain.cells import shown
from sheets_sync.domain.convert import Converter, Rejection, Waiting
from sheets_sync.domain.families import with_annotator
from sheets_sync.domain.mapping import Mapping
from sheets_sync.domain.plan import rows_of
from sheets_sync.domain.proposal import Proposal, propose
from sheets_sync.domain.row import Book, Row, lay_out
from sheets_sync.errors import ConfigError, SheetsSyncError, SourceError
from sheets_sync.operations.desk import Desk
from sheets_sync.operations.proposing import Seen, gid_in, name_for, plain_name, see, spreadsheet_in

STATUS: str = Mapping.model_fields["status"].default
FIRST_ROWS = 8
"""So many are shown."""
_CHOICES = {
    "record_id": "which column is the record's id",
    "start_time": "when the records started: a column, or one time for all",
    "annotations": "at least one column that judges",
}
"""What must be chosen before anything can be shown of a row."""


@dataclass(frozen=True, slots=True)
class Sight:
    """A spreadsheet that was looked at: one of its tabs, and what its columns may be."""

    book: Book
    seen: Seen
    proposal: Proposal

    @property
    def name(self) -> str:
        """What the mapping is called unless somebody says otherwise."""
        return name_for(self.book, self.seen.tab)

    @property
    def first_rows(self) -> list[list[str]]:
        """The cells of the first rows, under the columns of the proposal, as they are read."""
        lines = self.seen.snapshot.lines[self.seen.header_row :][:FIRST_ROWS]
        places = self.seen.places
        return [[shown(line[at]) if at < len(line) else "" for at in places] for line in lines]


@dataclass(frozen=True, slots=True)
class Choices:
    """What is chosen beside the columns; None is left open."""

    name: str
    arize: str
    model_id: str | None
    start_time: str | None


@dataclass(frozen=True, slots=True)
class FirstRow:
    """What would become of one of the first rows."""

    number: int
    key: str
    says: str
    is_wrong: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """A mapping as it would be written, and what it would make of the first rows."""

    text: str
    open: Sequence[str]
    """What is still to be chosen."""
    rows: Sequence[FirstRow] = ()


def look_at(desk: Desk, address: str, tab: int | None = None) -> Sight:
    """The sheet at this address, at its tab of this gid. Two reads; raises what stops them."""
    sheets = desk.context.sheets
    book = sheets.describe(spreadsheet_in(address))
    seen = see(sheets, book, gid_in(address) if tab is None else tab)
    return Sight(book, seen, propose(seen.looks, STATUS))


def models(desk: Desk, arize: str) -> tuple[Sequence[NamedModel], str]:
    """The models to choose from, first those of other mappings; and why there are no more."""
    others = {one.model_id: one.name for one in desk.config.mappings if one.arize == arize}
    known = [NamedModel(model, f"{model}, as in {name}") for model, name in others.items()]
    try:
        listed = [one for one in desk.arize[arize].models() if one.id not in others]
    except SheetsSyncError as error:
        return known, f"Arize did not list its models: {error}"
    return [*known, *listed], "" if listed else "Arize listed no other models."


def preview(
    sight: Sight, proposal: Proposal, choices: Choices, found: Sequence[NamedModel]
) -> Preview:
    """The mapping that these choices make."""
    others = tuple(tab.title for tab in sight.book.tabs if tab != sight.seen.tab)
    draft = Draft(
        spreadsheet=sight.book.spreadsheet,
        tab=sight.seen.tab,
        other_worksheets=others,
        header_row=sight.seen.header_row,
        name=choices.name,
        model_id=choices.model_id,
        models=tuple(f"{model.id} ({model.name})" for model in found),
        no_models="the id of the model at Arize",
        start_time=choices.start_time,
        arize=choices.arize,
    )
    text = written_beside(draft, proposal)
    left = [*_left(proposal, choices)]
    needs = left + ([] if choices.model_id else ["the model at Arize"])
    if left:
        return Preview(text, needs)
    try:
        return Preview(text, needs, _first_rows(sight, text))
    except (ConfigError, SourceError) as error:
        return Preview(text, [*needs, str(error)])


def can_save(desk: Desk) -> str:
    """Why a mapping cannot be saved here, and what to do; empty where it can."""
    path = desk.path.resolve()
    folder = path if path.is_dir() else path.parent
    if not os.access(folder, os.W_OK):
        return f"This program may not write into {folder}: put the mapping there yourself."
    return ""


def save(desk: Desk, name: str, text: str) -> Path:
    """Write a further file into the folder of the configuration, or the mapping into its one file.

    The running service takes it up. Raises `ConfigError` where it would not load, or where a file
    is in the way.
    """
    if reason := can_save(desk):
        raise ConfigError([reason])
    if desk.mapping(name) is not None:
        raise ConfigError([f"a mapping is called {name!r} already; choose another name"])
    path = desk.path.resolve()
    try:
        if path.is_dir():
            return _save_file(desk, path, path / f"{plain_name(name)}.yaml", text)
        return _save_into(desk, path, text)
    except OSError as error:
        reason = (error.strerror or "").lower()
        raise ConfigError([f"{error.filename or path}: cannot be written: {reason}"]) from None


def _save_file(desk: Desk, folder: Path, path: Path, text: str) -> Path:
    with TemporaryDirectory() as trial:
        for file in folder.glob("*.yaml"):
            shutil.copy(file, trial)
        (Path(trial) / path.name).write_text(text, encoding="utf-8")
        _try(desk, Path(trial), trial, folder)
    with path.open("x", encoding="utf-8") as written:
        written.write(text)
    return path


def _save_into(desk: Desk, path: Path, text: str) -> Path:
    by_hand = f"{path}: put the mapping there yourself"
    try:
        whole = added(path.read_text(encoding="utf-8-sig"), text)
    except ValueError as error:
        raise ConfigError([f"{by_hand}; {error}"]) from None
    with TemporaryDirectory(dir=path.parent, prefix=".new-") as trial:
        file = Path(trial) / path.name
        file.write_text(whole, encoding="utf-8")
        shutil.copymode(path, file)
        _try(desk, file, trial, path.parent)
        if desk.load(file).mappings[:-1] != desk.load(path).mappings:
            raise ConfigError([f"{by_hand}; it would change the others"])
        file.replace(path)
    return path


def _try(desk: Desk, path: Path, trial: str, folder: Path) -> None:
    """Raise what is wrong with it, as if it stood in the folder already."""
    try:
        desk.load(path)
    except ConfigError as error:
        raise ConfigError([said.replace(trial, str(folder)) for said in error.problems]) from None


def _left(proposal: Proposal, choices: Choices) -> Sequence[str]:
    missing = {
        "record_id": not (proposal.of("record") or proposal.of("part")),
        "start_time": not (proposal.of("time") or choices.start_time),
        "annotations": not proposal.metrics,
    }
    return [_CHOICES[key] for key, is_missing in missing.items() if is_missing]


def _first_rows(sight: Sight, text: str) -> list[FirstRow]:
    mapping = _mapping_in(text)
    seen = sight.seen
    lines = [*seen.snapshot.lines[: seen.header_row + FIRST_ROWS]]
    snapshot = replace(seen.snapshot, lines=lines)
    layout = lay_out(mapping, snapshot)
    converter = Converter.of(with_annotator(mapping, snapshot), snapshot.zone)
    return [_first_row(converter, row) for row in rows_of(converter, layout, snapshot)]


def _mapping_in(text: str) -> Mapping:
    (written,) = yaml.safe_load(text)["mappings"]
    try:
        return TypeAdapter(Mapping).validate_python(written)
    except ValidationError as error:
        found = error.errors(include_url=False)
        said = [str(one.get("ctx", {}).get("error", one["msg"])) for one in found]
        raise ConfigError(said) from None


def _first_row(converter: Converter, row: Row) -> FirstRow:
    found = converter.convert(row.cells)
    key = row.key or ""
    match found:
        case Rejection(problems=problems):
            return FirstRow(row.number, key, "; ".join(map(str, problems)), is_wrong=True)
        case Waiting(reason="unticked"):
            return FirstRow(row.number, key, "waits until its checkbox is ticked")
        case Waiting():
            return FirstRow(row.number, key, "waits until it is judged")
        case Annotation():
            values = [
                f"{value.shown} by {value.updated_by}" if value.updated_by else value.shown
                for value in found.metrics
            ]
            note = [f'note "{found.note}"'] if found.note else []
            return FirstRow(row.number, key, ", ".join([*values, *note]))
