"""What `provision` does: each mapped tab is brought to what its mappings need, or back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from sheets_sync.config.writing import CHOOSE
from sheets_sync.domain.mapping import Mapping, by_spreadsheet
from sheets_sync.domain.provision import Provision, provision, ruled_columns, widened
from sheets_sync.domain.removal import removal
from sheets_sync.domain.row import Tab
from sheets_sync.engine.reading import find_tabs
from sheets_sync.engine.unknown import contained
from sheets_sync.errors import SheetsSyncError, SourceError
from sheets_sync.google.spread import SpreadSheets


def _untold(done: int, total: int) -> None:
    """Where nobody looks."""


@dataclass(frozen=True, slots=True)
class TabPlan:
    """What is to be done in one tab, for all mappings of it."""

    book: str
    tab: Tab
    mappings: tuple[str, ...]
    provision: Provision


@dataclass(frozen=True, slots=True)
class Plans:
    """All tabs that can be provisioned, and what is wrong with the others."""

    tabs: tuple[TabPlan, ...]
    troubles: tuple[SheetsSyncError, ...]

    @property
    def steps(self) -> int:
        """How many steps there are in all."""
        return sum(len(plan.provision.steps) for plan in self.tabs)


def planned(  # noqa: PLR0913 - what is looked at, how, and who hears of it
    sheets: SpreadSheets,
    mappings: Sequence[Mapping],
    chosen: Collection[str],
    *,
    removes: bool,
    missed: Sequence[SheetsSyncError] = (),
    tell: Callable[[int, int], None] = _untold,
) -> Plans:
    """What the tabs of the chosen mappings lack, or have from us; nothing is written.

    `missed` is what was wrong before; `tell` hears how many mappings were looked at, of how many.
    Mappings of the same tab come along: what one needs must not be against another.
    """
    plans: list[TabPlan] = []
    troubles: list[SheetsSyncError] = [*missed]
    done = 0
    for spreadsheet, group in by_spreadsheet(mappings).items():
        if named := sum(mapping.name in chosen for mapping in group):
            tell(done, len(chosen))
            done += named
            try:
                with contained(f"spreadsheet {spreadsheet}"):
                    plans += _tab_plans(sheets, spreadsheet, group, chosen, removes=removes)
            except SheetsSyncError as trouble:
                troubles.append(trouble)
    return Plans(tuple(plans), tuple(troubles))


def carry_out(
    sheets: SpreadSheets, plans: Plans, tell: Callable[[int, int], None] = _untold
) -> None:
    """Do all steps; those of one spreadsheet together or not at all. `tell` hears how many."""
    done = 0
    for spreadsheet in dict.fromkeys(plan.tab.spreadsheet for plan in plans.tabs):
        wanted = [plan.provision for plan in plans.tabs if plan.tab.spreadsheet == spreadsheet]
        if found := [one for one in wanted if one.steps]:
            tell(done, plans.steps)
            sheets.provision(spreadsheet, found)
            done += sum(len(one.steps) for one in found)


def _tab_plans(
    sheets: SpreadSheets,
    spreadsheet: str,
    mappings: Sequence[Mapping],
    chosen: Collection[str],
    *,
    removes: bool,
) -> Iterator[TabPlan]:
    book = sheets.describe(spreadsheet)
    tabs, troubles = find_tabs(book, mappings)
    for name, trouble in troubles.items():
        if name in chosen:
            raise trouble
    editors = [] if removes else sheets.writers(spreadsheet)
    for tab in dict.fromkeys(tabs[name] for name in chosen if name in tabs):
        group = [mapping for mapping in mappings if tabs.get(mapping.name) == tab]
        rows = sorted({mapping.header_row for mapping in group})
        if open_ones := [mapping.name for mapping in group if CHOOSE in mapping.columns]:
            raise SourceError(
                f"mapping {', '.join(map(repr, open_ones))}: a column is not chosen yet; write its "
                f"header in the place of {CHOOSE}"
            )
        if len(rows) > 1:
            raise SourceError(
                f"tab {tab.title!r}: mappings have their headers in rows "
                f"{' and '.join(map(str, rows))}; provisioning needs one row for all"
            )
        fittings = widened(sheets.fittings(tab, rows[0]), group)
        if removes:
            every = range(len(fittings.columns))
            below = sheets.look_below(fittings, every, with_values=False)
            found = removal(below, group)
        else:
            ruled = ruled_columns(fittings, group)
            below = sheets.look_below(fittings, ruled, with_values=True)
            found = provision(below, group, editors)
        yield TabPlan(book.title, tab, tuple(mapping.name for mapping in group), found)
