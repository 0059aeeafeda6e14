"""`init`: of a sheet's address a commented configuration is made, then checked and planned."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from sheets_sync.cli.endings import NEEDS_PERSON, OUT_OF_REACH, end
from sheets_sync.errors import ConfigError


def init(  # noqa: PLR0913 - one argument for each option
    config: Annotated[
        Path, typer.Option("--config", help="The file to write; none is overwritten.")
    ] = Path("config/sheets.yaml"),
    *,
    spreadsheet: Annotated[str | None, typer.Option(help="Its address, or its id.")] = None,
    worksheet: Annotated[str | None, typer.Option(help="The tab's title.")] = None,
    model_id: Annotated[str | None, typer.Option(help="The model's id at Arize.")] = None,
    start_time: Annotated[
        str | None, typer.Option(help="One start time for all, as 2026-11-24T10:15:00Z.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing; write what is guessed.")] = False,
    api_root: Annotated[str | None, typer.Option(help="Google's address, if a sandbox.")] = None,
    arize_endpoint: Annotated[str | None, typer.Option(help="Arize's address, if another.")] = None,
) -> None:
    """Propose a configuration for a sheet, write it with comments, then check and plan."""
    from sheets_sync.cli.commands import check, plan
    from sheets_sync.cli.introduction import Wishes, introduce

    if not yes and not sys.stdin.isatty():
        raise ConfigError(["there is no terminal to ask on; say --yes and --spreadsheet ADDRESS"])
    wishes = Wishes(spreadsheet, worksheet, model_id, start_time, api_root, arize_endpoint)
    introduce(config, wishes, asks=not yes)
    codes = []
    for title, command in (("check", check), ("plan", plan)):
        typer.echo(f"\nsheets-sync {title} --config {config}")
        codes.append(_code(command, config))
    end(needs_person=NEEDS_PERSON in codes, is_out_of_reach=OUT_OF_REACH in codes)


def _code(command: Callable[[Path], None], config: Path) -> int:
    try:
        command(config)
    except typer.Exit as ended:
        return ended.exit_code
    return 0
