from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
import yaml

from sheets_sync.config import json_schema, schema_text

ROOT = Path(__file__).parents[2]
EXAMPLE = (ROOT / "config" / "sheets.yaml").read_text()
DOCUMENTATION = (ROOT / "docs" / "configuration.md").read_text()


def keys_of(schema: object) -> Iterator[str]:
    """Every key that the schema allows anywhere."""
    if isinstance(schema, dict):
        properties = schema.get("properties")
        yield from properties if isinstance(properties, dict) else ()
        for part in schema.values():
            yield from keys_of(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from keys_of(part)


def test_the_kept_schema_is_the_printed_one() -> None:
    """Editors see what the program accepts."""
    assert (ROOT / "config" / "sheets.schema.json").read_text() == schema_text()


def test_the_schema_is_a_schema_and_its_text_says_the_same() -> None:
    """The schema obeys its own rules and survives being written."""
    jsonschema.Draft202012Validator.check_schema(json_schema())
    assert json.loads(schema_text()) == json_schema()
    assert schema_text().endswith("}\n")


def test_the_example_obeys_the_schema() -> None:
    """An editor underlines nothing in the example."""
    jsonschema.Draft202012Validator(json_schema()).validate(yaml.safe_load(EXAMPLE))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("record_id: Span ID", "recordid: Span ID"),
        ("api_key: env:ARIZE_API_KEY", "api_key: ak-123"),
        ("poll: 30s", "poll: often"),
        ("worksheet: Review", "worksheet: {matches: Review}"),
        ("worksheet: Review", "folder: 1fOLder0f3xperts\n    worksheet: Review"),
        ("min: 1", "min: one"),
    ],
)
def test_an_editor_sees_faults(old: str, new: str) -> None:
    """The schema refuses what the program refuses."""
    validator = jsonschema.Draft202012Validator(json_schema())
    assert not validator.is_valid(yaml.safe_load(EXAMPLE.replace(old, new, 1)))


def test_the_example_names_its_schema() -> None:
    """An editor finds the schema by the example's first line."""
    assert EXAMPLE.startswith("# yaml-language-server: $schema=sheets.schema.json\n")


def test_every_key_has_its_description() -> None:
    """No key is shown by an editor without a word of what it means."""
    definitions = json_schema()["$defs"]
    assert isinstance(definitions, dict)
    models = [json_schema(), *definitions.values()]
    bare = [
        key
        for model in models
        for key, part in model.get("properties", {}).items()
        if not {"description", "$ref"} & part.keys()
    ]
    assert bare == []


@pytest.mark.parametrize("block", re.findall(r"```yaml\n(.*?)```", DOCUMENTATION, re.DOTALL))
def test_the_examples_of_the_documentation_obey_the_schema(block: str) -> None:
    """What a reader copies from docs/configuration.md is right."""
    partial = json_schema()
    del partial["required"]
    jsonschema.Draft202012Validator(partial).validate(yaml.safe_load(block))


def test_the_documentation_names_every_key() -> None:
    """docs/configuration.md leaves no key out."""
    keys = sorted(set(keys_of(json_schema())))
    assert [key for key in keys if f"`{key}`" not in DOCUMENTATION] == []
