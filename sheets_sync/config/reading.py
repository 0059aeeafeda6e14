"""YAML as plain data that remembers where each value stands.

Scalars follow YAML 1.2: only true and false are booleans (yes, no, on and off are words), dates
are text, and 1:30 is no number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeAlias

import yaml

from sheets_sync.errors import ConfigError

Keys: TypeAlias = tuple[str | int, ...]
"""The way from the top to a value: keys, and indexes of lists."""

LARGEST_FILE = 2_000_000
"""Bytes; a mapping takes about a thousand."""
MOST_VALUES = 100_000
"""In one file, aliases followed."""
_TAG = "tag:yaml.org,2002:"
_SYNTAX = (
    (r"character '\\t'", "a tab stands here; indent with spaces"),
    (r"character '(.)' that cannot", r"text cannot begin with \1; put it in quotes"),
    (r"mapping values are not", "a second ': ' in one line; put the text in quotes or indent it"),
    (r"expected ':'", "a ':' is missing after the key"),
    (r"undefined alias '(.+)'", r"*\1 refers to nothing; there is no &\1 above it"),
    (r"unexpected end of stream", "a quotation mark is opened here but never closed"),
    (r"expected ',' or '(.)'", r"a comma or a closing \1 is missing"),
    (r"expected the node content", "a value or a closing bracket is missing"),
    (r"unknown escape", "a backslash in double quotes; use single quotes"),
    (r"another document", "a second document begins here; remove the ---"),
    (
        r"expected <block end>",
        "the indentation does not fit the lines above; text with { or [ in front needs quotes",
    ),
)


class Place(NamedTuple):
    """Where a value stands, and how it is called there."""

    file: str
    line: int
    name: str


class Problem(NamedTuple):
    """What is wrong at a place, and the cure."""

    place: Place
    text: str

    def __str__(self) -> str:
        file, line, name = self.place
        return f"{file}:{line}: {name}: {self.text}" if name else f"{file}:{line}: {self.text}"


@dataclass(frozen=True)
class Document:
    """The data of one file, or of a folder's files joined, with the place of every value."""

    data: dict[str, object]
    places: dict[Keys, Place]
    problems: list[Problem]

    def place(self, keys: Keys) -> Place:
        """Where the value stands; a missing one stands where its parent does."""
        if keys in self.places:
            return self.places[keys]
        file, line, name = self.place(keys[:-1])
        return Place(file, line, _named(name, keys[-1]))


def read(path: Path) -> Document:
    """The document of a file, or of all `*.yaml` files of a folder.

    Raises `ConfigError` for files that cannot be read as YAML.
    """
    documents: list[Document] = []
    unreadable: list[str] = []
    for file in _files(path):
        try:
            documents.append(_read_file(file))
        except ConfigError as error:
            unreadable += error.problems
    if unreadable:
        raise ConfigError(unreadable)
    return _joined(documents)


def _files(path: Path) -> list[Path]:
    try:
        if not path.is_dir():
            return [path]
        files = sorted(file for file in path.iterdir() if not file.name.startswith("."))
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {(error.strerror or '').lower()}"]) from None
    if astray := [file for file in files if file.suffix == ".yml"]:
        raise ConfigError([f"{file}: would not be read; rename it to .yaml" for file in astray])
    if found := [file for file in files if file.suffix == ".yaml"]:
        return found
    raise ConfigError([f"{path}: no .yaml file in this folder; copy config/sheets.yaml there"])


def _read_file(path: Path) -> Document:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise ConfigError([f"{path}: is larger than 2 MB; spread it over a folder of files"])
        text = content.decode("utf-8-sig")
    except FileNotFoundError:
        raise ConfigError([f"{path}: there is no such file; name yours with --config"]) from None
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {(error.strerror or '').lower()}"]) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError([f"{path}:{line}: is not UTF-8 text; save the file as UTF-8"]) from None
    try:
        root = _Loader(text).get_single_node()
        reader = _Reader(str(path))
        data = {} if root is None else reader.value(root, ())
    except yaml.MarkedYAMLError as error:
        raise ConfigError([_syntax_problem(path, error)]) from None
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise ConfigError([f"{path}:{line}: a character that no text holds; remove it"]) from None
    except RecursionError:
        raise ConfigError([f"{path}: is nested too deeply; brackets may be left open"]) from None
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise ConfigError([f"{path}:1: write keys here, such as arize: and mappings:"])
    return Document(data, reader.places, reader.problems)


