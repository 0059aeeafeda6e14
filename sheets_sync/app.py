"""The composition root: a configuration becomes a running program."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace

from sheets_sync.arize.client import ArizeClient
from sheets_sync.config import ArizeSettings, Config, GoogleSettings
from sheets_sync.domain.delivery import RetryPolicy
from sheets_sync.domain.hold import HoldLimits
from sheets_sync.domain.ledger import UNSHARED
from sheets_sync.domain.mapping import Mapping
from sheets_sync.engine.context import Context
from sheets_sync.engine.deliver import Drain
from sheets_sync.engine.families import Expanded, Tell, expanded, untold
from sheets_sync.errors import StateError
from sheets_sync.google.budget import Budget, Project, budgets, granted
from sheets_sync.google.credentials import Account, load_accounts
from sheets_sync.google.drive import DriveFiles, for_drive
from sheets_sync.google.sheets import SheetsClient
from sheets_sync.google.spread import SpreadSheets
from sheets_sync.google.transport import Transport
from sheets_sync.store import endpoints, refusals, replicas
from sheets_sync.store.database import State, open_state, sole_writer
from sheets_sync.store.ledger import SharedLedger


@dataclass(frozen=True)
class App:
    """Everything that a command needs, made from one configuration."""

    config: Config
    """Its families are their members once the app is expanded."""
    context: Context
    arize: dict[str, ArizeClient]
    """The clients by the endpoints' names."""
    account: str
    """Whom sheets must be shared with."""
    budgets: Sequence[Budget]
    """What each account at Google may ask."""
    written: Config
    """The configuration with its families as they stand there."""

    @property
    def families(self) -> tuple[Mapping, ...]:
        """The entries that stand for several mappings."""
        return tuple(mapping for mapping in self.written.mappings if mapping.is_family)

    def expanded(self, *, again: bool, tell: Tell = untold) -> tuple[App, Expanded]:
        """The same with families as their members, and what was found of them at Google."""
        found = expanded(self.context, self.written.mappings, again=again, tell=tell)
        return replace(self, config=with_mappings(self.written, found.mappings)), found

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


@dataclass(frozen=True)
class _Google:
    settings: GoogleSettings
    accounts: Sequence[Account]
    budgets: Sequence[Budget]
    sheets: SpreadSheets
    drives: Sequence[DriveFiles]


