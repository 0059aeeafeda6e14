"""Every command; what it needs is imported where it is used, so that `--help` is quick."""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import asdict
from functools import partial
from importlib.metadata import version
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated

import typer

from sheets_sync.cli.endings import (
    BAD_CONFIG,
    DONE,
    NEEDS_PERSON,
    OUT_OF_REACH,
    end,
    told_in_one_line,
)
from sheets_sync.cli.families import as_known, listed
from sheets_sync.cli.init import init
from sheets_sync.cli.provisioning import provision
from sheets_sync.cli.run import run
from sheets_sync.errors import ConfigError, SourceError, TransientError

if TYPE_CHECKING:
    from sheets_sync.config import Config

cli = typer.Typer(
    name="sheets-sync",
    help="Bring Arize annotations into agreement with what experts say in Google Sheets.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # half of what --help takes
    context_settings={"max_content_width": 120},
    add_completion=False,
)

ConfigPath = Annotated[
    Path, typer.Option("--config", help="A configuration file, or a folder of them.")
]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]
DEFAULT_CONFIG = Path("config/sheets.yaml")


def main() -> None:
    """Run the command line."""
    told_in_one_line(cli)


def _show_version(asked: bool) -> None:  # noqa: FBT001 - typer's signature
    if asked:
        typer.echo(f"sheets-sync {version('sheets-sync')}")
        raise typer.Exit


@cli.callback()
def _all_commands(
    *,
    _: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show it.")
    ] = False,
) -> None:
    """Bring Arize annotations into agreement with what experts say in Google Sheets."""


cli.command()(init)
cli.command()(provision)
cli.command()(run)


@cli.command()
def check(config: ConfigPath = DEFAULT_CONFIG, *, as_json: AsJson = False) -> None:
    """Test every link from sheet to Arize, and say the cure of what is broken."""
    from sheets_sync.app import opened
    from sheets_sync.cli.printing import print_checks
    from sheets_sync.cli.seeing import addresses_of
    from sheets_sync.operations.checking import checked, not_expanded

    loaded = load_config(config)
    addresses_of(loaded)
    with opened(loaded, writes=False) as written:
        app, found = listed(written, as_json=as_json)
        results = [
            *not_expanded(found.troubles),
            *checked(app.context, app.config.mappings, app.arize, app.account),
        ]
    if as_json:
        _print_json([asdict(result) for result in results])
    else:
        print_checks(results)
    wrong = [result for result in results if not result.ok]
    if any(not result.is_out_of_reach for result in wrong):
        raise typer.Exit(NEEDS_PERSON)
    raise typer.Exit(OUT_OF_REACH if wrong else DONE)


@cli.command()
def plan(config: ConfigPath = DEFAULT_CONFIG, *, as_json: AsJson = False) -> None:
    """Show what would be sent now, row by row, and send nothing."""
    from sheets_sync.app import opened
    from sheets_sync.cli.printing import plan_json, print_plan
    from sheets_sync.operations.planning import PlannedMapping, planned

    loaded = load_config(config)
    with opened(loaded, writes=False) as written:
        app, found = listed(written, as_json=as_json)
        plans = planned(app.context, app.config.mappings)
    plans += [PlannedMapping(name, trouble=trouble) for name, trouble in found.troubles.items()]
    if as_json:
        _print_json([plan_json(mapping) for mapping in plans])
    else:
        print_plan(plans)
    troubles = [mapping.trouble for mapping in plans]
    end(
        needs_person=any(isinstance(trouble, SourceError) for trouble in troubles),
        is_out_of_reach=any(isinstance(trouble, TransientError) for trouble in troubles),
    )


@cli.command()
def once(config: ConfigPath = DEFAULT_CONFIG, *, as_json: AsJson = False) -> None:
    """Observe, deliver and report until nothing is due, then stop."""
    from sheets_sync.app import opened
    from sheets_sync.cli.printing import overview_json, print_overview
    from sheets_sync.cli.progress import showing
    from sheets_sync.engine.schedule import once as run_once
    from sheets_sync.operations.overview import overview, waiting

    loaded = load_config(config)
    with opened(loaded, writes=True) as written:
        _stop_on_signal(written.context.stopping)
        app, _ = listed(written, as_json=as_json)
        state, mappings = app.context.state, app.config.mappings
        with showing("sending rows", partial(waiting, state, mappings), hidden=as_json):
            run_once(app.context, mappings, app.drains)
        seen = overview(state, mappings, families=app.families)
    if as_json:
        _print_json(overview_json(seen))
    else:
        print_overview(seen)
    end(needs_person=seen.needs_person, is_out_of_reach=seen.is_out_of_reach)


