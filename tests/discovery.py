"""What Google's discovery documents say of a call and its answer, and where the two differ.

The documents sheets.v4 and drive.v3 are those that google-api-python-client ships.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, TypeAlias

from jsonschema import Draft202012Validator

from sheets_sync.sandbox.google_api.fields import BadMask, Mask, parse_mask
from sheets_sync.sandbox.wire import Answer, Call, Json

Described: TypeAlias = Mapping[str, Any]
"""A part of a discovery document."""

_DATE_TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"
_FORMATS = {"int64": r"^-?\d+$", "date-time": _DATE_TIME, "google-datetime": _DATE_TIME}
_PARAMETERS = {"boolean": "[Tt]rue|[Ff]alse", "integer": r"-?\d+", "number": r"-?\d+(\.\d+)?"}
"""True and False are what gspread sends, and what Google took in the recordings."""
_SAMPLE = 8
"""So many elements of a long list are looked at from its start, and half as many from its end."""


class Document:
    """One discovery document: its methods, and its messages as JSON Schema."""

    def __init__(self, name: str) -> None:
        folder = files("googleapiclient") / "discovery_cache" / "documents"
        self.content: dict[str, Any] = json.loads(
            (folder / f"{name}.json").read_text(encoding="utf-8")
        )
        self._validators: dict[str, Draft202012Validator] = {}

    @cached_property
    def methods(self) -> list[Method]:
        """All calls."""
        return [Method(self, described) for described in _methods(self.content)]

    @cached_property
    def definitions(self) -> dict[str, Described]:
        """All messages as JSON Schema; a field that is not described is an error."""
        return {name: _schema(kind) for name, kind in self.content["schemas"].items()}

    def wrong(self, message: str, value: Json) -> list[str]:
        """Where `value` is no such message."""
        if message not in self._validators:
            schema = {"$ref": f"#/$defs/{message}", "$defs": self.definitions}
            self._validators[message] = Draft202012Validator(schema)
        errors = self._validators[message].iter_errors(value)
        return [f"{error.json_path} {error.message[:300]}" for error in errors]


@dataclass(frozen=True)
class Method:
    """One call that a document describes."""

    document: Document
    described: Described

    @cached_property
    def path(self) -> re.Pattern[str]:
        """What its decoded path looks like; a range may hold slashes."""
        content = self.document.content
        path = f"/{content['servicePath']}{self.described['path']}"
        parts = re.split(r"(\{\w+\})", path)
        return re.compile(
            "".join(
                re.escape(part) if index % 2 == 0 else ".+" if part == "{range}" else "[^/]+"
                for index, part in enumerate(parts)
            )
        )

    def wrong_request(self, call: Call) -> list[str]:
        """Where the request is not as described: its query and its body."""
        known = self.described.get("parameters", {}) | self.document.content["parameters"]
        wrong = [
            f"query: {name} is missing"
            for name, kind in known.items()
            if kind["location"] == "query" and kind.get("required") and name not in call.query
        ]
        for name, values in call.query.items():
            kind = known.get(name, {})
            if kind.get("location") != "query":
                wrong.append(f"query: {name} is not known")
            elif len(values) > 1 and not kind.get("repeated"):
                wrong.append(f"query: {name} stands {len(values)} times")
            else:
                wrong += [f"query: {name}={v}" for v in values if not _is_parameter(kind, v)]
        wrong += self._unknown_fields(call.first("fields"))
        message = self.described.get("request", {}).get("$ref")
        if message is not None:
            wrong += self.document.wrong(message, _sample(_without_nulls(call.json())))
        elif call.body:
            wrong.append("a body where none belongs")
        return wrong

    def _unknown_fields(self, fields: str) -> list[str]:
        """Where a mask names what the answer does not have."""
        message = self.described.get("response", {}).get("$ref")
        if not fields or message is None:
            return []
        try:
            mask = parse_mask(fields)
        except BadMask as error:
            return [f"query: fields cannot be read at {error}"]
        return [f"query: fields={path}" for path in _unknown(self.document, message, mask)]

    def wrong_answer(self, answer: Answer) -> list[str]:
        """Where the answer to a call that went well is not as described."""
        message = self.described.get("response", {}).get("$ref")
        if message is not None:
            return self.document.wrong(message, _sample(answer.body))
        return [] if answer.body is None else ["a body where none belongs"]


@dataclass
class Discovery:
    """Observes a sandbox and notes all that does not validate.

    A person's request that was refused is not looked at, since tests send bad ones on purpose;
    its answer is. With `answers_only` no request is.
    """

    answers_only: bool = False
    problems: list[str] = field(default_factory=list)

    def __call__(self, call: Call, answer: Answer) -> None:
        """Note what is wrong with one call and its answer."""
        method = _method(call.method, call.path)
        if method is None:
            wrong = ["no such call in sheets.v4 or drive.v3"]
        else:
            wrong = []
            on_purpose = answer.status >= 400 and call.caller.startswith("human:")
            if not on_purpose and not self.answers_only:
                wrong += [f"request {problem}" for problem in method.wrong_request(call)]
            found = method.wrong_answer(answer) if answer.status < 400 else _wrong_error(answer)
            wrong += [f"answer {problem}" for problem in found]
        self.problems += [f"{call.method} {call.path}: {problem}" for problem in wrong]


@cache
def _documents() -> list[Document]:
    return [Document("sheets.v4"), Document("drive.v3")]


@cache
def _method(verb: str, path: str) -> Method | None:
    for document in _documents():
        for method in document.methods:
            if method.described["httpMethod"] == verb and method.path.fullmatch(path):
                return method
    return None


def _methods(part: Described) -> Iterator[Described]:
    yield from part.get("methods", {}).values()
    for resource in part.get("resources", {}).values():
        yield from _methods(resource)


def _unknown(document: Document, message: str, mask: Mask, place: str = "") -> Iterator[str]:
    described = document.content["schemas"].get(message, {}).get("properties", {})
    for name, branch in mask.items():
        kind = described.get(name)
        if name != "*" and kind is None:
            yield place + name
        elif kind is not None:
            inner = kind.get("items", kind).get("$ref", "")
            yield from _unknown(document, inner, branch, f"{place}{name}.")


def _schema(kind: Described) -> Described:
    if "$ref" in kind:
        return {"$ref": f"#/$defs/{kind['$ref']}"}
    match kind["type"]:
        case "any":
            return {}
        case "array":
            return {"type": "array", "items": _schema(kind["items"])}
        case "object":
            others = kind.get("additionalProperties")
            known = {name: _schema(one) for name, one in kind.get("properties", {}).items()}
            rest = False if others is None else _schema(others)
            return {"type": "object", "properties": known, "additionalProperties": rest}
        case "string" if "enum" in kind:
            return {"enum": kind["enum"]}
        case "string" if kind.get("format") in _FORMATS:
            return {"type": "string", "pattern": _FORMATS[kind["format"]]}
        case scalar:
            return {"type": scalar}


def _is_parameter(kind: Described, value: str) -> bool:
    if "enum" in kind:
        return value in kind["enum"]
    return re.fullmatch(_PARAMETERS.get(kind["type"], "(?s:.*)"), value) is not None


def _wrong_error(answer: Answer) -> list[str]:
    """An error of a gateway is HTML; any other is JSON with a code, a message and a reason."""
    if isinstance(answer.body, str):
        return [] if answer.status >= 500 else ["text in place of an error"]
    error = answer.body.get("error") if isinstance(answer.body, dict) else None
    if not isinstance(error, dict):
        return [f"no error in {answer.body}"]
    known = {"code", "message", "status", "errors", "details"}
    good = (
        error.get("code") == answer.status
        and isinstance(error.get("message"), str)
        and ("status" in error or "errors" in error)
        and error.keys() <= known
    )
    return [] if good else [f"another error than Google's: {error}"]


def _without_nulls(value: Json) -> Json:
    """Null is the same as absent in a request's messages, though not among values."""
    if isinstance(value, dict):
        return {key: _without_nulls(one) for key, one in value.items() if one is not None}
    return [_without_nulls(one) for one in value] if isinstance(value, list) else value


def _sample(value: Json) -> Json:
    """The same with long lists shortened, as their elements are all of one kind."""
    if isinstance(value, dict):
        return {key: _sample(one) for key, one in value.items()}
    if not isinstance(value, list):
        return value
    short = value if len(value) <= 2 * _SAMPLE else [*value[:_SAMPLE], *value[-_SAMPLE // 2 :]]
    return [_sample(one) for one in short]
