"""Logging: one structlog pipeline for our own lines and for those of libraries."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterable
from typing import Literal

import structlog

_PLAIN_TRACEBACKS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)
"""Local variables may be keys and tokens."""

_SHORTEST_SECRET = 8

LogFormat = Literal["auto", "console", "json"]


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """Lines without these secrets, whoever wrote them and wherever they stand."""

    def __init__(
        self,
        secrets: Iterable[str],
        foreign: list[structlog.types.Processor],
        processors: list[structlog.types.Processor],
    ) -> None:
        super().__init__(foreign_pre_chain=foreign, processors=processors)
        self._secrets = [secret for secret in secrets if len(secret) >= _SHORTEST_SECRET]

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        for secret in self._secrets:
            for written in (secret, json.dumps(secret)[1:-1]):
                line = line.replace(written, "[secret]")
        return line


def configure_logging(level: str, log_format: LogFormat, secrets: Iterable[str] = ()) -> None:
    """Log to standard error: for people on a terminal, as JSON lines otherwise.

    `secrets` are hidden in every line, those of fewer than 8 characters excepted: hiding those
    would spoil the lines, and no real key is that short.
    """
    on_terminal = sys.stderr.isatty()
    for_people = log_format == "console" or (log_format == "auto" and on_terminal)
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: list[structlog.types.Processor] = (
        [
            structlog.dev.ConsoleRenderer(
                colors=on_terminal, exception_formatter=structlog.dev.plain_traceback
            )
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
    lines = logging.StreamHandler(sys.stderr)
    lines.setFormatter(
        _Formatter(
            secrets,
            foreign=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [lines]
    root.setLevel(logging.WARNING)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a run that is still busy is no news
    logging.getLogger("sheets_sync").setLevel(level.upper())
    google = logging.getLogger("google")  # unless it has a level, google-auth cuts it off from root
    google.setLevel(logging.WARNING)
    google.propagate = True
