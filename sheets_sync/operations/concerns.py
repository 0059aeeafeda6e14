"""What people are told of without having asked: by name, in words."""

from __future__ import annotations

from sheets_sync.domain.foreign import visible
from sheets_sync.operations.overview import MappingView, Overview

REFUSED_SHARE = 0.1
"""Of a mapping's rows of a day."""
REFUSED_ROWS = 20
"""Fewer refused rows are nobody's concern, whatever their share."""


def concerns(seen: Overview) -> dict[str, str]:
    """What is wrong now and does not concern single rows.

    The name of one stays the same as long as it lasts; its words may change.
    """
    found: dict[str, str] = {}
    if seen.refused:
        others = f" (and {len(seen.refused) - 1} more problems)" if seen.refused[1:] else ""
        said = f"{seen.refused[0]}{others}"
        found["refused configuration"] = f"configuration refused, the older one runs on: {said}"
    for view in seen.mappings:
        found |= _of_mapping(view)
    for outage in seen.outages:
        place = f"Arize {outage.endpoint}" + (
            f", model {outage.model_id}" if outage.model_id else ""
        )
        kind = "refused" if outage.needs_person else "unreachable"
        found[f"{kind} {place}"] = f"{place}: {outage.message}"
    if seen.refused:
        found["refused configuration"] = (
            f"the newest configuration is not used: {'; '.join(seen.refused)}"
        )
    unread = [view for view in seen.mappings if view.trouble and not view.trouble_needs_person]
    if unread:
        others = f" (and {len(unread) - 1} more mappings)" if unread[1:] else ""
        said = f"{unread[0].name}{others}: {unread[0].trouble}"
        found["unreachable Google"] = f"Google: {said}"
    return {name: visible(text) for name, text in found.items()}


def _of_mapping(view: MappingView) -> dict[str, str]:
    found: dict[str, str] = {}
    if view.trouble and view.trouble_needs_person:
        found[f"unreadable {view.name}"] = f"{view.name} is not read: {view.trouble}"
    if view.held:
        found[f"held {view.name}"] = (
            f"{view.name} is on hold: {view.held}; look at it: sheets-sync approve {view.name!r}"
        )
    if view.unwritable:
        found[f"unwritable {view.name}"] = (
            f"{view.name}: statuses are not written: {view.unwritable}"
        )
    refused, judged = view.refused_lately, view.refused_lately + view.accepted_lately
    if refused >= REFUSED_ROWS and refused > REFUSED_SHARE * judged:
        found[f"refused {view.name}"] = (
            f"{view.name}: Arize refused {refused} of {judged} rows of the last day; "
            "sheets-sync history shows its answers"
        )
    return found
