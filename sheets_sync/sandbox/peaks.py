"""How much was ever under way at once: what nobody may read or post twice together."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Literal, NamedTuple, Protocol


class Connection(Protocol):
    """What a request came by."""

    def is_closing(self) -> bool:
        """Whether it was cut, from either side."""


class Thing(NamedTuple):
    """A spreadsheet whose values are read, or a record that is posted."""

    kind: Literal["read", "post"]
    name: str


class Peaks:
    """For each thing the most requests that were under way at once.

    A request is under way from its arrival until its answer, or until its connection is cut.
    """

    def __init__(self) -> None:
        self.most: Counter[Thing] = Counter()
        self.refused = 0
        """Answers with 429."""
        self._under_way: defaultdict[Thing, set[Connection]] = defaultdict(set)

    @contextmanager
    def under_way(self, things: Sequence[Thing], connection: Connection) -> Iterator[None]:
        """Count a request that concerns these things until the end."""
        for thing in things:
            together = {one for one in self._under_way[thing] if not one.is_closing()}
            self._under_way[thing] = {*together, connection}
            self.most[thing] = max(self.most[thing], len(self._under_way[thing]))
        try:
            yield
        finally:
            for thing in things:
                self._under_way[thing].discard(connection)
