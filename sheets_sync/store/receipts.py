"""What Arize accepted: for each target the value, when, and which delivery owns it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy import Connection, and_, bindparam, delete, func, insert, select, update

from sheets_sync.domain.annotation import Annotation, MetricValue, Target
from sheets_sync.domain.plan import Notes, Receipt
from sheets_sync.store.contents import DECIDE_AGAIN, chunks, value_of, value_text
from sheets_sync.store.prepared import for_each
from sheets_sync.store.schema import deliveries, targets


def receipts_of(
    connection: Connection, named: Collection[Target], owners: Collection[int] = ()
) -> dict[Target, Receipt]:
    """What was accepted for the records of these targets, and under all that these own."""
    records: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    for endpoint, model_id, environment, record_id, _ in named:
        records[endpoint, model_id, environment].add(record_id)
    rows = [
        row
        for place, ids in records.items()
        for chunk in chunks(ids)
        for row in connection.execute(_OF_RECORDS, _records(*place, chunk))
    ]
    found = Counter(row.delivery_id for row in rows)
    for chunk in chunks(owners):
        counted = connection.execute(_COUNTS, {"owners": chunk})
        further = [owner for owner, count in counted if count > found[owner]]
        rows += connection.execute(_OWNED, {"owners": further}) if further else ()
    return {
        Target(*row[:5]): Receipt(
            value_of(row.value),
            row.at,
            row.delivery_id,
            Notes(row.note_attempted, row.note_accepted),
            row.unsettled,
        )
        for row in rows
    }


def take_over(connection: Connection, annotation: Annotation, delivery: int) -> None:
    """Make the delivery the owner of what Arize holds under the annotation's targets."""
    place = _records(*annotation.targets[0][:3], [annotation.record_id])
    names = [metric.name for metric in annotation.metrics]
    connection.execute(_TAKE_OVER, {**place, "names": names, "owner": delivery})


def write_receipts(
    connection: Connection, accepted: Mapping[Target, tuple[MetricValue, int]], now: float
) -> None:
    """Record values as accepted just now, each with the delivery that posted it.

    A row that owned what another has written is decided again.
    """
    replaced = {
        target: receipt.delivery
        for target, receipt in receipts_of(connection, accepted.keys()).items()
        if target in accepted
    }
    disowned = [owner for target, owner in replaced.items() if owner != accepted[target][1]]
    for chunk in chunks(disowned):
        connection.execute(_DECIDE_AGAIN, {"ids": chunk})
    if replaced:
        connection.execute(_FORGET, [_as_bound(target) for target in replaced])
    for_each(
        connection,
        _WRITE,
        [
            {
                "endpoint": target.endpoint,
                "model_id": target.model_id,
                "environment": target.environment,
                "record_id": target.record_id,
                "name": target.name,
                "value": value_text(value),
                "at": now,
                "delivery_id": delivery,
            }
            for target, (value, delivery) in accepted.items()
        ],
    )


def _records(
    endpoint: str, model_id: str, environment: str, ids: Collection[str]
) -> dict[str, object]:
    return {
        "of_endpoint": endpoint,
        "of_model_id": model_id,
        "of_environment": environment,
        "records": ids,
    }


def _as_bound(target: Target) -> dict[str, object]:
    return {f"of_{name}": part for name, part in zip(Target._fields, target, strict=True)}


_IS_OF_RECORDS = and_(  # SQLite finds no row value by an index, so this is by record, not by target
    targets.c.endpoint == bindparam("of_endpoint"),
    targets.c.model_id == bindparam("of_model_id"),
    targets.c.environment == bindparam("of_environment"),
    targets.c.record_id.in_(bindparam("records", expanding=True)),
)
_RECEIPTS = select(
    *(targets.c[name] for name in Target._fields),
    targets.c.value,
    targets.c.at,
    targets.c.delivery_id,
    deliveries.c.note_attempted,
    deliveries.c.note_accepted,
    deliveries.c.unsettled,
).join(deliveries, deliveries.c.id == targets.c.delivery_id)
_OF_RECORDS = _RECEIPTS.where(_IS_OF_RECORDS)
_IS_OWNED = targets.c.delivery_id.in_(bindparam("owners", expanding=True))
_OWNED = _RECEIPTS.where(_IS_OWNED)
_COUNTS = (
    select(targets.c.delivery_id, func.count()).where(_IS_OWNED).group_by(targets.c.delivery_id)
)
_TAKE_OVER = (
    update(targets)
    .where(
        _IS_OF_RECORDS,
        targets.c.name.in_(bindparam("names", expanding=True)),
        targets.c.delivery_id != bindparam("owner"),
    )
    .values(delivery_id=bindparam("owner"))
)
_DECIDE_AGAIN = (
    update(deliveries)
    .where(deliveries.c.id.in_(bindparam("ids", expanding=True)))
    .values(digest=DECIDE_AGAIN)
)
_FORGET = delete(targets).where(
    *(targets.c[name] == bindparam(f"of_{name}") for name in Target._fields)
)
_WRITE = insert(targets)
