"""The text that a row shows in the sheet."""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple, assert_never
from zoneinfo import ZoneInfo

from sheets_sync.domain.convert import Converter, Duplicate, Rejection
from sheets_sync.domain.delivery import State
from sheets_sync.domain.foreign import harmless
from sheets_sync.domain.plan import Withdrawal, digest_of, rows_by_key
from sheets_sync.domain.row import Row, Tab

LONGEST_STATUS = 400


@dataclass(frozen=True, slots=True)
class StatusWrite:
    """The status cells of one tab that change: row number (from 1) to text."""

    tab: Tab
    metadata_id: int
    cells: MappingOf[int, str]


@dataclass(frozen=True, slots=True)
class Rival:
    """Another row that would write the same target with something else."""

    title: str
    number: int


class Standing(NamedTuple):
    """What one delivery's status depends on. Times are seconds since the epoch."""

    digest: str
    state: State
    problems: str
    withdrawn: Withdrawal | None
    delivered_at: float | None
    message: str
    retry_at: float
    """0 where nothing is to be waited for."""
    note_missing: bool | None
    kept: tuple[str, ...] = ()
    rival: Rival | None = None
    trouble: str = ""
    """Why its endpoint needs a person, empty where it does not."""


def wanted_statuses(
    converter: Converter,
    rows: Sequence[Row],
    standings: MappingOf[str, Standing],
    contact: str,
) -> dict[int, str]:
    """Row number to status text, for every row whose text is known.

    Left out: rows that nobody has observed yet.
    """
    wanted = {row.number: _keyless_status(converter, row) for row in rows if row.key is None}
    for key, group in rows_by_key(rows).items():
        wanted |= _group_statuses(converter, group, standings.get(key), contact)
    shown = {text: harmless(text)[:LONGEST_STATUS].rstrip() for text in set(wanted.values())}
    return {number: shown[text] for number, text in wanted.items()}


def status_changes(
    converter: Converter,
    rows: Sequence[Row],
    standings: MappingOf[str, Standing],
    contact: str,
) -> dict[int, str]:
    """Row number to text, for every row that does not show yet what it should."""
    seen = {row.number: row.status for row in rows}
    wanted = wanted_statuses(converter, rows, standings, contact)
    return {number: text for number, text in wanted.items() if text != seen[number]}


def _keyless_status(converter: Converter, row: Row) -> str:
    conversion = converter.convert(row.cells)
    if isinstance(conversion, Rejection):
        return "; ".join(str(problem) for problem in conversion.problems)
    return ""


def _group_statuses(
    converter: Converter, group: Sequence[Row], standing: Standing | None, contact: str
) -> dict[int, str]:
    """The statuses of rows with one key; usually that is one row."""
    group_digest = digest_of(converter, group)
    if standing is None:
        return {row.number: "" for row in group if row.status and converter.is_waiting(row.cells)}
    if standing.digest != group_digest:
        asks_for_nothing = standing.state == "orphaned" and _all_wait(converter, group)
        return {row.number: "" if asks_for_nothing else "Edited, queued" for row in group}
    if "+" in group_digest:
        united = converter.unite(group)
        if isinstance(united, Duplicate):
            return {row.number: _duplicate_status(united, row.number) for row in group}
    text = standing_status(standing, converter.zone, contact)
    silent = {row.number for row in group if len(group) > 1 and converter.is_waiting(row.cells)}
    all_silent = len(silent) == len(group)
    return {row.number: "" if row.number in silent and not all_silent else text for row in group}


def _all_wait(converter: Converter, group: Sequence[Row]) -> bool:
    return all(converter.is_waiting(row.cells) for row in group)


def _duplicate_status(duplicate: Duplicate, number: int) -> str:
    if number not in duplicate.numbers:
        return ""
    other = next(other for other in duplicate.numbers if other != number)
    return f"Same {duplicate.column} as row {other}"


def standing_status(standing: Standing, zone: ZoneInfo, contact: str) -> str:
    """The status of a row that is in the sheet as it was observed."""
    if standing.rival is not None and standing.state in ("pending", "delivered"):
        return f'Also judged in "{standing.rival.title}" row {standing.rival.number}'
    match standing.state:
        case "pending":
            return _pending(standing, zone, contact)
        case "delivered":
            return _delivered(standing, zone)
        case "rejected":
            return standing.problems
        case "failed":
            return f"Arize did not accept this: {standing.message}"
        case "held":
            return f"On hold: {standing.message}, ask {contact}"
        case "orphaned":
            return ""
        case never:
            assert_never(never)


def clock_time(at: float, zone: ZoneInfo) -> str:
    """Hours and minutes in the spreadsheet's time zone."""
    return f"{datetime.fromtimestamp(at, zone):%H:%M}"


def _pending(standing: Standing, zone: ZoneInfo, contact: str) -> str:
    if standing.trouble:
        return f"Arize: {standing.trouble}, ask {contact}"
    if standing.message and standing.retry_at:
        return f"Arize: {standing.message}, retry at {clock_time(standing.retry_at, zone)}"
    return "Queued" if standing.delivered_at is None else "Edited, queued"


def _delivered(standing: Standing, zone: ZoneInfo) -> str:
    kept = f"Arize keeps {', '.join(standing.kept)}" if standing.kept else ""
    if standing.delivered_at is None:
        return ""
    if standing.withdrawn == "unfinished":
        return f"Cleared here; {kept}" if kept else "Cleared here"
    parts = [_synced(int(standing.delivered_at // 60), zone)]
    if kept:
        parts.append(kept)
    if standing.note_missing:
        parts.append("the note may be missing")
    return "; ".join(parts)


@lru_cache(maxsize=4096)
def _synced(minute: int, zone: ZoneInfo) -> str:
    moment = datetime.fromtimestamp(60 * minute, zone)
    return f"Synced {moment.day} {moment:%b %H:%M}"
