"""The one hierarchy of errors, classed by what to do about them."""

from __future__ import annotations

from collections.abc import Sequence


class SheetsSyncError(Exception):
    """Anything this program says to a person instead of showing a traceback."""


class ConfigError(SheetsSyncError):
    """The configuration cannot be used. Carries every problem found, not only the first."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class StateError(SheetsSyncError):
    """The state cannot be used: locked by another run, unreadable, or not writable."""


class SourceError(SheetsSyncError):
    """A sheet cannot be observed as it is now; nothing is recorded from this look at it."""


class TransientError(SheetsSyncError):
    """Worth trying again; `retry_after` is in seconds where the service named a wait."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class PermanentError(SheetsSyncError):
    """Trying the same again is useless until somebody changes something."""


class TargetUnavailable(SheetsSyncError):
    """Nothing can be delivered to one endpoint or model for now; no attempt is burned on it."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(message)
