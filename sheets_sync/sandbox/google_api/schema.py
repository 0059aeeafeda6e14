"""The shapes of Sheets messages: refuses what Google's JSON parser refuses, in its words.

`schema.json` holds, for each message of the public discovery document, its fields and their
types: a scalar (`string`, `integer`, `number`, `boolean`, `any`, `list`), an enum as
`ROWS|COLUMNS`, or the name of another message; `[]` after it means repeated.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TypeAlias

from sheets_sync.sandbox.google_api.errors import Refusal
from sheets_sync.sandbox.wire import Json

Violation: TypeAlias = tuple[str, str]

_PACKAGE = "type.googleapis.com/google.apps.sheets.v4."
_SCALARS = {
    "string": "TYPE_STRING",
    "integer": "TYPE_INT32",
    "number": "TYPE_DOUBLE",
    "boolean": "TYPE_BOOL",
    "list": "type.googleapis.com/google.protobuf.ListValue",
}
_ENUMS = {
    "major_dimension": "Dimension",
    "shift_dimension": "Dimension",
    "response_value_render_option": "ValueRenderOption",
    "response_date_time_render_option": "DateTimeRenderOption",
}
"""Enums whose name is not that of their field."""


@cache
def messages() -> dict[str, dict[str, str]]:
    """Fields and types of every message."""
    text = Path(__file__).with_name("schema.json").read_text(encoding="utf-8")
    loaded: dict[str, dict[str, str]] = json.loads(text)
    return loaded


def checked(message: str, body: Json, root: str = "") -> dict[str, Json]:
    """`body` if it is a `message`; raises Refusal naming every wrong field.

    `root` is the name of the body in the call's own definition: `data` for a ValueRange.
    """
    violations = list(_violations(message, body, root))
    if violations:
        raise Refusal("\n".join(text for _, text in violations), violations=tuple(violations))
    return body if isinstance(body, dict) else {}


def checked_parameter(name: str, kind: str, value: str) -> str:
    """A query parameter if it is of this kind."""
    violations = list(_violations(kind, value, _snake(name)))
    if violations:
        raise Refusal("\n".join(text for _, text in violations), violations=tuple(violations))
    return value


def _violations(kind: str, value: Json, path: str) -> Iterator[Violation]:
    if value is None:
        return
    if kind.endswith("[]"):
        if isinstance(value, list):
            for index, element in enumerate(value):
                yield from _violations(kind[:-2], element, f"{path}[{index}]")
        else:
            # One value where several may stand is taken for a list of one, as recorded.
            yield from _violations(kind[:-2], value, path)
    elif kind in messages():
        if isinstance(value, dict):
            yield from _field_violations(messages()[kind], value, path)
        else:
            yield _wrong(path, _PACKAGE + kind, value)
    elif "|" in kind:
        if value not in kind.split("|"):
            yield _wrong(path, _PACKAGE + _enum_name(path), value)
    elif not _is_scalar(kind, value):
        yield _wrong(path, _SCALARS[kind], value)


def _field_violations(
    fields: Mapping[str, str], value: Mapping[str, Json], path: str
) -> Iterator[Violation]:
    for name, content in value.items():
        kind = fields.get(name)
        if kind is None:
            place = f" at '{path}'" if path else ""
            yield (
                path,
                f'Invalid JSON payload received. Unknown name "{name}"{place}: Cannot find field.',
            )
        else:
            inner = f"{path}.{_snake(name)}" if path else _snake(name)
            yield from _violations(kind, content, inner)


def _is_scalar(kind: str, value: Json) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    numeric_text = isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value)
    match kind:
        case "string":
            return isinstance(value, str)
        case "integer":
            return (number or bool(numeric_text)) and float(str(value)).is_integer()
        case "number":
            return number or bool(numeric_text)
        case "boolean":
            return isinstance(value, bool) or value in {"true", "false"}
        case "list":
            return isinstance(value, list)
        case _:
            return True


def _wrong(path: str, kind: str, value: Json) -> Violation:
    shown = json.dumps(value, ensure_ascii=False)
    return path, f"Invalid value at '{path}' ({kind}), {shown}"


def _enum_name(path: str) -> str:
    name = path.rpartition(".")[2]
    return _ENUMS.get(name, "".join(part.capitalize() for part in name.split("_")))


def _snake(name: str) -> str:
    return re.sub(r"[A-Z]", lambda match: "_" + match[0].lower(), name)
