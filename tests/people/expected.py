"""What must be true once all is quiet, by the naive reading of docs/semantics/ alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from tests.people.desk import MAPPED, STATUS, Seen, Tab
from tests.sandbox_client import Annotation
from tests.semantics import naive
from tests.semantics.naive import Contradiction, Outcome, Refused, Rules, Sent, Waits

RULES = Rules(when=True, required=True)
KEPT = r"Arize keeps \w+ [^,]+(, \w+ [^,]+)*"
DOUBT = "; the note may be missing"
SYNCED = re.compile(rf"Synced \d+ Nov \d\d:\d\d(; (?P<kept>{KEPT}))?(?P<doubt>{DOUBT})?")
CLEARED = re.compile(rf"Cleared here; (?P<kept>{KEPT})")
LOST = "On hold: the record of "
RIVAL = re.compile(r'Also judged in "(\w+)" row (\d+)')

Said = tuple[str, str, str | float, str]
"""Record, annotation name, value and annotator."""


Key = tuple[Tab, str]
"""A record in a tab."""


class Known(NamedTuple):
    """What Arize holds, its notes by record, and whose notes may have been there before."""

    arize: Mapping[tuple[str, str], tuple[str | float, str]]
    notes: Mapping[str, list[str]]
    pasted: AbstractSet[Key]


class Place(NamedTuple):
    """What rows of one tab with one id come to, and where they stand."""

    tab: Tab
    numbers: tuple[int, ...]
    outcome: Outcome


def said(seen: Iterable[Seen]) -> set[Said]:
    """All that any row says just now, each by itself."""
    found = [naive.outcome(row, RULES) for tab in seen for row in tab.judged.values()]
    return {
        (sent.record_id, name, value, by)
        for sent in found
        if isinstance(sent, Sent)
        for name, value, by in sent.metrics
    }


def held(annotations: Iterable[Annotation]) -> dict[tuple[str, str], tuple[str | float, str]]:
    """Record and annotation name to value and annotator at Arize."""
    found: dict[tuple[str, str], tuple[str | float, str]] = {}
    for one in annotations:
        value = one.label if one.label is not None else one.score
        assert value is not None
        found[one.record_id, one.name] = (value, one.updated_by or "")
    return found


def shown(tab: Tab, seen: Seen) -> set[Key] | None:
    """Whom the tab calls synced; None where no id or no status can be read of it."""
    if any(seen.headers.count(header) != 1 for header in ("Span ID", STATUS)):
        return None
    rows = seen.rows.values()
    return {
        (tab, naive.read(row.get("Span ID"))) for row in rows if status(row).startswith("Synced")
    }


def judge(
    seen: Mapping[Tab, Seen], annotations: list[Annotation], pasted: AbstractSet[Key]
) -> None:
    """Raise `AssertionError` where Arize or a status is not as the sheets have it.

    `pasted`: whom people's own edits called synced, so that their notes may be at Arize already.
    """
    places = [
        Place(tab, numbers, outcome)
        for tab, shown in seen.items()
        for numbers, outcome in naive.sheet(shown.judged, RULES).items()
    ]
    notes = {one.record_id: one.notes for one in annotations}
    known = Known(held(annotations), notes, pasted)
    for place in places:
        _judge_place(place, _rivals(place, places, seen), seen, known)
    for tab, shown in seen.items():
        speaking = {n for place in places if place.tab == tab for n in place.numbers}
        for number, row in shown.rows.items():
            if number not in speaking:
                _hold(status(row) == "", tab, number, row, "a foreign row has no status")


def status(row: Mapping[str, naive.Cell]) -> str:
    """What stands in the row's status cell."""
    return str(row.get(STATUS) or "")


def _record(place: Place, seen: Mapping[Tab, Seen]) -> str:
    return naive.read(seen[place.tab].judged[place.numbers[0]]["Span ID"])


def _rivals(place: Place, places: list[Place], seen: Mapping[Tab, Seen]) -> list[Place]:
    """Those of other tabs that speak of the same record."""
    record = _record(place, seen)
    return [
        other
        for other in places
        if other.tab != place.tab and not isinstance(other.outcome, Waits)
        if _record(other, seen) == record
    ]


