"""What people read on the terminal."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

from rich import markup
from rich.console import Console
from rich.table import Table

from sheets_sync.domain.foreign import visible

if TYPE_CHECKING:
    from sheets_sync.domain.annotation import MetricValue
    from sheets_sync.domain.delivery import State
    from sheets_sync.operations.budget import Share
    from sheets_sync.operations.checking import Check  # it loads all that speaks to Arize
    from sheets_sync.operations.interventions import HeldPlan
    from sheets_sync.operations.overview import MappingView, Overview
    from sheets_sync.operations.planning import PlannedMapping, PlannedRow
    from sheets_sync.store.review import PastAttempt, PastDelivery

SHORT = 60
PRECISE_BELOW = 10.0
"""Seconds."""

console = Console(highlight=False, width=None if sys.stdout.isatty() else 100)

_MARKS = {
    "new": "[green]+[/]",
    "edited": "[yellow]~[/]",
    "cleared": "[dim]-[/]",
    "rejected": "[red]![/]",
    "duplicate": "[red]![/]",
    "unchanged": " ",
}


def escape(text: str) -> str:
    """What others wrote, without markup for us or commands for the terminal."""
    return markup.escape(visible(text))


def moment(at: float | None) -> str:
    """A time as the operator's clock shows it."""
    return "never" if at is None else f"{datetime.fromtimestamp(at).astimezone():%d %b %H:%M:%S}"


def print_checks(checks: Sequence[Check]) -> None:
    """One line for each link."""
    for check in checks:
        mark = "[green]ok   [/]" if check.ok else "[red]WRONG[/]"
        console.print(f"{mark} {escape(check.link)}: {escape(check.said)}", soft_wrap=True)


def print_plan(plans: Sequence[PlannedMapping]) -> None:
    """Each mapping with its rows, old to new."""
    for mapping in plans:
        console.print(f"[bold]{escape(mapping.name)}[/]")
        if mapping.trouble is not None:
            console.print(f"  [red]{escape(str(mapping.trouble))}[/]", soft_wrap=True)
            continue
        for row in mapping.rows:
            said = escape(_planned(row))
            console.print(f"  {_MARKS[row.kind]} row {row.number} {said}", soft_wrap=True)
        wrong = f" ({mapping.wrong_before} still wrong)" if mapping.wrong_before else ""
        console.print(
            f"  {mapping.unchanged} unchanged{wrong}, {mapping.vanished} gone from the sheet"
        )


def plan_json(mapping: PlannedMapping) -> dict[str, object]:
    """A planned mapping for machines."""
    return {**asdict(mapping), "trouble": str(mapping.trouble) if mapping.trouble else None}


def print_overview(seen: Overview, budget: Sequence[Share] = ()) -> None:
    """One table for all mappings, the budget, then what needs a person."""
    table = Table(box=None, pad_edge=False)
    table.add_column("mapping", overflow="fold")
    table.add_column("last read", no_wrap=True)
    for title in ("lag (worst)", "synced", "queued", "held", "wrong", "refused", "gone"):
        table.add_column(title, justify="right", no_wrap=True)
    for view in seen.mappings:
        table.add_row(escape(view.name), moment(view.read_at), _lag(view), *_counts(view))
    console.print(table)
    _print_detections(seen)
    for share in budget:
        console.print(f"budget: {escape(_used(share))}", soft_wrap=True)
    _print_replicas(seen)
    for problem in seen.refused:
        console.print(f"[red]configuration refused[/]: {escape(problem)}", soft_wrap=True)
    for view in seen.mappings:
        _print_troubles(view)
    for outage in seen.outages:
        place = f"Arize {outage.endpoint}" + (
            f", model {outage.model_id}" if outage.model_id else ""
        )
        said = f"{outage.message}; asked again at {moment(outage.until)}"
        console.print(f"[red]{escape(place)}[/]: {escape(said)}", soft_wrap=True)


def _print_troubles(view: MappingView) -> None:
    if view.trouble:
        console.print(f"[red]{escape(view.name)}[/]: {escape(view.trouble)}", soft_wrap=True)
    if view.held:
        said = f"on hold: {view.held}; look at it: sheets-sync approve {view.name!r}"
        console.print(f"[red]{escape(view.name)}[/]: {escape(said)}", soft_wrap=True)
    if view.paused:
        console.print(f"[yellow]{escape(view.name)}[/]: paused", soft_wrap=True)
    if view.unwritable:
        said = f"statuses are not written: {view.unwritable}"
        console.print(f"[red]{escape(view.name)}[/]: {escape(said)}", soft_wrap=True)


