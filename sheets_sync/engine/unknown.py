"""What nobody foresaw: a line for people, and all of it in the log under the same reference."""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from sheets_sync.errors import SheetsSyncError, SourceError

log = structlog.get_logger(__name__)


def logged(error: Exception) -> str:
    """Log the error with its traceback; returns a line that refers to it."""
    reference = reference_of("".join(traceback.format_exception(error)))
    log.error("unknown failure", reference=reference, exc_info=error)
    return f"unknown failure {reference} ({type(error).__name__}); see the log"


def reference_of(trace: str) -> str:
    """Made from the traceback: what fails again in the same way has the same."""
    return hashlib.sha256(trace.encode(errors="replace")).hexdigest()[:8]


@contextmanager
def contained(place: str) -> Iterator[None]:
    """Raise `SourceError` for what nobody foresaw, so that it stops this place and no other."""
    try:
        yield
    except SheetsSyncError:
        raise
    except Exception as error:
        raise SourceError(f"{place}: {logged(error)}") from error
