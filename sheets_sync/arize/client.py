"""One Arize endpoint: posts rows, and answers what `check` asks."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from threading import Event, Lock
from types import TracebackType
from typing import Self

from gql import GraphQLRequest

from sheets_sync.arize import lookup, transport
from sheets_sync.arize.answer import Reply
from sheets_sync.arize.dialect import QUESTION, DialectSetting, dialect_of
from sheets_sync.arize.mutation import mutation, unsendable
from sheets_sync.arize.outcome import Unattributed, Verdict, schema_mismatch, settled, verdicts
from sheets_sync.arize.pace import Pace
from sheets_sync.domain.delivery import (
    Accepted,
    Dialect,
    Outcome,
    Post,
    Refused,
    Unavailable,
    Unresolved,
)
from sheets_sync.domain.ledger import UNSHARED, Ledger
from sheets_sync.errors import TargetUnavailable, TransientError

STOPPED = Unavailable("stopped before it was sent", "endpoint")


class ArizeClient:
    """One endpoint, for any number of threads: each request borrows a session of its own.

    Times are in seconds. `remembered` is what `dialect` once was, so that `auto` need not ask
    again. Raises `ConfigError` for an endpoint, key or CA bundle that cannot be used.
    """

    def __init__(  # noqa: PLR0913 - one argument for each key of the configuration
        self,
        endpoint: str,
        api_key: str,
        *,
        dialect: DialectSetting = "auto",
        remembered: Dialect | None = None,
        ca_bundle: str | None = None,
        timeout: float = 30.0,
        mutations_per_minute: int = 300,
        requests_per_minute: int = 100,
        stopping: Event | None = None,
        ledger: Ledger = UNSHARED,
    ) -> None:
        self._endpoint = transport.usable_endpoint(endpoint)
        self._key = transport.usable_key(api_key)
        self._ca_bundle = transport.usable_ca_bundle(ca_bundle)
        self._timeout = timeout
        self._asks = dialect == "auto"
        self._dialect = remembered if dialect == "auto" else dialect
        self._deciding = Lock()
        self._not_too_complex: int | None = None
        """So many rows at most go into one request, once more were refused as too complex."""
        self._pace = Pace(
            mutations_per_minute,
            requests_per_minute,
            stopping,
            endpoint=self._endpoint,
            lasts=transport.longest(timeout),
            ledger=ledger,
        )
        self._idle: deque[transport.Transport] = deque()

    def __repr__(self) -> str:
        return f"ArizeClient({self._endpoint!r}, dialect={self._dialect!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the sessions that no thread is using."""
        while self._idle:
            self._idle.pop().close()

    def follow(self, before: ArizeClient) -> None:
        """Count what another client asked of the same endpoint within the minute."""
        self._pace.follow(before._pace)

    @property
    def dialect(self) -> Dialect | None:
        """The dialect as set, or as `auto` decided it; None before, or when it proved wrong."""
        return self._dialect

    @property
    def used(self) -> tuple[int, int]:
        """The mutations and requests of the last minute."""
        return self._pace.used

    def post(self, posts: Sequence[Post]) -> list[Outcome]:
        """Post several rows in one request; one outcome for each, in order. Never raises.

        Rows of which the answer does not tell are sent again one by one, under the same attempt.
        """
        dialect = self._decided()
        if isinstance(dialect, Unavailable):
            return [dialect] * len(posts)
        reasons = [unsendable(post, dialect) for post in posts]
        sendable = [post for post, why in zip(posts, reasons, strict=True) if why is None]
        outcomes = iter(self._deliver(sendable, dialect))
        return [next(outcomes) if why is None else Refused(why, transient=False) for why in reasons]

    def viewer(self) -> str:
        """Whose key it is. Raises `TargetUnavailable` and `TransientError`."""
        return lookup.found(self._look_up(lookup.VIEWER), lookup.ViewerAnswer).name

    def model(self, model_id: str) -> str | None:
        """Type and name of what has this id, None if nothing has. Raises as `viewer`."""
        reply = self._look_up(lookup.NODE, {"id": model_id})
        return lookup.found(reply, lookup.NodeAnswer).name

    def models(self) -> list[lookup.NamedModel]:
        """The models that the key sees, the first 20 of each space. Raises as `viewer`."""
        return lookup.found(self._look_up(lookup.MODELS), lookup.ModelsAnswer).models

    def rate_limit(self) -> lookup.RateLimit:
        """The cost limit of one call. Raises as `viewer`."""
        answer = lookup.found(self._look_up(lookup.RATE_LIMIT), lookup.RateLimitAnswer)
        return lookup.RateLimit(answer.rate_limit.limit, answer.rate_limit.cost)

    def _decided(self) -> Dialect | Unavailable:
        with self._deciding:
            if self._dialect is None:
                reply = self._ask(QUESTION, mutations=0)
                dialect = STOPPED if reply is None else dialect_of(reply)
                if isinstance(dialect, Unavailable):
                    return dialect
                self._dialect = dialect
            return self._dialect

    def _deliver(self, posts: Sequence[Post], dialect: Dialect) -> list[Outcome]:
        if not posts:
            return []
        if self._not_too_complex is not None and len(posts) > self._not_too_complex:
            return self._deliver_in_halves(posts, dialect)
        together = self._send(posts, dialect)
        if len(posts) == 1:
            return [settled(together[0])]
        if any(isinstance(verdict, Unattributed) and verdict.too_complex for verdict in together):
            self._not_too_complex = (len(posts) + 1) // 2
            return self._deliver_in_halves(posts, dialect)
        outcomes: list[Outcome] = []
        closed: Unavailable | None = None
        for post, verdict in zip(posts, together, strict=True):
            if not isinstance(verdict, Unattributed):
                outcomes.append(verdict)
            elif verdict.may_have_run and post.with_note:
                outcomes.append(Unresolved(verdict.message))
            else:
                alone = closed or settled(self._send([post], dialect)[0])
                if isinstance(alone, Unavailable):
                    closed = alone if alone.concerns == "endpoint" else None
                    alone = Unresolved(alone.message) if verdict.may_have_run else alone
                outcomes.append(alone)
        return outcomes

    def _deliver_in_halves(self, posts: Sequence[Post], dialect: Dialect) -> list[Outcome]:
        half = (len(posts) + 1) // 2
        outcomes = self._deliver(posts[:half], dialect)
        last = outcomes[-1]
        if isinstance(last, Unavailable) and last.concerns == "endpoint" and not last.of_row:
            return outcomes + [last] * (len(posts) - half)
        return outcomes + self._deliver(posts[half:], dialect)

    def _send(self, posts: Sequence[Post], dialect: Dialect) -> list[Verdict]:
        reply = self._ask(mutation(posts, dialect), mutations=len(posts))
        if reply is None:
            return [STOPPED] * len(posts)
        if self._asks and schema_mismatch(reply):
            self._dialect = None
        found = verdicts(reply, [post.attempt for post in posts], dialect)
        return found if Accepted() in found else self._inquired(posts, found)

    def _inquired(self, posts: Sequence[Post], found: Sequence[Verdict]) -> list[Verdict]:
        """The verdicts; what was said of single rows holds for all where Arize, asked, says so."""
        known: dict[str, Unavailable | None] = {}
        inquired: list[Verdict] = []
        for post, verdict in zip(posts, found, strict=True):
            if isinstance(verdict, Unavailable) and verdict.of_row:
                whose = post.annotation.model_id if verdict.concerns == "model" else ""
                if whose not in known:
                    known[whose] = self._trouble(whose)
                inquired.append(known[whose] or verdict)
            else:
                inquired.append(verdict)
        return inquired

    def _trouble(self, model_id: str) -> Unavailable | None:
        """Why the model (or all: empty) is out, if it is, by asking for it or whose the key is."""
        try:
            if not model_id:
                self.viewer()
            elif self.model(model_id) is None:
                return Unavailable(
                    f"Arize does not know the model {model_id}; check `model_id`",
                    "model",
                    needs_person=True,
                )
        except TargetUnavailable as error:
            return None if model_id else Unavailable(str(error), "endpoint", needs_person=True)
        except TransientError as error:
            return Unavailable(str(error), "endpoint", error.retry_after)
        return None

    def _look_up(self, question: str, variables: dict[str, str] | None = None) -> Reply:
        reply = self._ask(GraphQLRequest(question, variable_values=variables), mutations=0)
        if reply is None:
            raise TransientError("stopped before Arize was asked")
        return reply

    def _ask(self, request: GraphQLRequest, *, mutations: int) -> Reply | None:
        with self._pace.turn(mutations) as is_mine:
            if not is_mine:
                return None
            with self._borrowed() as session:
                return session.ask(request)

    @contextmanager
    def _borrowed(self) -> Generator[transport.Transport]:
        try:
            session = self._idle.pop()
        except IndexError:
            session = transport.Transport(
                self._endpoint, self._key, ca_bundle=self._ca_bundle, timeout=self._timeout
            )
            session.connect()
        try:
            yield session
        finally:
            self._idle.append(session)
