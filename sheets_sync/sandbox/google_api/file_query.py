"""The `q` and `orderBy` of Drive's files.list.

Grammar: developers.google.com/workspace/drive/api/guides/search-files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeAlias

from sheets_sync.sandbox.drive import ROOT, File
from sheets_sync.sandbox.google_api.errors import DriveRefusal

Test: TypeAlias = Callable[[File], bool]

_TOKEN = re.compile(
    r"""\s*(?:(?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?P<sign>!=|<=|>=|=|<|>|\(|\))"""
    r"|(?P<word>[A-Za-z]+))"
)
_ORDER: dict[str, Callable[[File], float | str]] = {
    "modifiedTime": lambda file: file.modified,
    "createdTime": lambda file: file.created,
    "name": lambda file: file.name.casefold(),
    "name_natural": lambda file: file.name.casefold(),
    "recency": lambda file: file.modified,
}


def parse_query(text: str) -> Test:
    """The test a query makes of each file; raises DriveRefusal `Invalid Value`."""
    if not text.strip():
        return lambda _: True
    tokens = _tokens(text)
    test = _either(tokens)
    if tokens:
        raise _invalid("q")
    return test


def ordered(files: Sequence[File], order_by: str) -> list[File]:
    """The files in the order asked for; without one, newest first, as recorded."""
    result = sorted(files, key=lambda file: file.modified, reverse=True)
    for key in reversed([part.strip() for part in order_by.split(",") if part.strip()]):
        name, _, direction = key.partition(" ")
        if name not in _ORDER or direction not in {"", "desc"}:
            raise _invalid("orderBy")
        result.sort(key=lambda file, by=_ORDER[name]: by(file), reverse=direction == "desc")  # type: ignore[misc]
    return result


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens, place = [], 0
    text = text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise _invalid("q")
        tokens.append((match.lastgroup, match[match.lastgroup]))
        place = match.end()
    return tokens


def _either(tokens: list[tuple[str, str]]) -> Test:
    left = _both(tokens)
    while tokens and tokens[0] == ("word", "or"):
        tokens.pop(0)
        left = _or(left, _both(tokens))
    return left


def _both(tokens: list[tuple[str, str]]) -> Test:
    left = _one(tokens)
    while tokens and tokens[0] == ("word", "and"):
        tokens.pop(0)
        left = _and(left, _one(tokens))
    return left


def _or(left: Test, right: Test) -> Test:
    return lambda file: left(file) or right(file)


def _and(left: Test, right: Test) -> Test:
    return lambda file: left(file) and right(file)


def _one(tokens: list[tuple[str, str]]) -> Test:
    kind, token = _pop(tokens)
    if (kind, token) == ("sign", "("):
        inner = _either(tokens)
        if _pop(tokens) != ("sign", ")"):
            raise _invalid("q")
        return inner
    if (kind, token) == ("word", "not"):
        denied = _one(tokens)
        return lambda file: not denied(file)
    _, operator = _pop(tokens)
    _, operand = _pop(tokens)
    return _term(kind, token, operator, operand)


def _pop(tokens: list[tuple[str, str]]) -> tuple[str, str]:
    if not tokens:
        raise _invalid("q")
    return tokens.pop(0)


def _term(kind: str, name: str, operator: str, operand: str) -> Test:
    if kind == "string":
        return _membership(_unquoted(name), operator, operand)
    value = _unquoted(operand)
    match name, operator:
        case (("name" | "mimeType"), ("=" | "!=")):
            wants = operator == "="
            return lambda file: (_text(file, name) == value) is wants
        case "name", "contains":
            return lambda file: any(
                word.startswith(value.casefold()) for word in _suffixes(file.name.casefold())
            )
        case "mimeType", "contains":
            return lambda file: value in file.mime_type
        case (("trashed" | "starred"), ("=" | "!=")):
            wants = (operand == "true") is (operator == "=")
            return lambda file: (file.trashed if name == "trashed" else False) is wants
        case (("modifiedTime" | "createdTime"), ("<" | "<=" | "=" | "!=" | ">" | ">=")):
            return _time_test(name, operator, _moment(value))
        case _:
            raise _invalid("q")


def _membership(value: str, operator: str, collection: str) -> Test:
    match operator, collection:
        case "in", "parents":
            return lambda file: value in (file.parents or [ROOT])
        case "in", "owners":
            return lambda file: file.owner == value
        case "in", ("writers" | "readers"):
            return lambda file: value not in file.refused
        case _:
            raise _invalid("q")


def _time_test(name: str, operator: str, moment: float) -> Test:
    def test(file: File) -> bool:
        time = round(file.modified if name == "modifiedTime" else file.created, 3)
        equal, less = time == moment, time < moment
        return {
            "<": less,
            "<=": less or equal,
            "=": equal,
            "!=": not equal,
            ">": not (less or equal),
            ">=": not less,
        }[operator]

    return test


def _moment(value: str) -> float:
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        raise _invalid("q") from None
    return round((parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp(), 3)


def _text(file: File, name: str) -> str:
    return file.name if name == "name" else file.mime_type


def _suffixes(name: str) -> list[str]:
    """`contains` finds only the beginnings of words in a name, as the guide says."""
    return [name[match.start() :] for match in re.finditer(r"\w+", name)] or [name]


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text[:1] in {"'", '"'} else text


def _invalid(location: str) -> DriveRefusal:
    return DriveRefusal(400, "Invalid Value", "invalid", location)
