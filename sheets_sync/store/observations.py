"""What observe records: tabs, and what each of their rows asks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    case,
    delete,
    func,
    insert,
    select,
    update,
)

from sheets_sync.domain.plan import (
    COMPLETE_SNAPSHOTS_UNTIL_VANISHED,
    Change,
    Plan,
    Recorded,
    is_satisfied,
)
from sheets_sync.domain.sieve import Trace
from sheets_sync.store.contents import DECIDE_AGAIN, annotation_json, chunks, same_target
from sheets_sync.store.places import request_report
from sheets_sync.store.receipts import receipts_of, take_over
from sheets_sync.store.schema import (
    claims,
    deliveries,
    mappings,
    passes,
    tabs,
)

NEVER = 0.0
"""In place of a time, it takes back what was noted of a row."""


def traces(connection: Connection, tab: int) -> Iterable[Trace]:
    """What tells each row of a tab again that some row of the sheet stands for.

    Plain tuples of the driver's, since a tab may have a million.
    """
    is_quiet = (
        (deliveries.c.absences == 0)
        & (deliveries.c.digest != DECIDE_AGAIN)
        & deliveries.c.digest.not_like("%+%")
    )
    found = connection.execute(
        select(case((is_quiet, deliveries.c.digest)), deliveries.c.id, deliveries.c.number).where(
            are_of_tab(connection, tab), deliveries.c.state != "orphaned"
        )
    )
    return cast("Iterable[Trace]", found.cursor)


def are_of_tab(connection: Connection, tab: int) -> ColumnElement[bool]:
    """The tab's rows, read as they lie in the file where it has most of what lies there.

    By the index a row costs four times as much: its keys are in another order than the file.
    """
    is_of_tab = deliveries.c.tab_id == tab
    lying = select(func.min(deliveries.c.id), func.max(deliveries.c.id), func.count())
    first, last, count = connection.execute(lying.where(is_of_tab)).one()
    if not count or last - first >= 4 * count:
        return is_of_tab
    hides_index = deliveries.c.tab_id + 0 == tab
    return hides_index & deliveries.c.id.between(first, last)


def recorded(
    connection: Connection, tab: int, keys: Collection[str], ids: Collection[int]
) -> dict[str, Recorded]:
    """What the store knows of the tab's rows with these keys and of these deliveries, by key."""
    found = _recorded(connection, [deliveries.c.id.in_(chunk) for chunk in chunks(ids)])
    further = [
        (deliveries.c.tab_id == tab) & deliveries.c.key.in_(chunk)
        for chunk in chunks(set(keys) - found.keys())
    ]
    return found | _recorded(connection, further)


def _recorded(
    connection: Connection, conditions: Iterable[ColumnElement[bool]]
) -> dict[str, Recorded]:
    query = select(
        deliveries.c.id,
        deliveries.c.key,
        deliveries.c.number,
        deliveries.c.digest,
        deliveries.c.state,
        deliveries.c.absences,
        deliveries.c.unsettled,
        deliveries.c.note_attempted,
    )
    return {
        row.key: Recorded(*row)
        for condition in conditions
        for row in connection.execute(query.where(condition))
    }


def states(connection: Connection, tab: int) -> Counter[str]:
    """How many of the tab's rows stand in each state."""
    found = connection.execute(
        select(deliveries.c.state, func.count().label("rows"))
        .where(deliveries.c.tab_id == tab)
        .group_by(deliveries.c.state)
    )
    return Counter({row.state: row.rows for row in found})


