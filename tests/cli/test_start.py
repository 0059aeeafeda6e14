"""`--help` is quick since it loads little."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (
    "sqlalchemy",
    "alembic",
    "gspread",
    "google.auth",
    "requests",
    "gql",
    "graphql",
    "apscheduler",
    "pydantic",
    "structlog",
    "rich",
    "starlette",
    "uvicorn",
    "yaml",
    "ruamel",
    "apprise",
    "prometheus_client",
    "watchfiles",
    "nicegui",
    "fastapi",
)


@pytest.mark.parametrize("words", [["--help"], ["--version"]])
def test_help_loads_nothing_heavy(words: list[str]) -> None:
    """Nor does the version."""
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-X", "importtime", "-m", "sheets_sync", *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}

    assert done.stdout
    assert {"typer", "sheets_sync.cli.commands"} <= loaded
    assert not loaded.intersection(HEAVY)