@cli.command()
def status(
    config: ConfigPath = DEFAULT_CONFIG,
    *,
    as_json: AsJson = False,
    alive: Annotated[
        bool, typer.Option("--alive", help="Only say, by the exit code, whether `run` is running.")
    ] = False,
) -> None:
    """Show every mapping at a glance, and what needs a person."""
    from sheets_sync.cli.printing import overview_json, print_overview
    from sheets_sync.cli.spending import budget
    from sheets_sync.config import state_address
    from sheets_sync.operations.overview import overview
    from sheets_sync.store.database import is_locked, open_state

    if alive:
        found = is_locked(state_address(config, os.environ))
        raise typer.Exit(DONE if found else NEEDS_PERSON)
    loaded = load_config(config)
    state = open_state(loaded.state)
    known = as_known(loaded)
    families = [mapping for mapping in loaded.mappings if mapping.is_family]
    seen, spent = overview(state, known.mappings, families=families), budget(known, state)
    if as_json:
        _print_json(overview_json(seen, spent))
    else:
        print_overview(seen, spent)
    end(needs_person=seen.needs_person, is_out_of_reach=seen.is_out_of_reach)


@cli.command()
def history(
    key: Annotated[str, typer.Argument(help="A row's key or record id.")],
    config: ConfigPath = DEFAULT_CONFIG,
    *,
    as_json: AsJson = False,
) -> None:
    """Show all that happened to one row."""
    from sheets_sync.cli.printing import print_history
    from sheets_sync.store.database import open_state
    from sheets_sync.store.review import past_deliveries

    loaded = load_config(config)
    with open_state(loaded.state).reading() as connection:
        found = past_deliveries(connection, key)
    if as_json:
        _print_json([asdict(delivery) for delivery in found])
    elif found:
        print_history(found)
    if not found:
        typer.echo(f"no row with the key or record id {key!r} was ever recorded", err=True)
        raise typer.Exit(NEEDS_PERSON)


@cli.command()
def retry(
    key: Annotated[str | None, typer.Argument(help="A row's key or record id; else all.")] = None,
    config: ConfigPath = DEFAULT_CONFIG,
    *,
    mapping: Annotated[str | None, typer.Option(help="Only rows of this mapping.")] = None,
    note: Annotated[
        bool, typer.Option("--note", help="Send notes again that may be missing.")
    ] = False,
) -> None:
    """Make failed rows due again; a running service takes them up at once."""
    from sheets_sync.store.database import open_state
    from sheets_sync.store.review import retry as retry_rows

    loaded = as_known(load_config(config))
    if mapping is not None:
        require_mapping(loaded, mapping)
    with open_state(loaded.state).writing() as connection:
        again = retry_rows(connection, key=key, mapping=mapping, note=note)
    typer.echo(f"due again: {len(again)} row{'' if len(again) == 1 else 's'}")


@cli.command()
def approve(
    mapping: Annotated[str, typer.Argument(help="The mapping that is held.")],
    config: ConfigPath = DEFAULT_CONFIG,
    *,
    digest: Annotated[
        str | None, typer.Option(help="The plan that was shown; without it, only show it.")
    ] = None,
) -> None:
    """Show what a held mapping would send, old to new, and let it go."""
    from sheets_sync.cli.printing import print_hold
    from sheets_sync.operations import interventions
    from sheets_sync.store.database import open_state

    loaded = as_known(load_config(config))
    require_mapping(loaded, mapping)
    state = open_state(loaded.state)
    held = interventions.held(state, mapping)
    if held is None:
        typer.echo(f"mapping {mapping!r} is not held", err=True)
        raise typer.Exit(NEEDS_PERSON)
    print_hold(held)
    if held.kind == "lost":
        typer.echo(
            f"Arize may hold all of this already. Take it so: sheets-sync rebuild {mapping!r} "
            f"--adopt; or send it again without notes: sheets-sync rebuild {mapping!r} --resend"
        )
        raise typer.Exit(NEEDS_PERSON)
    if digest is None and sys.stdin.isatty() and typer.confirm("Send this?"):
        digest = held.digest
    if digest is None:
        typer.echo(f"to send this: sheets-sync approve {mapping!r} --digest {held.digest}")
        raise typer.Exit(NEEDS_PERSON)
    if not interventions.approve(state, mapping, digest):
        typer.echo("the plan has changed since it was shown; look at it again", err=True)
        raise typer.Exit(NEEDS_PERSON)
    typer.echo("approved; a running service sends it at once")