def _judge_place(
    place: Place,
    rivals: list[Place],
    seen: Mapping[Tab, Seen],
    known: Known,
) -> None:
    rows = seen[place.tab].rows
    for number in place.numbers:
        row, text = rows[number], status(rows[number])
        waits = isinstance(naive.outcome(seen[place.tab].judged[number], RULES), Waits)
        if waits and not isinstance(place.outcome, Waits):
            _hold(text == "", place.tab, number, row, "its twin speaks for both")
            continue
        match place.outcome:
            case Waits():
                _hold(
                    _may_wait(text, _record(place, seen), known.arize),
                    place.tab,
                    number,
                    row,
                    "waits",
                )
            case Refused(problems=problems):
                _hold(text == "; ".join(problems)[:400], place.tab, number, row, str(problems))
            case Contradiction(rows=numbers):
                other = next(n for n in numbers if n != number)
                wanted = f"Same Span ID as row {other}"
                _hold(text == wanted, place.tab, number, row, wanted)
            case sent:
                _judge_sent(place, sent, number, rivals, seen, known)


def _judge_sent(  # noqa: PLR0917 - all that decides
    place: Place,
    sent: Sent,
    number: int,
    rivals: list[Place],
    seen: Mapping[Tab, Seen],
    known: Known,
) -> None:
    row = seen[place.tab].rows[number]
    text = status(row)
    if text.startswith(LOST) and any(tab == place.tab for tab, _ in known.pasted):
        return  # a row that Arize has nothing of was pasted as synced: a person must decide
    contested = [rival for rival in rivals if _contest(sent, rival.outcome)]
    unclear = [rival for rival in rivals if not isinstance(rival.outcome, Sent)]
    also = RIVAL.fullmatch(text)
    if contested or (unclear and also):
        named = also and any(
            also[1] == seen[rival.tab].title and int(also[2]) in rival.numbers
            for rival in contested + unclear
        )
        _hold(bool(named), place.tab, number, row, f"names one of {contested + unclear}")
        return
    match = SYNCED.fullmatch(text)
    _hold(match is not None, place.tab, number, row, "Synced")
    for name, value, by in sent.metrics:
        found = known.arize.get((sent.record_id, name))
        _hold(found == (value, by), place.tab, number, row, f"Arize has {name} {found}")
    if match and match["doubt"]:
        doubted = sent.note and (place.tab, sent.record_id) in known.pasted
        _hold(bool(doubted), place.tab, number, row, "nothing is known to be missing")
    elif sent.note:
        stored = known.notes.get(sent.record_id, [])
        last = stored[-1:] if not rivals else [note for note in stored if note == sent.note][:1]
        _hold(last == [sent.note], place.tab, number, row, f"Arize has notes {stored}")
    kept = match["kept"] if match else None
    if kept:
        names = {name for name, _, _ in sent.metrics}
        _hold(_is_kept(kept, sent.record_id, known.arize, names), place.tab, number, row, "is kept")


def _contest(sent: Sent, other: Outcome) -> bool:
    """Whether both would write one annotation, and not the same."""
    if not isinstance(other, Sent):
        return False
    theirs = {name: (value, by, other.note) for name, value, by in other.metrics}
    return any(
        name in theirs and theirs[name] != (value, by, sent.note)
        for name, value, by in sent.metrics
    )


def _may_wait(
    text: str, record: str, arize: Mapping[tuple[str, str], tuple[str | float, str]]
) -> bool:
    """Nothing is said, or what was accepted once is said to be kept."""
    match = SYNCED.fullmatch(text) or CLEARED.fullmatch(text)
    if not match:
        return text == ""
    return (record, "Adequacy") in arize and (
        not match["kept"] or _is_kept(match["kept"], record, arize, set())
    )


def _is_kept(
    kept: str,
    record: str,
    arize: Mapping[tuple[str, str], tuple[str | float, str]],
    spoken: set[str],
) -> bool:
    """Whether Arize holds all that is said to be kept, and the row does not say it."""
    for part in kept.removeprefix("Arize keeps ").split(", "):
        name, _, shown = part.partition(" ")
        value = arize.get((record, name), (None, ""))[0]
        if name in spoken or shown != (f"{value:g}" if isinstance(value, float) else f'"{value}"'):
            return False
    return True


def _hold(true: bool, tab: Tab, number: int, row: Mapping[str, object], why: str) -> None:  # noqa: FBT001 - what must hold
    mapped = {header: row.get(header) for header in [*MAPPED, STATUS]}
    assert true, f"{tab.name} row {number}: {why}\n{mapped}"
