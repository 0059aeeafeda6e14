"""The JSON Schema of a configuration file, for editors."""

from __future__ import annotations

import json

from sheets_sync.config.settings import Config


def json_schema() -> dict[str, object]:
    """The schema of one configuration file that holds everything."""
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return dialect | Config.model_json_schema() | {"title": "sheets-sync configuration"}


def schema_text() -> str:
    """The schema as it is printed, and as it is kept beside the example."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
