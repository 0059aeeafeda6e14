"""When a plan looks like an accident: it is held until a person approves it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias, assert_never

from sheets_sync.domain.plan import Plan

HoldKind: TypeAlias = Literal["changed", "lost", "reconfigured"]


@dataclass(frozen=True, slots=True)
class HoldLimits:
    """Both must be passed: the share of delivered rows, and their number."""

    share: float
    rows: int


@dataclass(frozen=True, slots=True)
class Hold:
    """Why nothing of a mapping is sent for now."""

    kind: HoldKind
    rows: int

    @property
    def reason(self) -> str:
        """As the rows' statuses say it."""
        rows = f"{self.rows} row" if self.rows == 1 else f"{self.rows} rows"
        match self.kind:
            case "changed":
                return f"{rows} changed at once"
            case "lost":
                return f"the record of {rows} was lost"
            case "reconfigured":
                return f"a new configuration would send {rows} again"
            case never:
                assert_never(never)


@dataclass(frozen=True, slots=True)
class Past:
    """What a plan is held against."""

    delivered: int
    """Rows of the mapping that Arize holds something of."""
    changed: frozenset[int]
    """Deliveries that changed within the hour, or since the last approval."""
    held: frozenset[int]
    """Delivered rows whose change is held now."""
    hold: Hold | None
    is_reconfigured: bool
    """The mapping says something else than when its rows were observed last."""


def judge(plan: Plan, past: Past, lost: int, limits: HoldLimits) -> Hold | None:
    """Whether the mapping is held once this plan is recorded (rule 9 of the design).

    `lost`: rows that the store does not know although their status says `Synced`. Only a person
    ends such a hold; any other ends also when its rows say again what Arize holds.
    """
    if past.hold is not None and past.hold.kind == "lost":
        return past.hold
    resent = sum(change.kind == "edited" for change in plan.changes) + lost
    if past.is_reconfigured and resent:
        return Hold("reconfigured", resent)
    if lost and (past.delivered == 0 or _is_too_much(lost, past.delivered + lost, limits)):
        return Hold("lost", lost)
    known = {change.before.id: change.is_risky for change in plan.changes if change.before}
    risky = {delivery for delivery, is_risky in known.items() if is_risky}
    vanished = {row.id for row in plan.vanished}
    if past.hold is not None:
        at_stake = (past.held - known.keys()) | risky | vanished
        return Hold(past.hold.kind, len(at_stake)) if at_stake else None
    changed = past.changed | risky | vanished
    if (risky or vanished) and _is_too_much(len(changed), past.delivered, limits):
        return Hold("changed", len(changed))
    return None


def hold_digest(rows: Iterable[tuple[str, str]]) -> str:
    """What an approval is bound to: each held row's key, and the fingerprint that it asks for."""
    return hashlib.sha256(json.dumps(sorted(rows)).encode()).hexdigest()[:12]


def _is_too_much(rows: int, of: int, limits: HoldLimits) -> bool:
    return rows >= limits.rows and rows > limits.share * of