def _print_replicas(seen: Overview) -> None:
    """Who shares the state, what each is at, and what waits for one with room."""
    for replica in seen.replicas:
        at = _kinds(Counter(name.partition(" ")[0] for name in replica.doing))
        waits = "" if replica.is_current else "; waits: others have a newer configuration"
        said = f"{replica.name}, since {moment(replica.began_at)}: {at}{waits}"
        console.print(f"replica {escape(said)}", soft_wrap=True)
    if seen.replicas:
        console.print(f"queue: {escape(_kinds(seen.waiting))}", soft_wrap=True)


def _kinds(acts: Mapping[str, int]) -> str:
    return ", ".join(f"{kind} {number}" for kind, number in sorted(acts.items())) or "nothing"


def _print_detections(seen: Overview) -> None:
    """How late an edit may be seen, each way with the number of its mappings."""
    for detection, count in Counter(view.detection for view in seen.mappings).items():
        if detection:
            console.print(f"edits of {count}: {escape(detection)}", soft_wrap=True)


def print_hold(held: HeldPlan) -> None:
    """Why a mapping is held, and each row, old to new."""
    said = f"{held.mapping}: on hold since {moment(held.since)}: {held.reason}"
    console.print(f"[bold]{escape(said)}[/]", soft_wrap=True)
    for row in held.rows:
        old = ", ".join(map(_by, row.holds)) or "nothing"
        new = ", ".join(map(_by, row.asked.metrics)) if row.asked else "gone"
        if row.asked and row.asked.note:
            new += f', note "{_short(row.asked.note)}"'
        place = f"row {row.number} {row.key}"
        console.print(f"  {escape(f'{place}: {old} -> {new}')}", soft_wrap=True)


def overview_json(seen: Overview, budget: Sequence[Share] = ()) -> dict[str, object]:
    """The overview for machines."""
    return {
        **asdict(seen),
        "budget": [asdict(share) for share in budget],
        "needs_person": seen.needs_person,
        "is_out_of_reach": seen.is_out_of_reach,
    }


def print_history(deliveries: Sequence[PastDelivery]) -> None:
    """Each delivery of a row with its attempts."""
    for delivery in deliveries:
        place = f"{delivery.mapping}, tab {delivery.tab!r}, row {delivery.number}"
        console.print(f"[bold]{escape(place)}[/] {escape(delivery.key)}", soft_wrap=True)
        said = delivery.problems or delivery.message
        state = f"{delivery.state}{': ' + said if said else ''}"
        console.print(f"  {moment(delivery.observed_at)}  read     {escape(state)}", soft_wrap=True)
        for attempt in delivery.attempts:
            _print_attempt(attempt)


def print_contact(contact: Mapping[str, str]) -> None:
    """Where the sandbox is reached."""
    for name, place in contact.items():
        console.print(f"{name.replace('_', ' '):<18}{escape(place)}", soft_wrap=True)


def _by(value: MetricValue) -> str:
    return f"{value.shown} by {value.updated_by}" if value.updated_by else value.shown


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHORT else line[: SHORT - 1] + "…"


def _planned(row: PlannedRow) -> str:
    if row.problems:
        return f"{row.key}: {'; '.join(row.problems)}"
    if row.kind == "cleared":
        kept = ", ".join(row.kept) or "what it has"
        return f"{row.key}: asks for nothing now; Arize keeps {kept}"
    values = [f"{v.old} -> {v.new}" if v.old else v.new for v in row.values]
    if row.note:
        values.append(f'note "{_short(row.note)}"')
    return f"{row.key}: {', '.join(values)}"


def _lag(view: MappingView) -> str:
    if view.lag is None:
        return "-"
    return f"{_roughly(view.lag.median)} ({_roughly(view.lag.worst)})"


def _roughly(seconds: float) -> str:
    if seconds < PRECISE_BELOW:
        return f"{seconds:.1f} s"
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _used(share: Share) -> str:
    allowed = f"of {share.allowed:.0f} allowed"
    if share.is_counted:
        who = " ".join(filter(None, (share.service.title(), share.endpoint)))
        return f"{share.used:.0f} {share.kind} of {who} in the last minute {allowed}"
    if share.service == "google":
        return f"polls ask Google for {share.used:.0f} {share.kind} a minute {allowed}"
    return f"rows posted to Arize {share.endpoint} in the last minute: {share.used:.0f} {allowed}"


def _counts(view: MappingView) -> tuple[str, ...]:
    shown: tuple[State, ...] = (
        "delivered",
        "pending",
        "held",
        "rejected",
        "failed",
        "orphaned",
    )
    return tuple(str(view.states.get(state, 0)) for state in shown)


def _print_attempt(attempt: PastAttempt) -> None:
    said = ", ".join(metric.shown for metric in attempt.annotation.metrics)
    note = ", with the note" if attempt.with_note else ""
    answer = f"{attempt.outcome or 'in flight'}{': ' + attempt.message if attempt.message else ''}"
    console.print(
        f"  {moment(attempt.intended_at)}  posted   {escape(said)}{note}; {escape(answer)}",
        soft_wrap=True,
    )
