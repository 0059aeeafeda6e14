"""The mapping that the semantics pages speak of, as docs/semantics.md writes it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from sheets_sync.domain.annotation import Annotation
from sheets_sync.domain.columns import Column
from sheets_sync.domain.convert import Conversion, Converter, Rejection
from sheets_sync.domain.mapping import Mapping
from tests.semantics.tables import FOLDER, Cell

BERLIN = ZoneInfo("Europe/Berlin")
INDEX = FOLDER.parent / "semantics.md"
GOOD: dict[Column, Cell] = {
    "Span ID": "e351b661b957e727",
    "Started": "2024-11-15T10:15:30Z",
    "Reviewer": "Ada",
    "Comment": "Clear.",
    "Adequacy": "Satisfactory",
    "Helpfulness": 4,
}


def example(page: Path = INDEX) -> str:
    """The one YAML example of a page."""
    (text,) = re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    return str(text)


def mapping(**changes: Any) -> Mapping:
    """The pages' mapping with some keys changed."""
    (keys,) = yaml.safe_load(example())["mappings"]
    return Mapping.model_validate(keys | changes)


def adequacy(**changes: Any) -> dict[str, Any]:
    """The annotation Adequacy with its label's keys changed."""
    return {"name": "Adequacy", "label": {"column": "Adequacy"} | changes, "required": True}


def helpfulness(**changes: Any) -> dict[str, Any]:
    """The annotation Helpfulness of this range."""
    return {"name": "Helpfulness", "score": {"column": "Helpfulness"} | changes}


def converted(
    of: Mapping, changes: dict[Column, Cell], zone: ZoneInfo = BERLIN
) -> tuple[Conversion, str | None]:
    """What a good row with some cells changed becomes, and its key."""
    row = GOOD | changes
    cells = tuple(row.get(column) for column in of.columns)
    converter = Converter.of(of, zone)
    return converter.convert(cells), converter.key(cells)


def status(conversion: Conversion) -> str:
    """What a row shows that became this: its problems, or nothing."""
    if isinstance(conversion, Rejection):
        return "; ".join(map(str, conversion.problems))
    return ""


def sent(conversion: Conversion) -> Annotation:
    """The annotation that a row became."""
    assert isinstance(conversion, Annotation), conversion
    return conversion