def _syntax_problem(path: Path, error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or "is not YAML"
    plain = next(
        (found.expand(cure) for shape, cure in _SYNTAX if (found := re.search(shape, problem))),
        problem,
    )
    mark = error.context_mark if "end of stream" in problem else error.problem_mark
    where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
    return f"{where}: {plain}"


def _joined(documents: list[Document]) -> Document:
    """One document of several: lists of mappings are joined, all else may stand in one file."""
    data: dict[str, object] = {}
    places: dict[Keys, Place] = {}
    problems: list[Problem] = []
    mappings: list[object] = []
    for document in documents:
        shift = len(mappings)
        moved = {_shifted(keys, shift): place for keys, place in document.places.items()}
        problems += document.problems
        for key, value in document.data.items():
            if value is None:
                continue
            if key == "mappings" and isinstance(value, list):
                mappings += value
                data.setdefault("mappings", mappings)
            elif key in data:
                other = places[(key,)]
                text = f"stands in {other.file}:{other.line} too; keep one of them"
                problems.append(Problem(moved[(key,)], text))
            else:
                data[key] = value
        places = moved | places
    return Document(data, places, problems)


def _shifted(keys: Keys, shift: int) -> Keys:
    match keys:
        case ("mappings", int() as index, *rest):
            return ("mappings", index + shift, *rest)
        case _:
            return keys


def _named(parent: str, key: str | int) -> str:
    if isinstance(key, int):
        return f"{parent}[{key}]"
    return f"{parent}.{key}" if parent else key


class _Loader(yaml.SafeLoader):
    """Composes nodes with YAML 1.2's few kinds of scalars."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - PyYAML's own way to resolve scalars


for _kind, _shape, _first in (
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    ("int", r"^[-+]?[0-9]{1,18}$", list("-+0123456789")),
    (
        "float",
        r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$",
        list("-+0123456789."),
    ),
    ("merge", r"^(?:<<)$", ["<"]),
):
    _Loader.add_implicit_resolver(_TAG + _kind, re.compile(_shape), _first)


class _Reader:
    """Turns one file's nodes into data and notes each value's place."""

    def __init__(self, file: str) -> None:
        self.places: dict[Keys, Place] = {(): Place(file, 1, "")}
        self.problems: list[Problem] = []
        self._open: list[yaml.Node] = []
        self._values = 0

    def value(self, node: yaml.Node, keys: Keys) -> object:
        self._values += 1
        if self._values > MOST_VALUES:
            place = f"{self.places[()].file}:{node.start_mark.line + 1}"
            raise ConfigError([f"{place}: stands beyond 100,000 values; take out aliases"])
        if node in self._open:
            self._refuse(keys, "refers to itself; remove the alias")
            return None
        self._open.append(node)
        try:
            match node:
                case yaml.MappingNode():
                    return self._mapping(node, keys)
                case yaml.SequenceNode():
                    return [
                        self._part(part, part, (*keys, index))
                        for index, part in enumerate(node.value)
                    ]
                case _:
                    return self._scalar(node, keys)
        finally:
            self._open.pop()

    def _mapping(self, node: yaml.MappingNode, keys: Keys) -> dict[str, object]:
        data = self._merged(node, keys)
        lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if key_node.tag == _TAG + "merge":
                continue
            if not isinstance(key_node, yaml.ScalarNode):
                self._refuse(keys, "a key must be plain text; put it in quotes", line)
                continue
            key = str(key_node.value)
            if key in lines:
                self._refuse((*keys, key), f"stands in line {lines[key]} too; keep one", line)
                continue
            lines[key] = line
            data[key] = self._part(key_node, value_node, (*keys, key))
        return data

    def _merged(self, node: yaml.MappingNode, keys: Keys) -> dict[str, object]:
        """What `<<` brings in; of several the first wins, and the mapping's own keys over all."""
        data: dict[str, object] = {}
        for key_node, value_node in node.value:
            if key_node.tag != _TAG + "merge":
                continue
            several = isinstance(value_node, yaml.SequenceNode)
            for base in reversed(value_node.value) if several else [value_node]:
                below = self.value(base, keys)
                if isinstance(below, dict):
                    data |= below
                else:
                    line = key_node.start_mark.line + 1
                    self._refuse(keys, "<< takes an alias of keys and values, as in *base", line)
        return data

    def _part(self, at: yaml.Node, node: yaml.Node, keys: Keys) -> object:
        parent = self.places[keys[:-1]]
        self.places[keys] = Place(
            parent.file, at.start_mark.line + 1, _named(parent.name, keys[-1])
        )
        return self.value(node, keys)

    def _scalar(self, node: yaml.Node, keys: Keys) -> object:
        text = str(node.value)
        try:
            match node.tag.removeprefix(_TAG):
                case "str" | "!" | "merge":
                    return text
                case "null":
                    return None
                case "bool":
                    return text.lower() == "true"
                case "int":
                    return int(text)
                case "float":
                    return float(text)
                case tag:
                    self._refuse(keys, f"the tag {tag} means nothing here; remove it")
        except ValueError:
            self._refuse(keys, "is not what its tag says; remove the tag")
        return None

    def _refuse(self, keys: Keys, text: str, line: int | None = None) -> None:
        parent = self.places.get(keys[:-1], self.places[()])
        place = self.places.get(keys) or Place(parent.file, 0, _named(parent.name, keys[-1]))
        self.problems.append(Problem(place._replace(line=line or place.line), text))
