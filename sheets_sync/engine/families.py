"""Finds the members of families: asks Google which files and tabs there are, or recalls them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from sheets_sync.domain.families import File, file_of, in_book, in_files
from sheets_sync.domain.mapping import Mapping, Matching
from sheets_sync.domain.row import Book
from sheets_sync.engine.context import Context
from sheets_sync.engine.reading import describe
from sheets_sync.errors import SourceError, TransientError
from sheets_sync.store import places
from sheets_sync.store.database import State

log = structlog.get_logger(__name__)

TABS_LAST = 300.0
"""Seconds until the tabs of a spreadsheet are listed again, for a family of tabs."""

Trouble = SourceError | TransientError


@dataclass(frozen=True, slots=True)
class Expanded:
    """Mappings of one tab each; by family, why it was taken as it was known before."""

    mappings: list[Mapping] = field(default_factory=list)
    troubles: dict[str, Trouble] = field(default_factory=dict)


Tell = Callable[[int, int], None]


def untold(done: int, total: int) -> None:
    """Where nobody looks."""


def expanded(
    context: Context, mappings: Sequence[Mapping], *, again: bool, tell: Tell = untold
) -> Expanded:
    """Every mapping, families as their members: `again` lists folders that were listed before.

    `tell` hears how many spreadsheets were looked into, and of how many that were found.
    What Google does not tell is taken as it was known; that is noted, and logged once.
    """
    found, done, total = Expanded(), 0, 0
    for mapping in mappings:
        if not mapping.is_family:
            found.mappings.append(mapping)
            continue
        is_asked = again or mapping.folder not in context.read.folders
        files = _in_folder(context, mapping, found, again=again)
        total += len(files)
        for one in files:
            tell(done, total)
            found.mappings.extend(_in_spreadsheet(context, one, mapping, found))
            done += 1
        _note(context, mapping, found.troubles.get(mapping.name), is_asked=is_asked)
    return found


def recalled(state: State, mappings: Sequence[Mapping]) -> list[Mapping]:
    """The same without Google: of families, the members that were looked at before."""
    return [
        member
        for mapping in mappings
        for one in (_in_known_folder(state, mapping) if mapping.folder else [mapping])
        for member in _in_known_spreadsheet(state, one)
    ]


def _in_folder(
    context: Context, family: Mapping, found: Expanded, *, again: bool
) -> Sequence[Mapping]:
    if family.folder is None:
        return [family]
    files = context.read.folders.get(family.folder)
    if files is None or again:
        try:
            files = _listed(context, family.folder)
        except (SourceError, TransientError) as trouble:
            found.troubles[family.name] = trouble
        else:
            context.read.folders[family.folder] = files
    return _in_known_folder(context.state, family) if files is None else in_files(family, files)


def _listed(context: Context, folder: str) -> list[File]:
    """What all accounts see that may see it."""
    files: list[File] = []
    refusals: list[SourceError] = []
    for drive in context.drives:
        try:
            files += drive.spreadsheets_in(folder)
        except SourceError as refusal:
            refusals.append(refusal)
    if len(refusals) == len(context.drives):
        raise refusals[0]
    return files


def _in_spreadsheet(
    context: Context, one: Mapping, family: Mapping, found: Expanded
) -> Sequence[Mapping]:
    if not one.is_family:
        return [one]
    try:
        return in_book(one, _book(context, one))
    except (SourceError, TransientError) as trouble:
        found.troubles.setdefault(family.name, trouble)
        return _in_known_spreadsheet(context.state, one)


def _book(context: Context, one: Mapping) -> Book:
    with context.state.reading() as connection:
        known = places.known_book(connection, one.spreadsheet)
    if known is not None and context.clock() - known.read_at < TABS_LAST:
        return known.book
    return describe(context, one.spreadsheet)


def _in_known_folder(state: State, family: Mapping) -> list[Mapping]:
    with state.reading() as connection:
        files = {file_of(family, name) for name in places.mapping_names(connection)}
        books = [places.known_book(connection, file) for file in files if file is not None]
    known = [File(found.book.spreadsheet, found.book.title) for found in books if found]
    return in_files(family, known)


def _in_known_spreadsheet(state: State, one: Mapping) -> list[Mapping]:
    if not one.is_family:
        return [one]
    with state.reading() as connection:
        known = places.known_book(connection, one.spreadsheet)
        names = places.mapping_names(connection)
    members = in_book(one, known.book) if known is not None else []
    return [
        member
        for member in members
        if member.name in names or not isinstance(one.worksheet, Matching)
    ]


def _note(context: Context, family: Mapping, trouble: Trouble | None, *, is_asked: bool) -> None:
    if context.stopping.is_set():
        return
    now = context.clock()
    if trouble is None:
        with context.state.reading() as connection:
            had_trouble = places.has_trouble(connection, family.name)
        if is_asked and had_trouble:
            with context.state.writing() as connection:
                places.note_read(connection, family.name, now)
            log.info("family listed again", mapping=family.name)
        return
    needs_person = isinstance(trouble, SourceError)
    with context.state.writing() as connection:
        is_news = places.note_trouble(
            connection, family.name, str(trouble), now, needs_person=needs_person
        )
    if is_news:
        log.warning("family taken as it was", mapping=family.name, trouble=str(trouble))
