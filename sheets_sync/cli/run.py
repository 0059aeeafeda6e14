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
    from sheets_sync.operations.figures import Figure


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
    from sheets_sync.config import load
    from sheets_sync.console.access import Access, Address
    from sheets_sync.observability.http import routes
    from sheets_sync.observability.metrics import Metrics
    from sheets_sync.operations.desk import Desk

    address = Address.of(where)
    access = Access(address.host, os.environ)

    def beside(running: Running) -> AbstractContextManager[None]:
        def desk() -> Desk:
            app, seen = running.app, running.seen
            return Desk(
                context=app.context,
                config=app.config,
                arize=app.arize,
                path=path,
                load=lambda other: load(other, os.environ),
                overview=lambda: seen.overview,
                shares=seen.shares,
            )

        def dead() -> str:
            return running.seen.dead()

        def unready() -> list[str]:
            return running.seen.unready()

        def figures() -> list[Figure]:
            return running.seen.figures()

        from sheets_sync.console.serving import consoled

        return consoled(address, access, desk, routes(Metrics(figures), dead, unready))

    return beside