def record_plan(
    connection: Connection, tab: int, plan: Plan, now: float, *, held: bool = False
) -> None:
    """Carry the plan into the outbox, and mark every tab whose statuses it may change.

    Of a held plan nothing becomes due, and nothing that vanished is let go.
    """
    if held and _is_known_to_be_held(plan):
        return
    before = [change.before.id for change in plan.changes if change.before is not None]
    _report_rivals(connection, before)
    changes = [_still_satisfied(connection, change) for change in plan.changes]
    ids = _record_changes(connection, tab, changes, now)
    _update_each(connection, "number", plan.moved)
    _update_each(connection, "absences", [(known.id, known.absences + 1) for known in plan.missing])
    _update_each(connection, "absences", [(delivery, 0) for delivery in plan.returned])
    vanished = [known.id for known in plan.vanished]
    if held:
        held_absences = COMPLETE_SNAPSHOTS_UNTIL_VANISHED
        _update_each(connection, "absences", [(delivery, held_absences) for delivery in vanished])
    else:
        orphan(connection, vanished)
    _mark_changed(connection, vanished, now)
    _report_rivals(connection, ids)
    connection.execute(
        insert(passes).values(
            tab_id=tab,
            at=now,
            counts={
                **Counter(change.kind for change in plan.changes),
                "moved": len(plan.moved),
                "vanished": len(plan.vanished),
            },
        )
    )


def _is_known_to_be_held(plan: Plan) -> bool:
    """Whether there is nothing in it but rows whose absence is recorded and held already."""
    fresh = [row for row in plan.vanished if row.absences < COMPLETE_SNAPSHOTS_UNTIL_VANISHED]
    return not (fresh or plan.changes or plan.moved or plan.missing or plan.returned)


def _still_satisfied(connection: Connection, change: Change) -> Change:
    """The change, or a pending one where deliver has posted something else since it was decided."""
    if change.annotation is None or change.state != "delivered":
        return _unless_answered(connection, change)
    unsettled, attempted = False, change.inherited.attempted
    if change.before is not None:
        unsettled, attempted = connection.execute(
            select(deliveries.c.unsettled, deliveries.c.note_attempted).where(
                deliveries.c.id == change.before.id
            )
        ).one()
    held = receipts_of(connection, change.annotation.targets)
    if unsettled or not is_satisfied(change.annotation, held, attempted):
        return replace(change, kind="edited", state="pending", delivered_at=None)
    return change


def _unless_answered(connection: Connection, change: Change) -> Change:
    """The change, to be decided again if an answer has come since: it may tell what Arize keeps."""
    if change.before is None or not change.before.unsettled:
        return change
    unsettled = connection.execute(
        select(deliveries.c.unsettled).where(deliveries.c.id == change.before.id)
    ).scalar()
    return change if unsettled else replace(change, digest=DECIDE_AGAIN)


def retire_mappings(connection: Connection, kept: Collection[str]) -> None:
    """Let go of the rows of every mapping that is not configured any more; receipts stay."""
    for tab in connection.execute(select(tabs).where(tabs.c.mapping.not_in(kept))).all():
        _retire(connection, tab.id)
    connection.execute(delete(mappings).where(mappings.c.name.not_in(kept)))


def retire_other_tabs(connection: Connection, mapping: str, kept: int) -> None:
    """Let go of the rows of tabs that the mapping stood for before; receipts stay."""
    others = select(tabs.c.id).where(tabs.c.mapping == mapping, tabs.c.id != kept)
    for other in connection.execute(others).scalars().all():
        _retire(connection, other)


def _retire(connection: Connection, tab: int) -> None:
    live = select(deliveries.c.id).where(
        deliveries.c.tab_id == tab, deliveries.c.state != "orphaned"
    )
    orphan(connection, connection.execute(live).scalars().all())


def _mark_changed(connection: Connection, ids: Collection[int], now: float) -> None:
    for chunk in chunks(ids):
        connection.execute(
            update(deliveries)
            .where(deliveries.c.id.in_(chunk), deliveries.c.changed_at.is_(None))
            .values(changed_at=now)
        )


