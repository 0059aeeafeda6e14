"""`run`: keeps Arize in agreement with the sheets, and shows it in a console if asked to."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sheets_sync.errors import ConfigError

if TYPE_CHECKING:
    from sheets_sync.cli.running import Running


def run(
    config: Annotated[
        Path, typer.Option("--config", help="A configuration file, or a folder of them.")
    ] = Path("config/sheets.yaml"),
    *,
    console: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help="Serve web pages there, as 127.0.0.1:8080."),
    ] = None,
) -> None:
    """Keep Arize in agreement with the sheets until told to stop (SIGTERM or Ctrl-C)."""
    from sheets_sync.cli.commands import load_config
    from sheets_sync.cli.running import alone, run_live
    from sheets_sync.config import load

    beside = alone if console is None else _console(console, config)
    run_live(config, load_config(config), partial(load, config, os.environ), beside)


def _console(where: str, path: Path) -> Callable[[Running], AbstractContextManager[None]]:
    if find_spec("nicegui") is None:
        raise ConfigError(
            ["--console needs NiceGUI, which is not installed: pip install 'sheets-sync[console]'"]
        )
    from sheets_sync.console.access import Access, Address

    address = Address.of(where)
    access = Access(address.host, os.environ)

    def beside(running: Running) -> AbstractContextManager[None]:
        from sheets_sync.cli.consoling import console

        return console(address, access, lambda: running.seen, path)

    return beside