class Connections:
    """The state and the clients of both services, for one configuration after another.

    What is configured as before is kept, and what was asked within the minute stays counted.
    """

    def __init__(self, state: State) -> None:
        self.state = state
        self.stopping = threading.Event()
        self._google: _Google | None = None
        self._projects: dict[str, Project] = {}
        self._arize: dict[str, tuple[ArizeSettings, ArizeClient]] = {}
        self._context: Context | None = None
        self._replica = replicas.own_name()
        self._ledger = SharedLedger(state, self._replica) if state.is_shared else UNSHARED

    def app(self, config: Config) -> App:
        """Everything for this configuration, while nothing of an earlier one is under way.

        Raises `ConfigError` for what cannot be used; all is as it was then.
        """
        arize = {name: self._client(name, settings) for name, settings in config.arize.items()}
        google = self._google_of(config.google)
        self._let_go(client for _, client in self._arize.values() if client not in arize.values())
        for name in self._arize.keys() & arize.keys():
            if self._arize[name][1] is not arize[name]:
                self._ask_again(name)
        self._arize = {name: (config.arize[name], client) for name, client in arize.items()}
        self._google = google
        context = Context(
            self.state,
            google.sheets,
            config.contact,
            hold=HoldLimits(config.hold.share, config.hold.rows),
            drives=google.drives,
            reads_per_minute=granted(google.accounts, config.google.reads_per_minute),
            writes_per_minute=granted(google.accounts, config.google.writes_per_minute),
            clock=self.state.now,
            stopping=self.stopping,
            replica=self._replica,
            configuration=_digest(config),
            families=frozenset(one.name for one in config.mappings if one.is_family),
        )
        if self._context is not None:
            context = replace(context, read=self._context.read, asked=self._context.asked)
            if self._context.contact == context.contact:  # which statuses show
                context = replace(context, looks=self._context.looks)
        self._context = context
        who = " or ".join(account.who for account in google.accounts)
        return App(config, context, arize, who, google.budgets, config)

    def remember_dialects(self) -> None:
        """So that the next process need not ask Arize."""
        with self.state.writing() as connection:
            for name, (_, client) in self._arize.items():
                endpoints.remember_dialect(connection, name, client.dialect)

    def close(self) -> None:
        """Close all clients, and take leave of the other replicas."""
        if self.state.is_shared:
            with suppress(StateError), self.state.beside() as connection:  # the lease ends anyway
                replicas.note_end(connection, self._replica)
        self._let_go(client for _, client in self._arize.values())

    def _let_go(self, clients: Iterable[ArizeClient]) -> None:
        for client in clients:
            client.close()

    def _ask_again(self, name: str) -> None:
        with self.state.writing() as connection:
            endpoints.ask_again(connection, name)

    def _google_of(self, settings: GoogleSettings) -> _Google:
        if self._google is not None and self._google.settings == settings:
            return self._google
        root, stopping = settings.api_root, self.stopping
        accounts = load_accounts(settings.credentials or ())
        agent = f"sheets-sync {self._replica}" if self.state.is_shared else None
        drives = [
            DriveFiles(Transport(for_drive(account), api_root=root, stopping=stopping, agent=agent))
            for account in accounts
        ]
        limits = settings.reads_per_minute, settings.writes_per_minute
        granted_each = budgets(accounts, *limits, self._projects, self._ledger)
        clients = [
            SheetsClient(
                Transport(account, api_root=root, budget=budget, stopping=stopping, agent=agent)
            )
            for account, budget in zip(accounts, granted_each, strict=True)
        ]
        return _Google(settings, accounts, granted_each, SpreadSheets(clients), drives)

    def _client(self, name: str, settings: ArizeSettings) -> ArizeClient:
        if name in self._arize and self._arize[name][0] == settings:
            return self._arize[name][1]
        with self.state.reading() as connection:
            remembered = endpoints.dialect(connection, name)
        client = ArizeClient(
            settings.endpoint,
            settings.api_key.get_secret_value(),
            dialect=settings.dialect,
            remembered=remembered,
            ca_bundle=str(settings.ca_bundle) if settings.ca_bundle else None,
            mutations_per_minute=settings.mutations_per_minute,
            requests_per_minute=settings.requests_per_minute,
            stopping=self.stopping,
            ledger=self._ledger,
        )
        for earlier in self._of_endpoint(name, settings.endpoint):
            client.follow(earlier)
        return client

    def _of_endpoint(self, name: str, endpoint: str) -> list[ArizeClient]:
        """The client that asked this endpoint before, if any, rather of the same name."""
        same = {
            other: client
            for other, (settings, client) in self._arize.items()
            if settings.endpoint == endpoint
        }
        return [same[name]] if name in same else list(same.values())[:1]


def _digest(config: Config) -> str:
    """Equal where the same is done."""
    text = config.model_dump_json(exclude={"state", "http", "log", "alerts"})
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def with_mappings(config: Config, mappings: Sequence[Mapping]) -> Config:
    """The same configuration with other mappings."""
    return config.model_copy(update={"mappings": tuple(mappings)})


@contextmanager
def connected(state_url: str, *, writes: bool, is_run: bool = False) -> Iterator[Connections]:
    """Open the state; `writes` takes its lock, and keeps it until the end; `is_run` as one of many.

    Raises `StateError` for the state.
    """
    with ExitStack() as stack:
        lock = stack.enter_context(sole_writer(state_url, is_run=is_run)) if writes else None
        state = open_state(state_url, lock)
        stack.callback(state.engine.dispose)
        connections = Connections(state)
        stack.callback(connections.close)
        if writes:
            _forget_refusals(state)
        yield connections
        connections.remember_dialects()
        if writes:
            _forget_refusals(state)


@contextmanager
def opened(config: Config, *, writes: bool) -> Iterator[App]:
    """Open the state and both services' clients; `writes` takes the state's lock.

    Raises `ConfigError` for credentials that cannot be used and `StateError` for the state.
    """
    with connected(config.state, writes=writes) as connections:
        yield connections.app(config)


def _forget_refusals(state: State) -> None:
    """Those of a configuration that was refused by a program that has ended."""
    with state.reading() as connection:
        if not refusals.problems(connection):
            return
    with state.writing() as connection:
        refusals.note_problems(connection, ())
