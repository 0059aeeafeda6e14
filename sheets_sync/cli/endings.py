"""How a command ends: its exit code, and an error as one line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NoReturn

import typer

from sheets_sync.errors import (
    ConfigError,
    PermanentError,
    SheetsSyncError,
    SourceError,
    StateError,
)

DONE, NEEDS_PERSON, BAD_CONFIG, OUT_OF_REACH = 0, 1, 2, 3


def end(*, needs_person: bool, is_out_of_reach: bool) -> NoReturn:
    """Leave the command with the code of what is most urgent."""
    if needs_person:
        raise typer.Exit(NEEDS_PERSON)
    raise typer.Exit(OUT_OF_REACH if is_out_of_reach else DONE)


def told_in_one_line(command: Callable[[], object]) -> None:
    """Run the command line; errors are one line each, without a traceback.

    Ctrl-C (exit code 130) and a reader that has gone are Typer's, which says nothing then.
    """
    try:
        command()
    except ConfigError as error:
        for problem in error.problems:
            typer.echo(problem, err=True)
        sys.exit(BAD_CONFIG)
    except (StateError, SourceError, PermanentError) as error:
        typer.echo(error, err=True)
        sys.exit(NEEDS_PERSON)
    except SheetsSyncError as error:
        typer.echo(error, err=True)
        sys.exit(OUT_OF_REACH)
    except Exception as error:  # noqa: BLE001 - an operator never sees a traceback
        _log_unknown(error)
        sys.exit(NEEDS_PERSON)


def _log_unknown(error: Exception) -> None:
    import structlog

    from sheets_sync.engine.unknown import logged
    from sheets_sync.observability.logs import configure_logging

    if not structlog.is_configured():
        configure_logging("info", "auto")
    typer.echo(logged(error), err=True)