def _record_changes(
    connection: Connection, tab: int, changes: Iterable[Change], now: float
) -> list[int]:
    numbered = [(change.before.id, change) for change in changes if change.before is not None]
    if numbered:
        assignments: dict[str, ColumnElement[object]] = {
            name: bindparam(f"new_{name}") for name in _columns(numbered[0][1], now)
        }
        connection.execute(
            update(deliveries)
            .where(deliveries.c.id == bindparam("known_id"))
            .values(
                assignments
                | {
                    "delivered_at": func.coalesce(
                        assignments["delivered_at"], deliveries.c.delivered_at
                    ),
                    "changed_at": func.nullif(
                        func.coalesce(assignments["changed_at"], deliveries.c.changed_at), NEVER
                    ),
                }
            ),
            [
                {"known_id": delivery}
                | {f"new_{name}": value for name, value in _columns(change, now).items()}
                for delivery, change in numbered
            ],
        )
    fresh = [change for change in changes if change.before is None]
    if fresh:
        made = connection.execute(
            insert(deliveries).returning(deliveries.c.id, sort_by_parameter_order=True),
            [
                {
                    "tab_id": tab,
                    "key": change.key,
                    "note_attempted": change.inherited.attempted,
                    "note_accepted": change.inherited.accepted,
                }
                | _columns(change, now)
                for change in fresh
            ],
        )
        numbered += zip(made.scalars().all(), fresh, strict=True)
    _replace_claims(connection, numbered)
    return [delivery for delivery, _ in numbered]


def _replace_claims(connection: Connection, numbered: list[tuple[int, Change]]) -> None:
    """A rejected row keeps the claims of what it said before: its targets stay its own."""
    replaced = [(delivery, change) for delivery, change in numbered if change.state != "rejected"]
    for chunk in chunks(delivery for delivery, _ in replaced):
        connection.execute(delete(claims).where(claims.c.delivery_id.in_(chunk)))
    made = [
        {
            **target._asdict(),
            "delivery_id": delivery,
            "fingerprint": fingerprint + (change.annotation.note_fingerprint or ""),
        }
        for delivery, change in replaced
        if change.annotation is not None
        for target, fingerprint in change.annotation.claims.items()
    ]
    if made:
        connection.execute(insert(claims), made)
    for delivery, change in replaced:
        if change.annotation is not None and change.delivered_at is not None:
            take_over(connection, change.annotation, delivery)


def _columns(change: Change, now: float) -> dict[str, object]:
    asked = change.annotation
    return {
        "number": change.number,
        "digest": change.digest,
        "state": change.state,
        "absences": 0,
        "observed_at": now,
        "endpoint": asked.endpoint if asked else None,
        "model_id": asked.model_id if asked else None,
        "record_id": asked.record_id if asked else None,
        "annotation": annotation_json(asked) if asked else None,
        "fingerprint": asked.fingerprint if asked else None,
        "note_fingerprint": asked.note_fingerprint if asked else None,
        "problems": "; ".join(str(problem) for problem in change.problems),
        "kept": list(change.kept),
        "withdrawn": change.withdrawn,
        "attempts": 0,
        "first_tried_at": None,
        "next_attempt_at": 0.0,
        "message": "",
        "delivered_at": change.delivered_at,
        "changed_at": now if change.is_risky else NEVER if change.kind == "unchanged" else None,
    }


def _update_each(connection: Connection, column: str, values: Iterable[tuple[int, int]]) -> None:
    listed = [{"known_id": delivery, "value": value} for delivery, value in values]
    if listed:
        connection.execute(
            update(deliveries)
            .where(deliveries.c.id == bindparam("known_id"))
            .values({column: bindparam("value")}),
            listed,
        )


def orphan(connection: Connection, ids: Collection[int]) -> None:
    """Nobody asks for these any more; what was delivered stays at Arize."""
    for chunk in chunks(ids):
        connection.execute(
            update(deliveries).where(deliveries.c.id.in_(chunk)).values(state="orphaned")
        )
        _report_rivals(connection, chunk)
        connection.execute(delete(claims).where(claims.c.delivery_id.in_(chunk)))


def _report_rivals(connection: Connection, ids: Collection[int]) -> None:
    mine, theirs = claims.alias("mine"), claims.alias("theirs")
    for chunk in chunks(ids):
        rivals = (
            select(deliveries.c.tab_id)
            .distinct()
            .join(theirs, theirs.c.delivery_id == deliveries.c.id)
            .join(mine, same_target(mine, theirs))
            .where(mine.c.delivery_id.in_(chunk), theirs.c.delivery_id != mine.c.delivery_id)
        )
        request_report(connection, connection.execute(rivals).scalars().all())
