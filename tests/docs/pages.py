"""The pages that people read, and the examples in them."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/*.md"))]

_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


def name_of(page: Path) -> str:
    """A page as it is linked from the top."""
    return page.relative_to(ROOT).as_posix()


def page(name: str) -> str:
    """The text of a page."""
    return (ROOT / name).read_text(encoding="utf-8")


def prose(text: str) -> str:
    """A page's text without its fenced examples."""
    return _FENCE.sub("", text)


def examples(text: str, language: str) -> list[str]:
    """The fenced examples of a page that are in this language."""
    return [body for _, found, body in _FENCE.findall(text) if found == language]
