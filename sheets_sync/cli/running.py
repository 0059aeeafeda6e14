"""`run` for as long as it lives, whatever its configuration says by now."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from threading import Event, Lock, Thread

import structlog

from sheets_sync.app import App, Connections, connected
from sheets_sync.cli.seeing import Seen, seen
from sheets_sync.config import Config
from sheets_sync.config.addresses import without_password
from sheets_sync.config.watching import versions
from sheets_sync.engine.schedule import run
from sheets_sync.engine.unknown import logged
from sheets_sync.errors import ConfigError, StateError
from sheets_sync.observability.logs import configure_logging
from sheets_sync.store import refusals

log = structlog.get_logger(__name__)


FAMILIES_EVERY = 60.0
"""Seconds between two looks at which files and tabs the families of the configuration have."""


def alone(_: Running) -> AbstractContextManager[None]:
    """Nothing beside what runs."""
    return nullcontext()


def run_live(
    path: Path,
    config: Config,
    load: Callable[[], Config],
    beside: Callable[[Running], AbstractContextManager[None]] = alone,
) -> None:
    """Run until SIGTERM or Ctrl-C, which finish the requests in flight and nothing more.

    What `load` finds once the files at `path` have changed takes the place of `config` when the
    requests in flight are finished. What cannot be used is refused, and the running one is kept.
    `beside` is entered with what is running, whatever its configuration says by now. Raises
    `ConfigError` where `config` itself cannot be used, and `StateError`.
    """
    leaving = Event()
    with connected(config.state, writes=True, is_run=True) as connections:

        def leave(*_: object) -> None:
            leaving.set()
            connections.stopping.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, leave)
        running = Running(path, connections, config)
        with beside(running), running.following(load):
            while True:
                connections.stopping.clear()
                if leaving.is_set():
                    return
                running.run()


class Running:
    """The running configuration, and the one that is to take its place."""

    def __init__(
        self,
        path: Path,
        connections: Connections,
        config: Config,
        families_every: float = FAMILIES_EVERY,
    ) -> None:
        self._path = path
        self._connections = connections
        self._families_every = families_every
        self._app = self._expanded(config)
        self._seen = Seen(self._app)
        self._secrets = {*config.secrets}
        """Those of former configurations too: an answer in flight may repeat one."""
        self._changing = Lock()
        self._asked: Config | None = None
        self._refused: Sequence[str] = ()

    @property
    def seen(self) -> Seen:
        """How it is."""
        if self._seen.app is not self._app:
            self._seen = Seen(self._app)
        return self._seen

    def run(self) -> None:
        """Run the newest usable configuration until a stop is asked for."""
        before = self._app
        self._take_asked()
        try:
            with seen(self._app):
                if self._app is not before:
                    self._tell(before.config, self._app.config)
                run(self._app.context, self._app.config.mappings, self._app.drains)
        except ConfigError as error:
            if self._app is before:
                raise
            self._refuse(error.problems)
            self._app = self._expanded(before.written)

    @contextmanager
    def following(self, load: Callable[[], Config]) -> Iterator[None]:
        """Look at the files whenever they change, and at families, in threads, until the end."""
        ended = Event()
        changes = versions(self._path, ended)
        ticks = iter(partial(ended.wait, self._families_every), True)
        threads = [
            Thread(target=self._follow, args=(changes, partial(self._look, load)), daemon=True),
            Thread(target=self._follow, args=(ticks, self._look_at_families), daemon=True),
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            ended.set()
            for thread in threads:
                thread.join()

    def _follow(self, moments: Iterable[object], look: Callable[[], None]) -> None:
        for _ in moments:
            try:
                look()
            except StateError as trouble:
                log.error("configuration not looked at", trouble=str(trouble))  # noqa: TRY400 - for people
            except Exception as error:  # noqa: BLE001 - the next change is another matter
                logged(error)

    def _look_at_families(self) -> None:
        app = self._app
        if not app.families:
            return
        found, _ = app.expanded(again=True)
        with self._changing:
            if self._connections.stopping.is_set() or self._app is not app:
                return
            if found.config != app.config and self._asked is None:
                self._asked = app.written
                self._connections.stopping.set()

    def _look(self, load: Callable[[], Config]) -> None:
        try:
            found = load()
        except ConfigError as error:
            self._refuse(error.problems)
            return
        with self._changing:
            running = self._app.written
            if found.state != running.state:
                kept = without_password(running.state)
                self._refuse([f"{self._path}: state: needs a restart; until then {kept}"])
            elif found == running:
                self._asked = None
                self._refuse(())
            else:
                self._asked = found
                self._connections.stopping.set()

    def _expanded(self, config: Config) -> App:
        app, _ = self._connections.app(config).expanded(again=False)
        return app

    def _take_asked(self) -> None:
        with self._changing:
            asked, self._asked = self._asked, None
            if asked is None:
                return
            try:
                self._app = self._expanded(asked)
            except ConfigError as error:
                self._refuse(error.problems)

    def _refuse(self, problems: Sequence[str]) -> None:
        """Say once what is wrong, for as long as it is; nothing if all is well again."""
        if list(problems) == list(self._refused):
            return
        with self._connections.state.writing() as connection:
            refusals.note_problems(connection, problems)
        self._refused = problems
        if problems:
            log.error("configuration refused, the running one is kept", problems=[*problems])

    def _tell(self, before: Config, now: Config) -> None:
        self._secrets |= {*now.secrets}
        configure_logging(now.log.level, now.log.format, self._secrets)
        self._refuse(())
        old = {mapping.name: mapping for mapping in before.mappings}
        new = {mapping.name: mapping for mapping in now.mappings}
        log.info(
            "configuration applied",
            new=[name for name in new if name not in old],
            removed=[name for name in old if name not in new],
            changed=[name for name in new if name in old and new[name] != old[name]],
        )
