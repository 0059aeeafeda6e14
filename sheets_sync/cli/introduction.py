"""How `init` gets to know a sheet: it looks, proposes, lets itself be corrected, and writes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import typer
from pydantic import TypeAdapter, ValidationError

from sheets_sync.app import FirstLook, first_look
from sheets_sync.arize import NamedModel
from sheets_sync.cli import asking
from sheets_sync.config import ArizeSettings, GoogleSettings, schema_text
from sheets_sync.config.writing import Draft, marked, written
from sheets_sync.domain.forms import Moment, SpreadsheetId
from sheets_sync.domain.mapping import Mapping
from sheets_sync.domain.proposal import propose
from sheets_sync.errors import ConfigError, SheetsSyncError
from sheets_sync.observability.logs import configure_logging
from sheets_sync.operations.proposing import gid_in, name_for, see

KEY_FILE, API_KEY = "GOOGLE_APPLICATION_CREDENTIALS", "ARIZE_API_KEY"
SCHEMA = "sheets.schema.json"
STATUS: str = Mapping.model_fields["status"].default


class Wishes(NamedTuple):
    """What the command line said; None is left to be guessed or asked."""

    spreadsheet: str | None
    worksheet: str | None
    model_id: str | None
    start_time: str | None
    api_root: str | None
    arize_endpoint: str | None


def introduce(path: Path, wishes: Wishes, *, asks: bool) -> None:
    """Write the configuration of one sheet to `path`.

    Raises `ConfigError` where something stands there already, or a wish cannot be granted.
    """
    _require_new(path)
    has_key_file = bool(os.environ.get(KEY_FILE))
    google = _google(wishes, has_key_file=has_key_file)
    arize, no_arize = _arize(wishes)
    configure_logging("warning", "auto", [arize.api_key.get_secret_value()] if arize else [])
    if wishes.start_time is not None:
        _understood(Moment, wishes.start_time, "--start-time")
    address = wishes.spreadsheet or _address(asks=asks)
    spreadsheet: str = _understood(SpreadsheetId, address, "--spreadsheet")
    with first_look(google, arize) as look:
        book = look.sheets.describe(spreadsheet)
        tab = wishes.worksheet or gid_in(address)
        if tab is None and asks:
            tab = asking.for_worksheet(book)
        seen = see(look.sheets, book, tab)
        models, no_models = _models(look, no_arize)
    proposal = propose(seen.looks, STATUS)
    model_id, start_time = wishes.model_id, wishes.start_time
    if model_id is None and len(models) == 1:
        model_id = models[0].id
    if asks:
        proposal = asking.corrected(proposal)
        if start_time is None and not proposal.of("time"):
            start_time = asking.for_start_time()
        if model_id is None:
            model_id = asking.for_model(models)
    draft = Draft(
        spreadsheet=spreadsheet,
        tab=seen.tab,
        other_worksheets=tuple(one.title for one in book.tabs if one != seen.tab),
        header_row=seen.header_row,
        name=name_for(book, seen.tab),
        has_key_file=has_key_file,
        api_root=wishes.api_root,
        arize_endpoint=wishes.arize_endpoint,
        model_id=model_id,
        models=tuple(f"{model.id} ({model.name})" for model in models),
        no_models=no_models,
        start_time=start_time,
    )
    text = written(draft, proposal)
    _write(path, text)
    if not asks:
        typer.echo(f"tab {seen.tab.title!r}, headers in row {seen.header_row}:")
        asking.show(proposal)
    typer.echo(f"\nwritten: {path}")
    for line in marked(text):
        typer.echo(f"{path}:{line} (choose; the comments there say from what)")


def _address(*, asks: bool) -> str:
    if not asks:
        raise ConfigError(["--yes needs --spreadsheet, the sheet's address or its id"])
    return asking.for_spreadsheet()


def _require_new(path: Path) -> None:
    if path.is_dir():
        raise ConfigError([f"{path}: is a folder; name a file in it with --config"])
    if path.exists():
        raise ConfigError(
            [f"{path}: is there already and is not overwritten; name another file with --config"]
        )


def _google(wishes: Wishes, *, has_key_file: bool) -> GoogleSettings:
    try:
        return GoogleSettings.model_validate(
            {
                "credentials": [f"env:{KEY_FILE}"] if has_key_file else None,
                "api_root": wishes.api_root,
            },
            context=os.environ,
        )
    except ValidationError as error:
        raise ConfigError(_sentences(error, {"api_root": "--api-root"})) from None


def _arize(wishes: Wishes) -> tuple[ArizeSettings | None, str]:
    """Where Arize is asked for its models, or why it cannot be asked yet."""
    given = {"endpoint": wishes.arize_endpoint, "api_key": f"env:{API_KEY}"}
    try:
        return ArizeSettings.model_validate(given, context=os.environ), ""
    except ValidationError as error:
        sentences = _sentences(error, {"endpoint": "--arize-endpoint"})
        if wrong := [sentence for sentence in sentences if sentence.startswith("--")]:
            raise ConfigError(wrong) from None
        return None, "; ".join(sentences)


def _sentences(error: ValidationError, options: dict[str, str]) -> list[str]:
    """What is wrong, by the option that it was given with."""
    sentences = []
    for one in error.errors(include_url=False):
        said = str(one.get("ctx", {}).get("error", one["msg"]))
        option = options.get(str(one["loc"][0])) if one["loc"] else None
        sentences.append(f"{option}: {said}" if option else said)
    return sentences


def _understood(form: Any, text: str, option: str) -> Any:
    try:
        return TypeAdapter(form).validate_python(text)
    except ValidationError as error:
        raise ConfigError([f"{option}: {said}" for said in _sentences(error, {})]) from None


def _models(look: FirstLook, no_arize: str) -> tuple[Sequence[NamedModel], str]:
    """The models to choose from; or why there are none."""
    if look.arize is None:
        return (), f"the model's id at Arize, which was not asked: {no_arize}"
    try:
        models = look.arize.models()
    except SheetsSyncError as error:
        return (), f"the model's id at Arize, which did not list its models: {error}"
    return models, "the model's id at Arize, which listed no models"


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
        schema = path.parent / SCHEMA
        if not schema.exists():
            schema.write_text(schema_text(), encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or "").lower()
        raise ConfigError([f"{error.filename or path}: cannot be written: {reason}"]) from None
