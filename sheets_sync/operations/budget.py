"""What is used of what Google and Arize allow in a minute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from sheets_sync.config import Config
from sheets_sync.domain.detection import reads_asked, scheme
from sheets_sync.domain.mapping import by_spreadsheet
from sheets_sync.engine.detect import watched
from sheets_sync.engine.schedule import cron_reads
from sheets_sync.store import lately
from sheets_sync.store.database import State

Service: TypeAlias = Literal["google", "arize"]
Kind: TypeAlias = Literal["reads", "writes", "mutations", "requests"]
MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Share:
    """What is used, and what is allowed, of one kind of request in a minute."""

    service: Service
    endpoint: str
    """Arize's by its name; empty for Google."""
    kind: Kind
    used: float
    allowed: float
    is_counted: bool = True
    """By the service itself; else it is what the schedule and the state tell."""

    @property
    def labels(self) -> dict[str, str]:
        """What tells it from others."""
        return {"service": self.service, "endpoint": self.endpoint, "kind": self.kind}


def counted(
    config: Config, google: tuple[int, int], arize: Mapping[str, tuple[int, int]]
) -> tuple[Share, ...]:
    """What this process has used: Google's reads and writes, Arize's mutations and requests."""
    accounts = _accounts(config)
    shares = [
        Share("google", "", "reads", google[0], config.google.reads_per_minute * accounts),
        Share("google", "", "writes", google[1], config.google.writes_per_minute * accounts),
    ]
    for name, (mutations, requests) in arize.items():
        limits = config.arize[name]
        shares += [
            Share("arize", name, "mutations", mutations, limits.mutations_per_minute),
            Share("arize", name, "requests", requests, limits.requests_per_minute),
        ]
    return tuple(shares)


def estimated(config: Config, state: State, now: float) -> tuple[Share, ...]:
    """What another process sees: the reads that polls ask for, and the rows that were posted."""
    reads = config.google.reads_per_minute * _accounts(config)
    watches = [*watched(by_spreadsheet(config.mappings)).values()]
    by_drive = scheme(watches, reads, is_drive_usable=True).by_drive
    polled = [watch for watch in watches if watch.spreadsheet not in by_drive]
    asked = reads_asked(polled) + cron_reads(config.mappings)
    with state.reading() as connection:
        posted = lately.posted_since(connection, now - MINUTE)
    return (
        Share("google", "", "reads", asked, reads, is_counted=False),
        *(
            Share(
                "arize",
                name,
                "mutations",
                posted.get(name, 0),
                limits.mutations_per_minute,
                is_counted=False,
            )
            for name, limits in config.arize.items()
        ),
    )


def _accounts(config: Config) -> int:
    return len(config.google.credentials or ("the default",))
