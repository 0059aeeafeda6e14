"""Detect: notice which spreadsheets may have changed, and read them."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import structlog

from sheets_sync.domain import mapping as configured
from sheets_sync.domain.detection import WINDOW, Scheme, Watch, scheme
from sheets_sync.domain.mapping import Detect
from sheets_sync.engine.context import Context
from sheets_sync.engine.observe import observe
from sheets_sync.engine.others import Others, revision_of
from sheets_sync.engine.protocols import Drive
from sheets_sync.errors import SourceError, TransientError
from sheets_sync.store import looks, watches

log = structlog.get_logger(__name__)

DRIVE = "ask Drive"
WITHIN_A_POLL = 0.9
"""Of a poll; replicas begin theirs at different times."""

Groups = Mapping[str, Sequence[configured.Mapping]]
"""Mappings by spreadsheet."""


def watched(groups: Groups) -> dict[str, Watch]:
    """What is asked for each spreadsheet: the most frequent poll, and the surest way to notice."""
    found = {}
    for spreadsheet, group in groups.items():
        polls = [m.poll.total_seconds() for m in group if isinstance(m.poll, timedelta)]
        if polls:
            asked = {m.detect for m in group if isinstance(m.poll, timedelta)}
            found[spreadsheet] = Watch(spreadsheet, min(polls), _surest(asked))
    return found


class Detection:
    """Which spreadsheets are to be read, all that have a poll of their own; threads may share it.

    Those that are looked at by a cron expression are not among them.
    """

    def __init__(self, context: Context, groups: Groups) -> None:
        self._context = context
        self._groups = {
            spreadsheet: [m for m in group if isinstance(m.poll, timedelta)]
            for spreadsheet, group in groups.items()
        }
        self._revisions = {name: revision_of(group) for name, group in self._groups.items()}
        self._accounts = [drive.account for drive in context.drives]
        self._watches = watched(groups)
        self._under_way: set[str] = set()
        self._asked: set[str] = set()
        self._beginnings = 0
        self._lock = threading.Lock()
        self._unusable = ""
        self._is_drive_asked = False
        self._missed = ""
        self._scheme = self._chosen()
        self._take_over()
        self._recall()
        self._tell()

    @property
    def drive_poll(self) -> float | None:
        """How often Drive is to be asked, in seconds; None where it never is."""
        return min((self._watches[s].poll for s in self._wishes.by_drive), default=None)

    def due(self, room: int) -> list[str]:
        """The spreadsheets to read now, the most urgent first, at most `room` under way."""
        with self._lock:
            put_off = self._under_way
            if not self._is_drive_asked:  # what is read before the first token is read again
                put_off = put_off | self._scheme.by_drive
            idle = [w for s, w in self._watches.items() if s not in put_off]
            due = self._scheme.due(idle, self._context.clock())
            asked = sorted(self._asked - self._under_way)
            urgent = [*asked, *(w.spreadsheet for w in due if w.spreadsheet not in self._asked)]
            chosen = urgent[: max(0, room - len(self._under_way))]
            self._asked.difference_update(chosen)
            self._under_way.update(chosen)
        return chosen

    def learn(self, under_way: Collection[str]) -> None:
        """What all replicas have read by now; `under_way` are the spreadsheets they are at."""
        with self._context.state.reading() as connection:
            read = looks.known(connection)
            told, since = (
                watches.known(connection),
                watches.tokens_since(connection, self._accounts),
            )
        with self._lock:
            self._under_way = {*under_way}
            for spreadsheet, watch in self._watches.items():
                last = read.get(_name(spreadsheet))
                if last is None or last.revision != self._revisions[spreadsheet]:
                    last = looks.Looked("", None, None, None)
                by_drive = told[spreadsheet].changed_at if spreadsheet in told else None
                is_read = spreadsheet not in self._scheme.by_drive or (last.read_at or 0) >= since
                self._watches[spreadsheet] = replace(
                    watch,
                    read_at=last.read_at if is_read else None,
                    failed_at=last.failed_at,
                    changed_at=max(filter(None, (last.changed_at, by_drive)), default=None),
                )

    def ask(self, spreadsheet: str) -> None:
        """Let it be due; where it is being read, once more after that."""
        with self._lock:
            if spreadsheet in self._watches:
                self._asked.add(spreadsheet)

    def put_back(self, spreadsheet: str) -> None:
        """One that is due was not read; it is due still."""
        with self._lock:
            self._under_way.discard(spreadsheet)
            self._asked.add(spreadsheet)

    def read(self, spreadsheet: str, since: float = 0.0) -> None:
        """Observe one that was found due at `since`, and remember how it went."""
        others, name = Others(self._context), _name(spreadsheet)
        if others.looked(name, self._revisions[spreadsheet], since):
            return
        began, beginnings = self._context.clock(), self._beginnings
        succeeded = has_changed = False
        try:
            observed = observe(self._context, spreadsheet, self._groups[spreadsheet])
            plans = [observation.plan for observation in observed]
            succeeded = all(plan is not None for plan in plans)
            has_changed = any(plan is not None and not plan.is_empty for plan in plans)
            if succeeded and spreadsheet in self._scheme.by_drive:
                self._note_read(spreadsheet, began)
        finally:
            with self._lock:
                known = self._watches[spreadsheet]
                if not succeeded:
                    known = replace(known, failed_at=began)
                elif beginnings == self._beginnings:
                    known = replace(known, read_at=began, failed_at=None)
                if has_changed:
                    known = replace(known, changed_at=max(began, known.changed_at or 0))
                self._watches[spreadsheet] = known
                self._under_way.discard(spreadsheet)
            if succeeded or not self._context.stopping.is_set():
                revision = self._revisions[spreadsheet]
                times = known.read_at, known.failed_at, known.changed_at
                others.tell(name, looks.Looked(revision, *times))

    def hand_over(self) -> None:
        """Let the next run of this process know what was read, once nothing is under way.

        What failed may have been stopped.
        """
        self._context.read.polled.clear()
        for spreadsheet, watch in self._watches.items():
            known = replace(watch, failed_at=None)
            self._context.read.polled[spreadsheet] = self._groups[spreadsheet], known

    def ask_drive(self) -> None:
        """One request for each account: which spreadsheets changed since it was asked last.

        None, where another replica has asked within this poll: what it was told is in the state.
        """
        others, whose = Others(self._context), " ".join(self._accounts)
        began, missed = self._context.clock(), ""
        try:
            if not others.looked(DRIVE, whose, began - WITHIN_A_POLL * (self.drive_poll or 0)):
                for drive in self._context.drives:
                    self._follow(drive)
                others.tell(DRIVE, looks.Looked(whose, began, None, None))
        except TransientError as trouble:
            missed = str(trouble)
            if missed != self._missed:
                log.warning("Drive not asked", trouble=missed)
        except SourceError as trouble:
            self._set_usable(str(trouble))
        else:
            self._set_usable("")
        finally:
            self._is_drive_asked, self._missed = True, missed

    def _follow(self, drive: Drive) -> None:
        state, now = self._context.state, self._context.clock()
        with state.reading() as connection:
            known = watches.token(connection, drive.account)
        if known is None:
            self._begin(drive)
            return
        try:
            told, token = drive.since(known.token)
        except SourceError:
            self._begin(drive)
            return
        told = told & self._watches.keys()
        if token == known.token and not told:
            return
        with state.writing() as connection:
            watches.note_told(connection, drive.account, known._replace(token=token), told, now)
        self._mark(told, now)

    def _begin(self, drive: Drive) -> None:
        """Take a new token, and only then let all be read: what changes meanwhile is told of."""
        token = drive.start()
        now = self._context.clock()
        with self._context.state.writing() as connection:
            watches.note_told(connection, drive.account, watches.Token(token, now), (), now)
        with self._lock:
            self._beginnings += 1
            for spreadsheet, watch in self._watches.items():
                self._watches[spreadsheet] = replace(watch, read_at=None)
        log.info("all spreadsheets are read", reason="Drive's list of changes begins anew")

    def _note_read(self, spreadsheet: str, began: float) -> None:
        with self._context.state.writing() as connection:
            watches.note_read(connection, spreadsheet, self._revisions[spreadsheet], began)

    def _mark(self, told: Collection[str], now: float) -> None:
        with self._lock:
            for spreadsheet in told:
                self._watches[spreadsheet] = replace(self._watches[spreadsheet], changed_at=now)

    def _take_over(self) -> None:
        for spreadsheet, watch in self._watches.items():
            mappings, known = self._context.read.polled.get(spreadsheet, (None, watch))
            if mappings == self._groups[spreadsheet]:
                self._watches[spreadsheet] = known

    def _recall(self) -> None:
        """What was read with these mappings since the tokens were given need not be read again."""
        with self._context.state.reading() as connection:
            known, since = (
                watches.known(connection),
                watches.tokens_since(connection, self._accounts),
            )
        for spreadsheet in self._scheme.by_drive & known.keys():
            told, read_at, revision = known[spreadsheet]
            is_read = revision == self._revisions[spreadsheet] and (read_at or 0) >= since
            self._watches[spreadsheet] = replace(
                self._watches[spreadsheet], read_at=read_at if is_read else None, changed_at=told
            )

    @property
    def _wishes(self) -> Scheme:
        """What it would be if Drive could be asked."""
        return self._schemed(is_drive_usable=True)

    def _chosen(self) -> Scheme:
        return self._schemed(is_drive_usable=not self._unusable)

    def _schemed(self, *, is_drive_usable: bool) -> Scheme:
        usable = is_drive_usable and bool(self._context.drives)
        reads = self._context.reads_per_minute
        return scheme([*self._watches.values()], reads, is_drive_usable=usable)

    def _set_usable(self, trouble: str) -> None:
        if trouble == self._unusable:
            return
        self._unusable = trouble
        with self._lock:
            self._scheme = self._chosen()
        self._tell()
        if trouble:
            log.warning("Drive cannot be asked, sheets are polled", trouble=trouble)
        else:
            log.info("Drive can be asked again")

    def _tell(self) -> None:
        said = {spreadsheet: self._said(watch) for spreadsheet, watch in self._watches.items()}
        with self._context.state.writing() as connection:
            watches.note_detection(connection, said)

    def _said(self, watch: Watch) -> str:
        """For people: how its changes are noticed, and how late at most."""
        if watch.spreadsheet in self._scheme.by_drive:
            return (
                f"told by Drive, seen within {duration(WINDOW + watch.poll)}; what Drive does not "
                f"tell, within {duration(max(self._scheme.sweep, watch.poll))}"
            )
        stretch = 1.0 if watch.detect == "poll" else self._scheme.stretch([*self._cold()], 0)
        why = f" (Drive cannot be asked: {self._unusable})" if self._unusable else ""
        return f"polled, seen within {duration(watch.poll * stretch)}{why}"

    def _cold(self) -> list[Watch]:
        return [replace(watch, changed_at=None) for watch in self._watches.values()]


def _name(spreadsheet: str) -> str:
    return f"observe {spreadsheet}"


def duration(seconds: float) -> str:
    """A duration as people say it: 45 s, 3 min 30 s, 2 h 52 min."""
    whole = round(seconds)
    for size, unit, smaller_size, smaller in ((3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            rest = whole % size // smaller_size
            return f"{whole // size} {unit}" + (f" {rest} {smaller}" if rest else "")
    return f"{whole} s"


def _surest(asked: Collection[Detect]) -> Detect:
    wanted: tuple[Detect, ...] = ("poll", "drive")
    return next((detect for detect in wanted if detect in asked), "auto")
