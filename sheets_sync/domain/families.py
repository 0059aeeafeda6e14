"""A family: one entry for all spreadsheets of a folder, or for all tabs with a matching title.

Its members are mappings of one tab each. They are named after ids, which survive renaming:
`NAME/<file id>` in a folder, with `/<gid>` behind it where tabs are matched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from sheets_sync.domain.cells import text_of
from sheets_sync.domain.mapping import (
    AnnotatorCell,
    FileTitle,
    FixedAnnotator,
    Gid,
    Mapping,
    Matching,
    UpdatedBy,
)
from sheets_sync.domain.row import Book, Snapshot, letter_index


class File(NamedTuple):
    """A spreadsheet in a folder."""

    id: str
    title: str


def in_files(family: Mapping, files: Iterable[File]) -> list[Mapping]:
    """One mapping for each file of a folder; its tabs may be still to be matched."""
    return [
        family.model_copy(
            update={
                "name": f"{family.name}/{file.id}",
                "folder": None,
                "spreadsheet": file.id,
                "updated_by": _judged_by(family, file.title),
            }
        )
        for file in sorted(set(files))
    ]


def in_book(family: Mapping, book: Book) -> list[Mapping]:
    """One mapping for each matching tab of one spreadsheet, or the one of the tab that is named."""
    titled = family.model_copy(update={"updated_by": _judged_by(family, book.title)})
    match family.worksheet:
        case Matching(matching=pattern):
            return [
                titled.model_copy(
                    update={"name": f"{family.name}/{tab.gid}", "worksheet": Gid(gid=tab.gid)}
                )
                for tab in book.tabs
                if re.fullmatch(pattern, tab.title)
            ]
        case _:
            return [titled]


def file_of(family: Mapping, name: str) -> str | None:
    """The file of the folder's member of this name; None where it is none of this folder's."""
    tab = r"/\d+" if isinstance(family.worksheet, Matching) else ""
    found = re.fullmatch(rf"{re.escape(family.name)}/([A-Za-z0-9_-]+){tab}", name)
    return found[1] if found else None


def with_annotator(mapping: Mapping, snapshot: Snapshot) -> Mapping:
    """The mapping with the name that stands in the cell it names, if it names one."""
    if not isinstance(mapping.updated_by, AnnotatorCell):
        return mapping
    letters, row = re.findall(r"[A-Z]+|\d+", mapping.updated_by.cell)
    line, at = [*snapshot.lines[int(row) - 1 : int(row)], []][0], letter_index(letters)
    name = text_of(line[at]) if at < len(line) else ""
    return mapping.model_copy(update={"updated_by": _fixed(name)})


def _judged_by(family: Mapping, title: str) -> UpdatedBy | None:
    return _fixed(title.strip()) if isinstance(family.updated_by, FileTitle) else family.updated_by


def _fixed(name: str) -> FixedAnnotator | None:
    return FixedAnnotator(constant=name) if name else None
