"""What `check` says: each link from sheet to Arize, and its cure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sheets_sync.arize.client import ArizeClient
from sheets_sync.domain import mapping as configured
from sheets_sync.domain.mapping import by_spreadsheet
from sheets_sync.domain.row import lay_out
from sheets_sync.engine.context import Context
from sheets_sync.engine.observe import Difference, difference, states_after
from sheets_sync.engine.reading import Reading, read_tabs
from sheets_sync.engine.unknown import contained
from sheets_sync.errors import SheetsSyncError, TransientError
from sheets_sync.operations.forecast import drive_trouble, forecast, wants_drive
from sheets_sync.store import endpoints, places
from sheets_sync.store.review import current_outages

DOCUMENTED_AGE = timedelta(days=31)
"""Arize, "Human annotations": its SDK annotates no older spans. Of GraphQL it says nothing."""
SPEAKING_STATES = ("pending", "held", "delivered", "rejected", "failed")


@dataclass(frozen=True, slots=True)
class Check:
    """One link that was tested; `said` is what was found, or what is wrong and its cure."""

    link: str
    ok: bool
    said: str
    is_out_of_reach: bool = False
    """Wrong only because a service does not answer now."""


def checked(
    context: Context,
    mappings: Sequence[configured.Mapping],
    arize: Mapping[str, ArizeClient],
    account: str,
) -> list[Check]:
    """Test credentials, sharing, tabs, headers, rights, keys and models. Nothing is written."""
    return [
        *_check_families(context, mappings),
        *_check_sheets(context, mappings, account),
        *_check_ceiling(context, mappings),
        *_check_arize(context, mappings, arize),
    ]


def not_expanded(troubles: Mapping[str, SheetsSyncError]) -> list[Check]:
    """What is wrong with families, by their names."""
    return [
        replace(found, said=f"{found.said}; taken as it was known")
        for found in (_wrong(f"mapping {name!r}", error) for name, error in troubles.items())
    ]


def _check_families(context: Context, mappings: Sequence[configured.Mapping]) -> Iterator[Check]:
    """How many members each has, where nothing is wrong with it."""
    for family in sorted(context.families):
        with context.state.reading() as connection:
            if places.has_trouble(connection, family):
                continue
        members = [one for one in mappings if f"{one.name}/".startswith(f"{family}/")]
        books = {member.spreadsheet for member in members}
        said = f"{_many(members, 'tab')} in {_many(books, 'spreadsheet')}"
        said = said if members else "nothing stands there yet"
        yield Check(f"family {family!r}", ok=True, said=said)


def _many(things: Sized, word: str) -> str:
    return f"{len(things)} {word}{'' if len(things) == 1 else 's'}"


def _check_sheets(
    context: Context, mappings: Sequence[configured.Mapping], account: str
) -> Iterator[Check]:
    for spreadsheet, group in by_spreadsheet(mappings).items():
        try:
            with contained(f"spreadsheet {spreadsheet}"):
                reading = read_tabs(context, spreadsheet, group)
        except SheetsSyncError as error:
            yield _wrong("Google", error)
            continue
        yield Check(f"spreadsheet {reading.book.title!r}", ok=True, said=f"shared with {account}")
        for mapping in group:
            yield from _check_mapping(context, mapping, reading)


def _check_mapping(
    context: Context, mapping: configured.Mapping, reading: Reading
) -> Iterator[Check]:
    link = f"mapping {mapping.name!r}"
    try:
        if mapping.name in reading.troubles:
            raise reading.troubles[mapping.name]
        with contained(f"spreadsheet {mapping.spreadsheet}"):
            snapshot = reading.fetched[mapping.name].snapshot
            layout = lay_out(mapping, snapshot)
            found = difference(context.state, mapping, snapshot)
    except SheetsSyncError as error:
        yield _wrong(link, error)
        return
    after, rows = states_after(context, found), len(found.rows)
    waiting = max(0, rows - sum(after[state] for state in SPEAKING_STATES))
    said = (
        f"tab {snapshot.tab.title!r}, {rows} rows: {after['pending']} to send, "
        f"{after['rejected']} wrong, {after['delivered']} as sent, {waiting} waiting"
    )
    yield Check(link, ok=True, said=said)
    if found.plan.changes:
        said = _age(found, mapping.environment, context.clock())
        yield Check(f"{link}, records", ok=True, said=said)
    try:
        protected = context.sheets.status_protection(snapshot.tab, layout.status)
    except SheetsSyncError as error:
        yield _wrong(f"{link}, status column", error)
        return
    if protected:
        yield Check(f"{link}, status column", ok=False, said=protected)
    elif layout.status is None:
        said = f"no column {mapping.status!r} yet; it is made at the first run"
        yield Check(f"{link}, status column", ok=True, said=said)
    else:
        yield Check(f"{link}, status column", ok=True, said="may be written")


def _age(found: Difference, environment: str, now: float) -> str:
    """How old the records to send are; that it is too old is no error, since nobody knows."""
    started = [
        datetime.fromisoformat(change.annotation.start_time)
        for change in found.plan.changes
        if change.annotation is not None and change.state == "pending"
    ]
    said = f"looked for among {environment} records"
    if not started:
        return said
    said += f", from {min(started):%d %b %Y} on"
    oldest = datetime.fromtimestamp(now, UTC) - DOCUMENTED_AGE
    if old := sum(moment < oldest for moment in started):
        said += (
            f"; {old} of {len(started)} are older than {DOCUMENTED_AGE.days} days, the age up to "
            "which Arize documents annotations for its SDK: it may not find them"
        )
    return said


def _check_ceiling(context: Context, mappings: Sequence[configured.Mapping]) -> Iterator[Check]:
    trouble = drive_trouble(context) if wants_drive(context, mappings) else None
    if trouble is not None:
        unreachable = isinstance(trouble, TransientError)
        said = (
            f"{trouble}; enable the Google Drive API in the accounts' projects and let the "
            "credentials have the scope drive.metadata.readonly; until then sheets are polled"
        )
        yield Check("Google Drive", ok=False, said=said, is_out_of_reach=unreachable)
    found = forecast(context, mappings, is_drive_usable=trouble is None)
    yield Check("Google's ceiling", ok=found.fits, said=str(found))


def _check_arize(
    context: Context, mappings: Sequence[configured.Mapping], arize: Mapping[str, ArizeClient]
) -> Iterator[Check]:
    for name, client in arize.items():
        link = f"Arize {name!r}"
        try:
            limit = client.rate_limit().limit
            said = f"the key of {client.viewer()}; one request may cost {limit}"
            yield Check(link, ok=True, said=said)
            yield from _check_writing(link, context, name)
            models = {m.model_id: m.name for m in mappings if m.arize == name}
            for model_id, mapping in models.items():
                yield _check_model(f"{link}, model of {mapping!r}", client, model_id)
        except SheetsSyncError as error:
            yield _wrong(link, error)


def _check_writing(link: str, context: Context, endpoint: str) -> Iterator[Check]:
    """What is remembered: Arize tells of missing rights only when it is written to."""
    with context.state.reading() as connection:
        refused = [
            outage
            for outage in current_outages(connection)
            if outage.endpoint == endpoint and outage.needs_person
        ]
        refused_at = endpoints.last_answer(connection, endpoint, "refused")
        accepted_at = endpoints.last_answer(connection, endpoint, "accepted")
    for outage in refused:
        place = f", model {outage.model_id}" if outage.model_id else ""
        said = (
            f"the last post{_at(refused_at)} was refused: {outage.message}; "
            "if that was put right since, the next post shows it"
        )
        yield Check(f"{link}{place}, writing", ok=False, said=said)
    if not refused:
        said = "nothing was accepted yet; whether this key may write shows at the first post"
        if accepted_at is not None:
            said = f"may write: the last accepted post was that{_at(accepted_at)}"
        yield Check(f"{link}, writing", ok=True, said=said)


def _at(moment: float | None) -> str:
    return "" if moment is None else f" of {datetime.fromtimestamp(moment, UTC):%d %b %Y %H:%M} UTC"


def _check_model(link: str, client: ArizeClient, model_id: str) -> Check:
    found = client.model(model_id)
    if found is None:
        return Check(link, ok=False, said=f"Arize knows no model {model_id!r}; copy the id anew")
    return Check(link, ok=True, said=found)


def _wrong(link: str, error: SheetsSyncError) -> Check:
    unreachable = isinstance(error, TransientError)
    return Check(link, ok=False, said=str(error), is_out_of_reach=unreachable)
