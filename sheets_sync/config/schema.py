"""The JSON Schema of a configuration file, for editors."""

from __future__ import annotations

import json
from datetime import timedelta

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from sheets_sync.config.settings import Config


def json_schema() -> dict[str, object]:
    """The schema of one configuration file that holds everything."""
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    schema = Config.model_json_schema(schema_generator=_AsWritten)
    return dialect | schema | {"title": "sheets-sync configuration"}


def schema_text() -> str:
    """The schema as it is printed, and as it is kept beside the example."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


class _AsWritten(GenerateJsonSchema):
    """Shows defaults as a person writes them in YAML."""

    def encode_default(self, dflt: object) -> object:
        if isinstance(dflt, timedelta):
            return _duration_text(dflt)
        if isinstance(dflt, BaseModel):
            return {key: self.encode_default(value) for key, value in dflt if value is not None}
        return super().encode_default(dflt)


def _duration_text(duration: timedelta) -> str:
    seconds = int(duration.total_seconds())
    size, unit = next(one for one in ((3600, "h"), (60, "m"), (1, "s")) if seconds % one[0] == 0)
    return f"{seconds // size}{unit}"
