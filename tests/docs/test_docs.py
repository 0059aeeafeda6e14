from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import typer
import yaml
from jsonschema import Draft202012Validator

from sheets_sync.cli.commands import cli
from sheets_sync.config import json_schema, load
from tests.docs.pages import PAGES, ROOT, examples, name_of, page, prose

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_PATH = re.compile(r"`([a-z_]+/[\w/]*(?:\.\w+)?)`")
_TYPED = re.compile(r"^ *(?:\.venv/bin/)?sheets-sync ([a-z]+)", re.MULTILINE)
_NAMED = re.compile(r"`sheets-sync ([a-z]+)")

SECTIONS = {
    "arize": {"api_key": "env:ARIZE_API_KEY"},
    "mappings": [
        {
            "name": "answers",
            "spreadsheet": "1tR4cS0mpLe5preadsheet",
            "worksheet": "Review",
            "model_id": "TW9kZWw6MQ",
            "record_id": "Span ID",
            "start_time": {"column": "Started"},
            "annotations": [{"name": "Adequacy", "label": {"column": "Adequacy"}}],
        }
    ],
}
"""What completes an example that shows a part of a configuration."""

YAML_EXAMPLES = [
    pytest.param(text, id=f"{name_of(found)}-{number}")
    for found in PAGES
    for number, text in enumerate(examples(found.read_text(encoding="utf-8"), "yaml"), 1)
]


def commands() -> dict[str, list[str]]:
    """Every command with its options."""
    group = typer.main.get_command(cli)
    assert isinstance(group, typer.core.TyperGroup)
    return {
        name: [word for option in command.params for word in option.opts if word.startswith("--")]
        for name, command in group.commands.items()
    }


def anchors(text: str) -> set[str]:
    """The headings of a page as a link names them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_command_and_option_is_explained_to_operators() -> None:
    """Nobody has to find a command by chance."""
    told = page("docs/operators.md") + page("docs/sandbox.md")
    unnamed = [name for name in commands() if not re.search(rf"`{name}[` ]", told)]
    options = {option for words in commands().values() for option in words}
    unnamed += [option for option in options if not re.search(rf"{option}\b", told)]
    assert unnamed == []


@pytest.mark.parametrize("name", ["README.md", "docs/operators.md", "docs/sandbox.md"])
def test_no_page_names_a_command_that_is_not_there(name: str) -> None:
    """What people are told to type works."""
    text = page(name)
    shown = "\n".join(examples(text, ""))
    typed = {*_TYPED.findall(shown), *_NAMED.findall(prose(text))}
    assert typed
    assert typed <= commands().keys()


@pytest.mark.parametrize("found", PAGES, ids=name_of)
def test_every_link_leads_somewhere(found: Path) -> None:
    """Files that are linked are there, and so are the headings."""
    text = found.read_text(encoding="utf-8")
    astray = []
    for link in _LINK.findall(prose(text)):
        if link.startswith(("https://", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = found.parent / path if path else found
        if not target.is_file() or (anchor and anchor not in anchors(target.read_text("utf-8"))):
            astray.append(link)
    assert astray == []


@pytest.mark.parametrize("name", ["docs/architecture.md", "docs/glossary.md", "CONTRIBUTING.md"])
def test_every_file_that_programmers_are_sent_to_is_there(name: str) -> None:
    """A path is from the top of the repository, or from the package."""
    paths = _PATH.findall(page(name))
    assert paths
    assert [
        p for p in paths if not ((ROOT / p).exists() or (ROOT / "sheets_sync" / p).exists())
    ] == []


@pytest.mark.parametrize("text", YAML_EXAMPLES)
def test_every_example_of_a_configuration_is_right(text: str) -> None:
    """Completed by what it leaves out, each fits the schema."""
    example = yaml.safe_load(text)
    schema = json.loads(json.dumps(json_schema()))
    problems = [
        error.message for error in Draft202012Validator(schema).iter_errors(SECTIONS | example)
    ]
    assert problems == []


def test_the_example_of_a_whole_mapping_loads(tmp_path: Path) -> None:
    """It holds against the program too, which sees more than a schema does."""
    *_, mapping = examples(page("docs/configuration.md"), "yaml")
    file = tmp_path / "sheets.yaml"
    file.write_text("arize: {api_key: env:ARIZE_API_KEY}\n" + mapping, encoding="utf-8")
    config = load(file, {"ARIZE_API_KEY": "a-key"})
    assert [found.name for found in config.mappings] == ["support-answers"]