@cli.command()
def pause(
    mapping: Annotated[str, typer.Argument(help="The mapping to pause.")],
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """Send nothing of a mapping until `resume`; its sheet is read and reported as before."""
    _set_paused(config, mapping, paused=True)


@cli.command()
def resume(
    mapping: Annotated[str, typer.Argument(help="The mapping to resume.")],
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """Send a paused mapping's rows again."""
    _set_paused(config, mapping, paused=False)


@cli.command()
def rebuild(
    mapping: Annotated[str, typer.Argument(help="The mapping whose record was lost.")],
    config: ConfigPath = DEFAULT_CONFIG,
    *,
    adopt: Annotated[
        bool, typer.Option("--adopt", help="Take Arize to hold what the sheet says; send nothing.")
    ] = False,
    resend: Annotated[
        bool, typer.Option("--resend", help="Send every row again, without its note.")
    ] = False,
) -> None:
    """Make a mapping's record anew from its sheet, after the state was lost."""
    from sheets_sync.app import opened
    from sheets_sync.operations import interventions

    if adopt == resend:
        typer.echo("say either --adopt (send nothing) or --resend (send without notes)", err=True)
        raise typer.Exit(BAD_CONFIG)
    loaded = as_known(load_config(config))
    require_mapping(loaded, mapping)
    with opened(loaded, writes=True) as app:
        rows = interventions.rebuild(app.context, loaded.mappings, mapping, adopt=adopt)
    verb = "recorded as delivered" if adopt else "to be sent again"
    typer.echo(f"{verb}: {rows} row{'' if rows == 1 else 's'}")


@cli.command()
def schema() -> None:
    """Print the JSON Schema of the configuration."""
    from sheets_sync.config import schema_text

    typer.echo(schema_text(), nl=False)


@cli.command()
def sandbox(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 is any free port.")] = 8765,
    *,
    as_json: AsJson = False,
    empty: Annotated[bool, typer.Option("--empty", help="Start with nothing in it.")] = False,
) -> None:
    """Start a local Google and Arize, without accounts, until told to stop."""
    from sheets_sync.cli.printing import print_contact
    from sheets_sync.sandbox.server import Contact, serve

    def announce(contact: Contact) -> None:
        if as_json:
            typer.echo(json.dumps(asdict(contact)))
        else:
            print_contact(asdict(contact))
        sys.stdout.flush()

    serve(port, empty=empty, announce=announce)


@cli.command()
def demo(
    *,
    run_once: Annotated[bool, typer.Option("--once", help="Without waiting for a reader.")] = False,
    table: Annotated[Path | None, typer.Option(help="Any table of your own, as CSV.")] = None,
    config: Annotated[Path | None, typer.Option(help="Its configuration.")] = None,
) -> None:
    """Watch experts and the service work together on the sandbox."""
    from sheets_sync.cli.demo import show

    raise typer.Exit(show(table, config, waits=not run_once))


def _set_paused(config: Path, mapping: str, *, paused: bool) -> None:
    from sheets_sync.operations import interventions
    from sheets_sync.store.database import open_state

    loaded = as_known(load_config(config))
    require_mapping(loaded, mapping)
    if not interventions.set_paused(open_state(loaded.state), mapping, paused=paused):
        typer.echo(f"mapping {mapping!r} was never read; run `sheets-sync once` first", err=True)
        raise typer.Exit(NEEDS_PERSON)
    typer.echo(f"{mapping}: {'paused' if paused else 'resumed'}")


def require_mapping(config: Config, name: str) -> None:
    """End with the names that there are, where this is none of them."""
    names = [mapping.name for mapping in config.mappings]
    if name not in names:
        listed = ", ".join(map(repr, names))
        raise ConfigError([f"no mapping is called {name!r}; there are {listed}"])


def load_config(config: Path) -> Config:
    """The configuration, with logs set up as it says. Raises `ConfigError`."""
    from sheets_sync.config import load
    from sheets_sync.observability.logs import configure_logging

    loaded = load(config, os.environ)
    configure_logging(loaded.log.level, loaded.log.format, loaded.secrets)
    return loaded


def _stop_on_signal(stopping: Event) -> None:
    """SIGTERM and Ctrl-C finish the requests in flight, and nothing more."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())


def _print_json(content: object) -> None:
    typer.echo(json.dumps(content, ensure_ascii=False, indent=2))
