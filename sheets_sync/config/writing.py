"""A proposed mapping as a commented configuration file; what nobody could guess is marked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import yaml

from sheets_sync.domain.columns import Column, Letter
from sheets_sync.domain.look import Look
from sheets_sync.domain.proposal import Proposal, can_be_filled_in
from sheets_sync.domain.row import Tab, header_text

CHOOSE = "CHOOSE"
"""Stands where the operator must choose; no header, model or time is called so."""
_MOST_CHOICES = 12
_LONGEST_NAME = 80
"""Characters; the header of a form may be a whole question."""
_LIKE_A_NUMBER = re.compile(r"[-+.\deE]+")
_NOTES_AT = 60
"""The column of the sheet of text where comments begin, where there is room."""


@dataclass(frozen=True)
class Draft:
    """What goes into the file beside the proposal. Nothing is a secret."""

    spreadsheet: str
    tab: Tab
    other_worksheets: tuple[str, ...]
    header_row: int
    name: str
    model_id: str | None
    models: tuple[str, ...]
    """The models to choose from, each as `id (name)`."""
    no_models: str
    """Why there are none to choose from."""
    start_time: str | None
    """One time for all rows."""
    arize: str = "default"
    """The endpoint, where there are several."""
    has_key_file: bool = False
    api_root: str | None = None
    arize_endpoint: str | None = None


def written(draft: Draft, proposal: Proposal) -> str:
    """The text of the configuration file, which loads as it is."""
    return "\n".join(
        [
            *_head("`sheets-sync init`"),
            "",
            *_services(draft),
            "",
            "defaults:",
            _line("  poll: 30s", "how often the sheet is looked at"),
            _line("  environment: tracing", "or production, validation, training"),
            "",
            "mappings:",
            *_mapping(draft, proposal),
            "",
        ]
    )


def written_beside(draft: Draft, proposal: Proposal) -> str:
    """The text of a further file for a folder of configuration: the mapping alone."""
    return "\n".join([*_head("the console"), "", "mappings:", *_mapping(draft, proposal), ""])


def added(existing: str, beside: str) -> str:
    """The text of a configuration with the mapping of a further file behind its own.

    Raises `ValueError` where its mappings are not a list with a line for each key.
    """
    root = yaml.compose(existing)
    parts = root.value if isinstance(root, yaml.MappingNode) else ()
    found = next((value for key, value in parts if key.value == "mappings"), None)
    if not isinstance(found, yaml.SequenceNode) or found.flow_style or not found.value:
        raise ValueError("its mappings are not a list with a line for each key")
    lines = existing.rstrip("\n").split("\n")
    end = found.value[-1].end_mark
    at = min(len(lines), end.line + (end.column > 0))
    while lines[at - 1] == "" or lines[at - 1].startswith("#"):  # of what follows
        at -= 1
    indent = " " * found.start_mark.column
    _, _, mapping = beside.partition("\nmappings:\n")
    own = [indent + line.removeprefix("  ") for line in mapping.rstrip("\n").split("\n")]
    return "\n".join([*lines[:at], *own, *lines[at:], ""])


def marked(text: str) -> list[str]:
    """The marked lines of a written file, each as `line: key`."""
    lines = enumerate(text.splitlines(), 1)
    found = ((number, line.partition("#")[0]) for number, line in lines)
    return [f"{number}: {line.strip()}" for number, line in found if CHOOSE in line]


def _head(writer: str) -> list[str]:
    return [
        "# yaml-language-server: $schema=sheets.schema.json",
        "#",
        "# Which columns of a Google Sheet become which Arize annotations: written by",
        f"# {writer} from the headers and cells that it saw. Each line says why.",
        f"# Where {CHOOSE} stands, it could not tell: write one of the choices there.",
        "# Every key is explained in docs/configuration.md. A line that begins with # is off.",
    ]


def _services(draft: Draft) -> Iterator[str]:
    yield "google:" if draft.has_key_file or draft.api_root else "google: {}"
    off = "" if draft.has_key_file else "# "
    note = "the path of the service account's key file"
    yield _line(f"  {off}credentials: [env:GOOGLE_APPLICATION_CREDENTIALS]", note)
    if draft.api_root:
        yield f"  api_root: {_scalar(draft.api_root)}"
    yield ""
    yield "arize:"
    if draft.arize_endpoint:
        yield f"  endpoint: {_scalar(draft.arize_endpoint)}"
    else:
        regions = "other regions have their own address"
        yield _line("  endpoint: https://app.arize.com/graphql", regions)
    yield _line("  api_key: env:ARIZE_API_KEY", "or file:PATH; never the key itself")
    yield ""
    yield _line("state: sqlite:///state/sheets-sync.db", "what was sent; on a local disk")
    yield _line("# contact: ops@example.com", "whom a status names where a person is needed")


def _mapping(draft: Draft, proposal: Proposal) -> Iterator[str]:
    others = ", ".join(draft.other_worksheets)
    yield f"  - name: {_scalar(draft.name)}"
    yield f"    spreadsheet: {_scalar(draft.spreadsheet)}"
    title = draft.tab.title
    worksheet = _scalar(title) if title == header_text(title) else f"{{gid: {draft.tab.gid}}}"
    yield _line(f"    worksheet: {worksheet}", others and f"other tabs: {others}")
    if draft.header_row != 1:
        yield f"    header_row: {draft.header_row}"
    if draft.arize != "default":
        yield f"    arize: {_scalar(draft.arize)}"
    yield from _model(draft)
    yield from _record(proposal)
    yield from _start(draft, proposal)
    for look in proposal.of("reviewer"):
        column = f"{{column: {_column(look.column)}, default: unknown}}"
        yield _line(f"    updated_by: {column}", proposal.why(look))
    for look in proposal.of("note"):
        yield _line(f"    note: {_column(look.column)}", proposal.why(look))
    yield from _annotations(proposal)
    for look in proposal.of("when"):
        column = f"{{column: {_column(look.column)}, equals: true}}"
        yield _line(f"    when: {column}", proposal.why(look))
    yield _line("    status: Sync status", "made by sheets-sync where it is missing")
    if unused := [f"{look.name} ({proposal.why(look)})" for look in proposal.of("unused")]:
        yield from _listed("    # not used:", unused)


def _model(draft: Draft) -> Iterator[str]:
    if draft.model_id is not None:
        name = dict(_named(model) for model in draft.models).get(draft.model_id, "")
        yield _line(f"    model_id: {_scalar(draft.model_id)}", name)
        return
    what = "the id of the model at Arize"
    yield from _marked("    model_id: ", what if draft.models else draft.no_models, draft.models)


def _named(model: str) -> tuple[str, str]:
    id_, _, name = model.partition(" ")
    return id_, name.strip("()")


def _record(proposal: Proposal) -> Iterator[str]:
    if parts := proposal.of("part"):
        template = "-".join(f"{{{look.header}}}" for look in parts)
        why = "no column is the id alone; is it made like this at Arize?"
        yield _line(f"    record_id: {{template: {_scalar(template)}}}", why)
        return
    for look in proposal.of("record"):
        if look.id_pattern:
            column = f"{{column: {_column(look.column)}, pattern: {_scalar(look.id_pattern)}}}"
        else:
            column = _column(look.column)
        yield _line(f"    record_id: {column}", proposal.why(look))
        if proposal.repeats:
            key = ", ".join(_column(one.column) for one in (look, *proposal.of("reviewer")))
            yield _line(f"    key: [{key}]", "what tells rows apart")
    if not proposal.of("record"):
        yield from _marked("    record_id: ", "the column of the record's id", _unused(proposal))


def _start(draft: Draft, proposal: Proposal) -> Iterator[str]:
    if draft.start_time is not None:
        constant = f"{{constant: {_scalar(draft.start_time)}}}"
        yield _line(f"    start_time: {constant}", "one time for all rows")
        return
    for look in proposal.of("time"):
        lookback = "0s" if look.is_whole_days else "1h"
        column = f"{{column: {_column(look.column)}, lookback: {lookback}}}"
        whole = "; whole days" if look.is_whole_days else ""
        yield _line(f"    start_time: {column}", f"{proposal.why(look)}{whole}")
    if not proposal.of("time"):
        why = "the column of the record's start, or {constant: 2026-11-24T10:15:00Z}"
        yield from _marked("    start_time: ", why, _unused(proposal), "{column: CHOOSE}")


def _annotations(proposal: Proposal) -> Iterator[str]:
    metrics = proposal.metrics
    yield _line("    annotations:", "a row's annotations are sent together")
    if not metrics:
        yield from _marked(
            "      - name: ",
            "a column that judges, by label: {column: X, values: [A, B]} or "
            "score: {column: X, min: 1, max: 5}",
            _unused(proposal),
        )
        yield f"        label: {{column: {CHOOSE}}}"
        return
    by = next(iter(proposal.of("reviewer")), None) if proposal.repeats else None
    for look, name in zip(metrics, names([look.name for look in metrics]), strict=True):
        each = f" ({{{by.header}}})" if by is not None and can_be_filled_in(by) else ""
        yield f"      - name: {_scalar(name + each)}"
        yield _line(f"        {_source(proposal, look)}", _why(look))
        if look is proposal.required:
            yield _line("        required: true", "a row waits until this is filled in")


def _source(proposal: Proposal, look: Look) -> str:
    column = _column(look.column)
    if look in proposal.of("label"):
        values = ", ".join(map(_scalar, look.labels))
        return f"label: {{column: {column}" + (f", values: [{values}]}}" if values else "}")
    scale = proposal.scale(look)
    bounds = f", min: {scale[0]:g}, max: {scale[1]:g}" if scale else ""
    stars = ", scale: stars" if look.is_stars else ""
    return f"score: {{column: {column}{stars}{bounds}}}"


def _why(look: Look) -> str:
    if not look.cells:
        return "nothing stands there yet"
    if look.numbers is not None:
        return f"seen: {min(look.numbers):g} to {max(look.numbers):g}"
    seen = [f"{word} ({count})" for word, count in look.counts.most_common(_MOST_CHOICES)]
    return f"seen: {', '.join(seen)}"


def names(headers: Sequence[str]) -> list[str]:
    """Names for annotations, made of headers: without brackets and underscores, each once.

    Letters, digits and spaces are what Arize's own SDK takes in a name.
    """
    found: list[str] = []
    for header in headers:
        plain = re.sub(r"\(.*?\)", " ", header)
        words = " ".join(re.sub(r"[\W_]+", " ", plain).split()) or "Judgement"
        name = (words[:1].upper() + words[1:])[:_LONGEST_NAME].rstrip()
        again = next(n for n in range(1, len(headers) + 2) if _again(name, n) not in found)
        found.append(_again(name, again))
    return found


def _again(name: str, number: int) -> str:
    return name if number == 1 else f"{name} {number}"


def _unused(proposal: Proposal) -> tuple[str, ...]:
    return tuple(look.name for look in proposal.of("unused"))


def _marked(key: str, what: str, choices: Sequence[str], value: str = CHOOSE) -> Iterator[str]:
    yield _line(f"{key}{value}", what)
    if choices:
        yield from _listed("    # choices:", choices[:_MOST_CHOICES])


def _listed(title: str, entries: Sequence[str]) -> Iterator[str]:
    yield title
    for entry in entries:
        yield f"    #   {_one_line(entry)}"


def _line(text: str, comment: str = "") -> str:
    return f"{text:<{_NOTES_AT}}  # {_one_line(comment)}" if comment else text


def _one_line(text: str) -> str:
    printable = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(printable.split())


def _column(column: Column) -> str:
    return f"{{letter: {column.letter}}}" if isinstance(column, Letter) else _scalar(column)


def _scalar(text: str) -> str:
    """Text as it stands inside brackets of YAML, in quotes where it needs them.

    PyYAML writes for YAML 1.1, where 08 and 1e5 are no numbers.
    """
    plain = header_text(text)
    style = "'" if _LIKE_A_NUMBER.fullmatch(plain) else None
    dumped: str = yaml.safe_dump(
        [plain], default_flow_style=True, default_style=style, allow_unicode=True, width=10**9
    )
    return dumped.strip()[1:-1]
