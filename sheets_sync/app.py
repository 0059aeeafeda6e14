"""The composition root: a configuration becomes a running program."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from sheets_sync.arize.client import ArizeClient
from sheets_sync.config import ArizeSettings, Config, GoogleSettings
from sheets_sync.domain.delivery import RetryPolicy
from sheets_sync.domain.hold import HoldLimits
from sheets_sync.engine.context import Context
from sheets_sync.engine.deliver import Drain
from sheets_sync.google.budget import Budget, budgets, granted
from sheets_sync.google.credentials import Account, load_accounts
from sheets_sync.google.drive import DriveChanges, for_drive
from sheets_sync.google.sheets import SheetsClient
from sheets_sync.google.spread import SpreadSheets
from sheets_sync.google.transport import Transport
from sheets_sync.store import endpoints
from sheets_sync.store.database import State, open_state, sole_writer


@dataclass(frozen=True)
class App:
    """Everything that a command needs, made from one configuration."""

    config: Config
    context: Context
    arize: dict[str, ArizeClient]
    """The clients by the endpoints' names."""
    account: str
    """Whom sheets must be shared with."""
    budgets: Sequence[Budget]
    """What each account at Google may ask."""

    @property
    def drains(self) -> list[Drain]:
        """One for each Arize endpoint."""
        retry = self.config.retry
        policy = RetryPolicy(retry.attempts, retry.max_age, retry.settle)
        return [
            Drain(
                name,
                self.arize[name],
                policy,
                batch_size=settings.batch_size,
                concurrency=settings.concurrency,
            )
            for name, settings in self.config.arize.items()
        ]


@dataclass(frozen=True)
class FirstLook:
    """What a sheet is looked at with before there is a configuration."""

    sheets: SpreadSheets
    arize: ArizeClient | None


@contextmanager
def first_look(google: GoogleSettings, arize: ArizeSettings | None) -> Iterator[FirstLook]:
    """Both services' clients without a state; raises `ConfigError` for credentials."""
    accounts = load_accounts(google.credentials or ())
    clients = [SheetsClient(Transport(account, api_root=google.api_root)) for account in accounts]
    with ExitStack() as stack:
        client = None
        if arize is not None:
            client = ArizeClient(arize.endpoint, arize.api_key.get_secret_value())
            stack.callback(client.close)
        yield FirstLook(SpreadSheets(clients), client)


@contextmanager
def opened(config: Config, *, writes: bool) -> Iterator[App]:
    """Open the state and both services' clients; `writes` takes the state's lock.

    Raises `ConfigError` for credentials that cannot be used and `StateError` for the state.
    """
    with ExitStack() as stack:
        lock = stack.enter_context(sole_writer(config.state)) if writes else None
        state = open_state(config.state, lock)
        stack.callback(state.engine.dispose)
        stopping = threading.Event()
        accounts = load_accounts(config.google.credentials or ())
        google_budgets = budgets(
            accounts, config.google.reads_per_minute, config.google.writes_per_minute
        )
        arize = {
            name: stack.enter_context(_arize_client(state, name, config, stopping))
            for name in config.arize
        }
        context = Context(
            state,
            SpreadSheets(
                [
                    _sheets_client(account, budget, config, stopping)
                    for account, budget in zip(accounts, google_budgets, strict=True)
                ]
            ),
            config.contact,
            hold=HoldLimits(config.hold.share, config.hold.rows),
            drives=[_drive(account, config, stopping) for account in accounts],
            reads_per_minute=granted(accounts, config.google.reads_per_minute),
            writes_per_minute=granted(accounts, config.google.writes_per_minute),
            stopping=stopping,
        )
        who = " or ".join(account.who for account in accounts)
        yield App(config, context, arize, who, google_budgets)
        with state.writing() as connection:
            for name, client in arize.items():
                endpoints.remember_dialect(connection, name, client.dialect)


def _sheets_client(
    account: Account, budget: Budget, config: Config, stopping: threading.Event
) -> SheetsClient:
    return SheetsClient(
        Transport(account, api_root=config.google.api_root, budget=budget, stopping=stopping)
    )


def _drive(account: Account, config: Config, stopping: threading.Event) -> DriveChanges:
    root = config.google.api_root
    return DriveChanges(Transport(for_drive(account), api_root=root, stopping=stopping))


def _arize_client(
    state: State, name: str, config: Config, stopping: threading.Event
) -> ArizeClient:
    settings = config.arize[name]
    with state.reading() as connection:
        remembered = endpoints.dialect(connection, name)
    return ArizeClient(
        settings.endpoint,
        settings.api_key.get_secret_value(),
        dialect=settings.dialect,
        remembered=remembered,
        ca_bundle=str(settings.ca_bundle) if settings.ca_bundle else None,
        mutations_per_minute=settings.mutations_per_minute,
        requests_per_minute=settings.requests_per_minute,
        stopping=stopping,
    )
