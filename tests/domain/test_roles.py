from __future__ import annotations

from typing import Any

import pytest

from sheets_sync.domain.roles import roles_of
from tests.semantics.mappings import helpfulness, mapping


@pytest.mark.parametrize(
    ("score", "words", "values"),
    [
        ({"min": 1, "max": 5}, "A number from 1 to 5.", ("1", "5")),
        ({"scale": "percent"}, "A percentage from 0% to 100%.", ("0", "1")),
        ({"scale": "percent", "min": 1, "max": 5}, "A percentage from 0% to 100%.", ("0", "1")),
        (
            {"scale": {"from": [0, 100]}, "min": 0, "max": 1},
            "A number from 0 to 100.",
            ("0", "100"),
        ),
        ({"scale": "stars", "min": 1, "max": 5}, "Stars or a number from 1 to 5.", None),
    ],
)
def test_experts_are_told_what_to_type_not_what_it_becomes(
    score: dict[str, Any], words: str, values: tuple[str, ...] | None
) -> None:
    """A scaled score's rule is that of its cell; stars have none, since they are no numbers."""
    of = mapping(annotations=[helpfulness(**score)])
    (role,) = [role for role in roles_of(of) if role.column == "Helpfulness"]
    assert role.words.startswith(words)
    assert (role.rule.values if role.rule else None) == values
