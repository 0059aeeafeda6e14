"""Where the state is: the addresses of SQLite files and of Postgres databases."""

from __future__ import annotations

import re
from typing import Annotated, TypeAlias
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, BeforeValidator, ValidationInfo

from sheets_sync.config.secrets import from_environment
from sheets_sync.domain.forms import Text

_SQLITE = "sqlite:///"
_POSTGRES = "postgresql+psycopg://"
_OLD_NAMES = re.compile(r"(postgres|postgresql)://")


def password_of(address: str) -> tuple[str, ...]:
    """The password in it, if any, as it stands there and as it is meant."""
    if not address.startswith(_POSTGRES):
        return ()
    password = urlsplit(address).password
    return tuple({password, unquote(password)}) if password else ()


def without_password(address: str) -> str:
    """The address as it may be shown."""
    for password in password_of(address):
        address = address.replace(f":{password}@", ":***@")
    return address


def _from_environment(value: object, info: ValidationInfo) -> object:
    if isinstance(value, str) and value.startswith("env:"):
        return _address(from_environment(value.removeprefix("env:"), info))
    if isinstance(value, str) and password_of(_address(value)):
        raise ValueError(
            "a password may not stand in this file; write env:NAME with the name of an environment "
            "variable that holds the whole address"
        )
    return value


def _address(value: str) -> str:
    value = _OLD_NAMES.sub(_POSTGRES, value, count=1)
    if value.startswith(_POSTGRES):
        return _database(value)
    if not value.startswith(_SQLITE) or value.removeprefix(_SQLITE) in ("", ":memory:"):
        raise ValueError(
            "is not the address of an SQLite file, as sqlite:///state/sheets-sync.db, nor of a "
            "Postgres database, as postgresql://user@host/database"
        )
    return value


def _database(value: str) -> str:
    try:
        url = urlsplit(value)
        _ = url.port
    except ValueError:
        raise ValueError("is not an address; its password may need %-escapes") from None
    if "password=" in url.query:
        raise ValueError(
            "has the password in another place than user:password@host; write it there"
        )
    if not url.path.strip("/"):
        raise ValueError("names no database; write postgresql://user@host/database")
    return value


StateAddress: TypeAlias = Annotated[
    Text,
    AfterValidator(_address),
    BeforeValidator(_from_environment, json_schema_input_type=str),
]
