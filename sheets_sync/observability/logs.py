"""Logging: one structlog pipeline for our own lines and for those of libraries."""

from __future__ import annotations

import json
import logging
import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal, TextIO

import structlog

from sheets_sync.engine.passes import KEY
from sheets_sync.engine.unknown import reference_of

_PLAIN_TRACEBACKS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)
"""Local variables may be keys and tokens."""

_SHORTEST_SECRET = 8

LogFormat = Literal["auto", "console", "json"]


class _Lines(logging.Handler):
    """To whatever standard error is at the moment: a progress bar takes its place."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(f"{self.format(record)}\n")
        except (OSError, ValueError):  # nobody reads it any more
            self.handleError(record)


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """Lines without these secrets, whoever wrote them and wherever they stand."""

    def __init__(
        self,
        hidden: Callable[[str], str],
        foreign: list[structlog.types.Processor],
        processors: list[structlog.types.Processor],
    ) -> None:
        super().__init__(foreign_pre_chain=foreign, processors=processors)
        self._hidden = hidden

    def format(self, record: logging.LogRecord) -> str:
        return self._hidden(super().format(record))


def _without(secrets: Iterable[str]) -> Callable[[str], str]:
    long_enough = [secret for secret in secrets if len(secret) >= _SHORTEST_SECRET]
    written = [form for secret in long_enough for form in (secret, json.dumps(secret)[1:-1])]

    def hidden(text: str) -> str:
        for form in written:
            text = text.replace(form, "[secret]")
        return text

    return hidden


def _set_aside(hidden: Callable[[str], str]) -> structlog.typing.ExceptionRenderer:
    """A traceback is for who mends the program: to people only the file is named that has it."""

    def render(line: TextIO, error: structlog.typing.ExcInfo) -> None:
        trace = "".join(traceback.format_exception(*error))
        path = Path(tempfile.gettempdir()) / f"sheets-sync-{reference_of(trace)}.txt"
        try:
            with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
                file.write(hidden(trace))
        except FileExistsError:
            pass  # the same failure was met before
        except OSError:
            line.write(trace)
            return
        line.write(f"  its traceback is in {path}")

    return render


def _without_pass(
    _: structlog.typing.WrappedLogger, __: str, line: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    line.pop(KEY, None)
    return line


def configure_logging(level: str, log_format: LogFormat, secrets: Iterable[str] = ()) -> None:
    """Log to standard error: for people on a terminal, as JSON lines otherwise.

    `secrets` are hidden in every line, those of fewer than 8 characters excepted: hiding those
    would spoil the lines, and no real key is that short. JSON lines have the id of their pass.
    """
    on_terminal = sys.stderr.isatty()
    for_people = log_format == "console" or (log_format == "auto" and on_terminal)
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    hidden = _without(secrets)
    renderer: list[structlog.types.Processor] = (
        [
            _without_pass,
            structlog.dev.ConsoleRenderer(
                colors=on_terminal, exception_formatter=_set_aside(hidden)
            ),
        ]
        if for_people
        else [_PLAIN_TRACEBACKS, structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        cache_logger_on_first_use=False,
    )
    lines = _Lines()
    lines.setFormatter(
        _Formatter(
            hidden,
            foreign=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [lines]
    root.setLevel(logging.WARNING)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a run that is still busy is no news
    # who needs the state says that it is out of reach
    for library in ("procrastinate", "psycopg.pool", "sqlalchemy.pool"):
        logging.getLogger(library).setLevel(logging.CRITICAL)
    logging.getLogger("sheets_sync").setLevel(level.upper())
    google = logging.getLogger("google")  # unless it has a level, google-auth cuts it off from root
    google.setLevel(logging.WARNING)
    google.propagate = True
