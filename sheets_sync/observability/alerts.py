"""Tells people what is wrong, once when it starts and once when it ends, through Apprise."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeAlias

import structlog
from apprise import Apprise, AppriseAsset, NotifyFormat, NotifyType, PersistentStoreMode
from apprise.logger import LOGGER_NAME

from sheets_sync.engine.passes import one_pass
from sheets_sync.engine.unknown import logged
from sheets_sync.errors import ConfigError, StateError
from sheets_sync.store import alerts
from sheets_sync.store.database import State

log = structlog.get_logger(__name__)

LOOK_EVERY = 30.0
PATIENCE = 20.0
"""Seconds that one address may take."""

Concerns: TypeAlias = Mapping[str, str]
"""What is wrong, by name, in words."""


class Address:
    """Whom Apprise tells; `place` names it in lines for people, since it may hold a secret."""

    def __init__(self, url: str, place: str) -> None:
        self.place = place
        self.digest = hashlib.sha256(url.encode()).hexdigest()[:12]
        self._apprise = Apprise(
            asset=AppriseAsset(
                app_id="sheets-sync",
                app_desc="sheets-sync",
                storage_mode=PersistentStoreMode.MEMORY,
                service_timeout=PATIENCE,
                http_redirects=False,
            )
        )
        if not self._apprise.add(url):
            raise ConfigError([f"{place}: Apprise does not know such an address"])

    def tell(self, title: str, lines: Sequence[str], kind: NotifyType) -> bool:
        """Whether it was told, within `PATIENCE`."""
        body, text = "\n".join(lines), NotifyFormat.TEXT
        return bool(self._apprise.notify(body, title, notify_type=kind, body_format=text))


def addresses(urls: Sequence[str]) -> list[Address]:
    """Raises `ConfigError` for one that Apprise cannot use."""
    logging.getLogger(LOGGER_NAME).setLevel(logging.CRITICAL + 1)  # its lines hold parts of them
    return [Address(url, f"alerts[{urls.index(url)}]") for url in dict.fromkeys(urls)]


def alerting(told: Concerns, before: Concerns, now: Concerns) -> tuple[Concerns, Concerns]:
    """What is to be told as begun and as over, where `told` is what was told as begun before.

    What was not there at the look before, half a minute ago, may pass by itself: it is told at the
    next look if it lasts.
    """
    begun = {name: text for name, text in now.items() if name in before and name not in told}
    ended = {name: text for name, text in told.items() if name not in now}
    return begun, ended


@contextmanager
def alerted(  # noqa: PLR0913, PLR0917 - what is looked at, whom it is told, and when
    state: State,
    listed: Sequence[Address],
    concerns: Callable[[], Concerns],
    clock: Callable[[], float],
    every: float = LOOK_EVERY,
    tells: Callable[[], bool] = lambda: True,
) -> Iterator[None]:
    """Look each so many seconds, in a thread of its own, until the end.

    Where `tells` says that it is another's turn, nobody is told, but what is so is known.
    """
    ending = threading.Event()

    def look_on() -> None:
        before: Concerns = {}
        unusable = ""
        while not ending.wait(every):
            with one_pass():
                try:
                    now = concerns()
                    for address in listed if tells() else ():
                        _look(state, address, before, now, clock())
                    before, unusable = now, ""
                except StateError as trouble:
                    if str(trouble) != unusable:
                        log.error("nobody is alerted", trouble=str(trouble))  # noqa: TRY400 - for people
                    unusable = str(trouble)
                except Exception as error:  # noqa: BLE001 - the next look tries again
                    logged(error)

    with state.writing() as connection:
        alerts.keep_only(connection, [address.digest for address in listed])
    thread = threading.Thread(target=look_on, name="alerts", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join(PATIENCE * len(listed))


def _look(state: State, address: Address, before: Concerns, now: Concerns, at: float) -> None:
    with state.reading() as connection:
        told = alerts.told(connection, address.digest)
    begun, ended = alerting(told, before, now)
    if begun and _tell(address, "needs attention", begun, NotifyType.WARNING):
        with state.writing() as connection:
            alerts.note_told(connection, address.digest, begun, at)
    if ended and _tell(address, "is over", ended, NotifyType.SUCCESS):
        with state.writing() as connection:
            alerts.note_over(connection, address.digest, ended)


def _tell(address: Address, what: str, concerns: Concerns, kind: NotifyType) -> bool:
    is_told = address.tell(f"sheets-sync: {what}", list(concerns.values()), kind)
    if is_told:
        log.info("alerted", address=address.place, what=what, concerns=list(concerns))
    else:
        log.warning(
            "not alerted",
            address=address.place,
            concerns=list(concerns),
            cure="it is tried again; try the address with Apprise's own command",
        )
    return is_told
