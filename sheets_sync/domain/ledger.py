"""What all replicas ask of a service together is kept in one ledger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class Use(NamedTuple):
    """What one request takes up of a limit, and the limit: so much may be asked for in a minute."""

    window: str
    weight: int
    limit: int


class Ledger(Protocol):
    """Counts requests of all replicas, each from its start until a minute after its end.

    Nobody knows when in between the service counted it.
    """

    def take(self, uses: Sequence[Use], about: str, lasts: float, /) -> str | None:
        """Count one more, and name it; None where a limit would be passed.

        Nobody takes over from who asks while it lasts, so many seconds at the most; 0 where it may
        well be made twice. Raises `StateError`, also where somebody has taken over.
        """

    def end(self, name: str, /) -> None:
        """It has ended; never raises, since it counts for a while longer if that is not known."""


class Unshared:
    """The ledger where nobody else asks: there is nothing to keep together."""

    def take(self, _: Sequence[Use], __: str, ___: float) -> str | None:
        """It may always be made."""
        return ""

    def end(self, _: str) -> None:
        """It has ended."""


UNSHARED = Unshared()
