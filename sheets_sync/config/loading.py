"""One configuration of its files and the environment, or all that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from sheets_sync.config.addresses import StateAddress
from sheets_sync.config.checks import cross_problems
from sheets_sync.config.reading import read
from sheets_sync.config.sentences import problems_of
from sheets_sync.config.settings import Config
from sheets_sync.errors import ConfigError


def load(path: Path, environ: Mapping[str, str]) -> Config:
    """The configuration in a file, or in all `*.yaml` files of a folder.

    Raises `ConfigError` with every problem, each as `file:line: path: what is wrong and the cure`.
    """
    document = read(path)
    problems = document.problems + cross_problems(document)
    try:
        config = Config.model_validate(document.data, context=environ)
    except ValidationError as error:
        unread = {problem.place for problem in document.problems}
        problems += [one for one in problems_of(error, document) if one.place not in unread]
    else:
        if not problems:
            return config
    in_order = sorted(problems, key=lambda problem: problem.place[:2])
    raise ConfigError(list(dict.fromkeys(map(str, in_order))))


def state_address(path: Path, environ: Mapping[str, str]) -> str:
    """Where the state is, even if other parts of the configuration are wrong.

    Raises `ConfigError` with every problem where the files or their `state` cannot be read.
    """
    written = read(path).data.get("state")
    try:
        found: str = TypeAdapter(StateAddress).validate_python(
            written or Config.model_fields["state"].default, context=environ
        )
    except ValidationError:
        return load(path, environ).state
    return found
