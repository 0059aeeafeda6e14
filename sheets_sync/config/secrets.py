"""Values that come from the environment or from files; no message repeats one."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationInfo

_HEADER_VALUE = re.compile(r"[!-~]+")


def from_environment(name: str, info: ValidationInfo) -> str:
    """The value of a variable; raises `ValueError` in plain words."""
    environ: Mapping[str, str] = info.context or {}
    if not name:
        raise ValueError("env: needs the name of an environment variable, as in env:ARIZE_API_KEY")
    if name not in environ:
        raise ValueError(f"environment variable {name} is not set")
    if not environ[name].strip():
        raise ValueError(f"environment variable {name} is empty")
    return environ[name].strip()


def _text_of(path: Path) -> str:
    """The file's text; raises `ValueError` in plain words."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ValueError(
            f"there is no file {path}; a relative path starts at the working directory"
        ) from None
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {(error.strerror or '').lower()}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not a text file") from None


def _api_key(value: object, info: ValidationInfo) -> object:
    if isinstance(value, SecretStr):
        return value
    match str(value).partition(":"):
        case "env", _, name:
            source, key = f"environment variable {name}", from_environment(name, info)
        case "file", _, name:
            source, key = name, _text_of(Path(name).expanduser()).strip()
        case _:
            raise ValueError(
                "a key may not stand in this file; write env:NAME with the name of an "
                "environment variable, or file:PATH"
            )
    if not key:
        raise ValueError(f"{source} is empty; put the key there")
    if not _HEADER_VALUE.fullmatch(key):
        raise ValueError(f"{source} does not hold a key alone: it has spaces, lines or odd letters")
    return SecretStr(key)


def _alert(value: object, info: ValidationInfo) -> object:
    if isinstance(value, SecretStr):
        return value
    url = str(value)
    if url.startswith("env:"):
        url = from_environment(url.removeprefix("env:"), info)
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*://.", url):
        raise ValueError("is not an Apprise address, as mailto://… or slack://…, nor env:NAME")
    return SecretStr(url)


def _credentials(value: object, info: ValidationInfo) -> object:
    if isinstance(value, str) and value.startswith("env:"):
        value = from_environment(value.removeprefix("env:"), info)
    if isinstance(value, str) and value.lstrip().startswith("{"):
        raise ValueError("the key itself stands here; save it to a file and give its path")
    return value


def _service_account(path: Path) -> Path:
    path = path.expanduser()
    text = _text_of(path)
    try:
        kind = json.loads(text).get("type")
    except (json.JSONDecodeError, AttributeError):
        kind = None
    if kind != "service_account":
        raise ValueError(
            f"{path} is not a service account's key; create one in the Google Cloud console "
            "(service account, Keys, JSON)"
        )
    return path


def _readable(path: Path) -> Path:
    path = path.expanduser()
    _text_of(path)
    return path


_Reference: TypeAlias = Annotated[str, Field(pattern=r"^(env|file):.+$")]

ApiKey: TypeAlias = Annotated[
    SecretStr, BeforeValidator(_api_key, json_schema_input_type=_Reference)
]
Alert: TypeAlias = Annotated[SecretStr, BeforeValidator(_alert, json_schema_input_type=str)]
CredentialsFile: TypeAlias = Annotated[
    Path,
    AfterValidator(_service_account),
    BeforeValidator(_credentials, json_schema_input_type=str),
]
ReadableFile: TypeAlias = Annotated[Path, AfterValidator(_readable)]
