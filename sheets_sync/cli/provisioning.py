"""`provision`: shows what a sheet lacks for its mappings, asks, and does it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sheets_sync.cli.endings import end
from sheets_sync.cli.families import expanded
from sheets_sync.errors import TransientError

if TYPE_CHECKING:
    from sheets_sync.operations.provisioning import Plans, TabPlan


def provision(  # noqa: PLR0913 - one argument for each option
    mappings: Annotated[
        list[str] | None, typer.Argument(help="Only the tabs of these mappings.")
    ] = None,
    config: Annotated[
        Path, typer.Option("--config", help="A configuration file, or a folder of them.")
    ] = Path("config/sheets.yaml"),
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be done.")
    ] = False,
    remove: Annotated[
        bool, typer.Option("--remove", help="Take away what was provisioned; columns stay.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Prepare sheets for their mappings: columns, notes, dropdowns, protection, colours."""
    from sheets_sync.app import first_look
    from sheets_sync.cli.commands import load_config, require_mapping
    from sheets_sync.cli.progress import counting
    from sheets_sync.operations.provisioning import carry_out, planned

    loaded, missed = expanded(load_config(config), as_json=as_json)
    for name in mappings or ():
        require_mapping(loaded, name)
    chosen = mappings or [mapping.name for mapping in loaded.mappings]
    with first_look(loaded.google, None) as look:
        plan = partial(planned, look.sheets, loaded.mappings, chosen, removes=remove, missed=missed)
        with counting("looking at sheets", hidden=as_json) as tell:
            plans = plan(tell=tell)
        if not as_json:
            _show(plans)
        can = bool(plans.steps) and not plans.troubles and not dry_run
        does = can and (yes or (not as_json and _agreed(plans, plan)))
        if does:
            with counting("preparing sheets", hidden=as_json) as tell:
                carry_out(look.sheets, plans, tell)
    if as_json:
        typer.echo(json.dumps(_as_json(plans, done=does), ensure_ascii=False, indent=2))
    elif does:
        typer.echo(f"done: {plans.steps} step{'' if plans.steps == 1 else 's'}")
    if can and not does:
        typer.echo("nothing was changed; say --yes to do this", err=True)
    transient = [isinstance(trouble, TransientError) for trouble in plans.troubles]
    end(needs_person=(can and not does) or not all(transient), is_out_of_reach=any(transient))


def _agreed(shown: Plans, plan: Callable[[], Plans]) -> bool:
    """Whether a person at a terminal agrees to what was shown, and it is still the same then."""
    if not sys.stdin.isatty() or not typer.confirm("Do this?"):
        return False
    if plan() == shown:
        return True
    typer.echo("the sheet has changed meanwhile; look at it again", err=True)
    return False


def _show(plans: Plans) -> None:
    from sheets_sync.cli.printing import console, escape

    for plan in plans.tabs:
        place = f"{', '.join(plan.mappings)}: spreadsheet {plan.book!r}, tab {plan.tab.title!r}"
        console.print(f"[bold]{escape(place)}[/]", soft_wrap=True)
        for step in plan.provision.steps:
            console.print(f"  [green]+[/] {escape(step.words)}", soft_wrap=True)
        for words in plan.provision.left:
            console.print(f"  [dim]=[/] {escape(words)}", soft_wrap=True)
        if not plan.provision.steps:
            console.print("  nothing to do")
    for trouble in plans.troubles:
        console.print(f"[red]{escape(str(trouble))}[/]", soft_wrap=True)


def _as_json(plans: Plans, *, done: bool) -> dict[str, object]:
    return {
        "tabs": [_tab_as_json(plan) for plan in plans.tabs],
        "troubles": [str(trouble) for trouble in plans.troubles],
        "done": done,
    }


def _tab_as_json(plan: TabPlan) -> dict[str, object]:
    return {
        "spreadsheet": plan.tab.spreadsheet,
        "tab": plan.tab.title,
        "mappings": plan.mappings,
        "steps": [step.words for step in plan.provision.steps],
        "left": plan.provision.left,
    }
