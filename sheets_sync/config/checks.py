"""What no single value shows: names taken twice, endpoints that are not there, and the like."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from pydantic import ValidationError

from sheets_sync.config.reading import Document, Keys, Problem
from sheets_sync.config.settings import Defaults, named_endpoints
from sheets_sync.domain.cells import LONGEST_LABEL
from sheets_sync.domain.convert import LONGEST_NAME, LONGEST_TEXT
from sheets_sync.domain.mapping import Annotator, FixedAnnotator, Mapping
from sheets_sync.domain.metric import FixedWord, Label
from sheets_sync.domain.row import header_text

_Mappings: TypeAlias = Sequence[tuple[Keys, Mapping]]
_Finding: TypeAlias = tuple[Keys, str]
_CRON_FIELDS = (
    ("minute", "a minute (0 to 59)"),
    ("hour", "an hour (0 to 23)"),
    ("day", "a day of the month (1 to 31)"),
    ("month", "a month (1 to 12)"),
    ("day_of_week", "a day of the week (mon to sun)"),
)


def cross_problems(document: Document) -> list[Problem]:
    """The problems between values, of all mappings that are right in themselves."""
    mappings = list(_sound_mappings(document))
    findings = [
        *_names_taken(document, mappings),
        *_status_columns_shared(document, mappings),
        *_endpoints(document, mappings),
        *_default_cron(document),
    ]
    for keys, mapping in mappings:
        findings += [
            *_metric_names_taken(document, keys, mapping),
            *_labels(keys, mapping),
            *_long_annotator(keys, mapping),
            *_status_is_input(keys, mapping),
            *_cron(keys, mapping.poll),
        ]
    return [Problem(document.place(keys), text) for keys, text in findings]


def _sound_mappings(document: Document) -> Iterator[tuple[Keys, Mapping]]:
    entries = document.data.get("mappings")
    for index, entry in enumerate(entries if isinstance(entries, list) else []):
        try:
            yield ("mappings", index), Mapping.model_validate(entry)
        except ValidationError:
            continue


def _names_taken(document: Document, mappings: _Mappings) -> Iterator[_Finding]:
    first: dict[str, Keys] = {}
    for keys, mapping in mappings:
        here = (*keys, "name")
        if mapping.name in first:
            where = _where(document, first[mapping.name], here)
            yield here, f"{mapping.name!r} is the name of the mapping in {where} too; change one"
        first.setdefault(mapping.name, here)


def _status_columns_shared(document: Document, mappings: _Mappings) -> Iterator[_Finding]:
    first: dict[tuple[str, str, str], Keys] = {}
    for keys, mapping in mappings:
        here = (*keys, "status")
        column = (
            mapping.folder or mapping.spreadsheet,
            str(mapping.worksheet),
            header_text(mapping.status),
        )
        if column in first:
            where = _where(document, first[column], here)
            text = f"the mapping in {where} writes column {mapping.status!r} of the same tab"
            yield here, f"{text}; give one of them another status column"
        first.setdefault(column, here)


def _where(document: Document, other: Keys, here: Keys) -> str:
    place = document.place(other)
    same = place.file == document.place(here).file
    return f"line {place.line}" if same else f"{place.file}:{place.line}"


def _endpoints(document: Document, mappings: _Mappings) -> Iterator[_Finding]:
    endpoints = named_endpoints(document.data.get("arize"))
    if not isinstance(endpoints, dict):
        return
    for keys, mapping in mappings:
        if mapping.arize not in endpoints:
            yield (*keys, "arize"), _which_endpoint(mapping, list(endpoints))
            continue
        endpoint = endpoints[mapping.arize]
        yield from _dialect(
            keys, mapping, endpoint.get("dialect") if isinstance(endpoint, dict) else None
        )


def _which_endpoint(mapping: Mapping, names: list[str]) -> str:
    choice = f"one of {', '.join(names)}"
    if "arize" not in mapping.model_fields_set:
        return f"is missing: which Arize endpoint, {choice}"
    cure = "leave this key out" if names == ["default"] else f"write {choice}"
    return f"there is no Arize endpoint {mapping.arize!r}; {cure}"


def _dialect(keys: Keys, mapping: Mapping, dialect: object) -> Iterator[_Finding]:
    for index, metric in enumerate(mapping.annotations):
        here = (*keys, "annotations", index)
        if dialect == "seed" and metric.text is not None:
            yield (
                (*here, "text"),
                "the seed dialect knows no text; write label or score, or set dialect: config",
            )
        if dialect == "config" and metric.config_id is None:
            yield (
                (*here, "config_id"),
                "is missing: the config dialect needs the id of the annotation config at Arize",
            )


def _metric_names_taken(document: Document, keys: Keys, mapping: Mapping) -> Iterator[_Finding]:
    first: dict[str, Keys] = {}
    for index, metric in enumerate(mapping.annotations):
        here = (*keys, "annotations", index, "name")
        if metric.name in first:
            where = _where(document, first[metric.name], here)
            yield here, f"{metric.name!r} is the annotation in {where} too; change one"
        first.setdefault(metric.name, here)


def _labels(keys: Keys, mapping: Mapping) -> Iterator[_Finding]:
    for index, metric in enumerate(mapping.annotations):
        here = (*keys, "annotations", index, metric.kind)
        if isinstance(metric.source, Label):
            yield from _long_values(here, metric.source)
            yield from _aliases(here, metric.source)
        elif isinstance(metric.source, FixedWord):
            longest = LONGEST_LABEL if metric.kind == "label" else LONGEST_TEXT
            if len(value := metric.source.constant) > longest:
                yield (*here, "constant"), f"has {_too_many(value, longest)}"


def _long_values(here: Keys, label: Label) -> Iterator[_Finding]:
    for index, value in enumerate(label.values or ()):
        if len(value) > LONGEST_LABEL:
            yield (*here, "values", index), f"has {_too_many(value, LONGEST_LABEL)}"


def _aliases(here: Keys, label: Label) -> Iterator[_Finding]:
    values = {value.casefold(): value for value in label.values or ()}
    first: dict[str, str] = {}
    for alias, value in label.aliases.items():
        place, folded = (*here, "aliases", alias), alias.casefold()
        if (itself := values.get(folded, value)) != value:
            text = f"{alias!r} leads to {value!r}, but is the label {itself!r} itself"
            yield place, f"{text}; remove it"
        if folded in first:
            yield place, f"{first[folded]!r} and {alias!r} are the same but for case; keep one"
        if label.values is None and len(value) > LONGEST_LABEL:
            yield place, f"leads to {_too_many(value, LONGEST_LABEL)}"
        first.setdefault(folded, alias)


def _long_annotator(keys: Keys, mapping: Mapping) -> Iterator[_Finding]:
    by = mapping.updated_by
    if isinstance(by, FixedAnnotator) and len(by.constant) > LONGEST_NAME:
        yield (*keys, "updated_by", "constant"), f"has {_too_many(by.constant, LONGEST_NAME)}"
    if isinstance(by, Annotator) and len(by.default or "") > LONGEST_NAME:
        yield (*keys, "updated_by", "default"), f"has {_too_many(by.default or '', LONGEST_NAME)}"


def _too_many(text: str, longest: int) -> str:
    return f"{len(text)} characters; Arize takes at most {longest}"


def _status_is_input(keys: Keys, mapping: Mapping) -> Iterator[_Finding]:
    inputs = [header_text(column) for column in mapping.columns if isinstance(column, str)]
    if header_text(mapping.status) in inputs:
        text = f"column {mapping.status!r} is read by this mapping"
        yield (*keys, "status"), f"{text}; statuses need a column of their own"


def _default_cron(document: Document) -> Iterator[_Finding]:
    try:
        defaults = Defaults.model_validate(document.data.get("defaults") or {})
    except ValidationError:
        return
    yield from _cron(("defaults",), defaults.poll)


def _cron(keys: Keys, poll: object) -> Iterator[_Finding]:
    if not isinstance(poll, str):
        return
    from apscheduler.triggers.cron import CronTrigger  # noqa: PLC0415 - slow to load, and seldom used

    here = (*keys, "poll")
    for text, (field, meaning) in zip(poll.split(), _CRON_FIELDS, strict=True):
        if field == "day_of_week" and any(character.isdigit() for character in text):
            # APScheduler counts from Monday as 0, cron from Sunday.
            yield here, f"{poll!r} numbers the days of the week; write names, as in mon-fri"
            continue
        try:
            CronTrigger(**{field: text}, timezone="UTC")
        except ValueError:
            yield here, f"{poll!r} is not a cron expression: {text!r} is not {meaning}"
