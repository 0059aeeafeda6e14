"""The configuration: YAML files and the environment become one `Config`, or all their problems."""

from __future__ import annotations

from sheets_sync.config.loading import load, state_address
from sheets_sync.config.schema import json_schema, schema_text
from sheets_sync.config.settings import (
    ArizeSettings,
    Config,
    Defaults,
    Dialect,
    GoogleSettings,
    HoldSettings,
    LogSettings,
    RetrySettings,
)

__all__ = [
    "ArizeSettings",
    "Config",
    "Defaults",
    "Dialect",
    "GoogleSettings",
    "HoldSettings",
    "LogSettings",
    "RetrySettings",
    "json_schema",
    "load",
    "schema_text",
    "state_address",
]
