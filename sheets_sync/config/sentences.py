"""Pydantic's findings in the words of the person who wrote the file."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator
from typing import TypeAlias, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from sheets_sync.config.reading import Document, Keys, Problem
from sheets_sync.config.settings import Config


def problems_of(error: ValidationError, document: Document) -> list[Problem]:
    """What pydantic found, each as one problem with its place."""
    found = error.errors(include_url=False)
    meant = {
        (*_keys(one)[:-1], instead)
        for one in found
        if one["type"] == "extra_forbidden" and (instead := _meant(one)) is not None
    }
    return [
        Problem(document.place(_written(_keys(one), document)), _sentence(one))
        for one in found
        if not (one["type"] == "missing" and _keys(one) in meant)
        and not (one["type"] == "too_short" and one["input"])  # its bad parts were not counted
    ]


def _keys(error: ErrorDetails) -> Keys:
    return tuple(part for part in error["loc"] if not str(part).startswith("form:"))


def _written(keys: Keys, document: Document) -> Keys:
    """The keys as they stand in the file: a single Arize endpoint has no name there."""
    match keys:
        case ("arize", "default", *rest) if ("arize", "default") not in document.places:
            return ("arize", *rest)
        case _:
            return keys


def _sentence(error: ErrorDetails) -> str:
    sentence = _SENTENCES.get(error["type"])
    return sentence(error) if sentence else error["msg"]


def _unknown(error: ErrorDetails) -> str:
    key = str(error["loc"][-1])
    instead = _meant(error)
    hint = f"did you mean {instead!r}?" if instead else f"known here: {', '.join(_known(error))}"
    return f"unknown key {key!r}; {hint}"


def _meant(error: ErrorDetails) -> str | None:
    key = str(error["loc"][-1])
    near = difflib.get_close_matches(key.lower().replace("-", "_"), _known(error), n=1)
    return near[0] if near else None


def _missing(error: ErrorDetails) -> str:
    if isinstance(error["loc"][-1], int):
        return "is missing; the list is too short"
    field = _fields(_model(error["loc"][:-1]))[str(error["loc"][-1])]
    first = re.split(r"[.;]\s", f"{field.description} ")[0].rstrip(". ")
    return f"is missing: {first[:1].lower()}{first[1:]}"


def _no_text(error: ErrorDetails) -> str:
    if isinstance(error["input"], bool | int | float):
        return f"{_shown(error)} is {_kind(error)}; put it in quotes to make it text"
    return f"is {_kind(error)}; write text"


def _no_keys(error: ErrorDetails) -> str:
    keys = ", ".join(_known({**error, "loc": (*error["loc"], "")}))
    return f"is {_kind(error)}; write keys here: {keys}"


def _forms(error: ErrorDetails) -> str:
    value = error["input"]
    if isinstance(value, dict):
        return f"{', '.join(map(repr, value)) or '{}'} is not known here; {error['msg']}"
    quotes = "; put text in quotes" if isinstance(value, bool | int | float) else ""
    return f"is {_kind(error)}; {error['msg']}{quotes}"


def _shown(error: ErrorDetails) -> str:
    value = error["input"]
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _kind(error: ErrorDetails) -> str:
    match error["input"]:
        case None:
            return "empty"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case dict():
            return "a set of keys"
        case _:
            return "a list"


def _limit(word: str, name: str) -> Callable[[ErrorDetails], str]:
    return lambda error: f"{_shown(error)} is too {word} {error['ctx'][name]:g}"


_Models: TypeAlias = list[type[BaseModel]]


def _known(error: ErrorDetails) -> list[str]:
    return list(_fields(_model(error["loc"][:-1])))


def _fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """The fields by their names in the file."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _model(loc: Keys) -> type[BaseModel]:
    """The model that a location leads to."""
    models: _Models = [Config]
    for part in loc:
        if isinstance(part, str) and part.startswith("form:"):
            models = [model for model in models if part == f"form:{model.__name__}"]
        elif isinstance(part, str) and part in (fields := _fields(models[0])):
            models = list(_models(fields[part].annotation))
    return models[0]


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


_SENTENCES: dict[str, Callable[[ErrorDetails], str]] = {
    "missing": _missing,
    "extra_forbidden": _unknown,
    "forms": _forms,
    "value_error": lambda error: str(error["ctx"]["error"]),
    "string_type": _no_text,
    "path_type": _no_text,
    "string_too_short": lambda _: "is empty; write text",
    "too_short": lambda _: "is an empty list; give at least one",
    "too_long": lambda error: f"is too long; write {error['ctx']['max_length']} values",
    "tuple_type": lambda error: f"is {_kind(error)}; write a list, as in [one, two]",
    "dict_type": lambda error: f"is {_kind(error)}; write keys and values, as in {{ok: Good}}",
    "model_type": _no_keys,
    "bool_type": lambda error: f"{_shown(error)} is neither true nor false",
    "int_type": lambda error: f"{_shown(error)} is not a whole number",
    "float_type": lambda error: f"{_shown(error)} is not a number",
    "finite_number": lambda error: f"{_shown(error)} is not a finite number",
    "greater_than": _limit("low; write more than", "gt"),
    "greater_than_equal": _limit("low; write at least", "ge"),
    "less_than_equal": _limit("high; write at most", "le"),
    "literal_error": lambda error: (
        f"{_shown(error)} is not one of {re.sub(chr(39), '', error['ctx']['expected'])}"
    ),
}
