"""Real answers, damaged by chance."""

from __future__ import annotations

import json
import random
from typing import TypeAlias

Part: TypeAlias = "dict[str, Part] | list[Part] | str | int | float | bool | None"
ODD: tuple[Part, ...] = (None, [], {}, "x", True, 10**20, [[]], {"x": None}, 0.5, float("nan"))
CONTENT = "values"
"""What experts wrote: exchanged, it would be an edit."""


def damaged(content: bytes, chance: random.Random) -> bytes:
    """The same bytes, or with one part gone, exchanged or cut off."""
    if chance.random() < 0.7:
        return content
    match chance.randrange(5):
        case 0:
            return content[: chance.randrange(len(content) + 1)]
        case 1:
            return b"<html>" + content
        case _:
            try:
                tree: Part = json.loads(content)
            except ValueError:
                return content
            return json.dumps(_without_a_part(tree, chance)).encode()


def _without_a_part(tree: Part, chance: random.Random) -> Part:
    if isinstance(tree, dict) and tree and chance.randrange(6):
        key = chance.choice([*tree])
        if key != CONTENT and chance.randrange(4):
            return {**tree, key: _without_a_part(tree[key], chance)}
        return {other: part for other, part in tree.items() if other != key}
    if isinstance(tree, list) and tree and chance.randrange(6):
        at = chance.randrange(len(tree))
        return [*tree[:at], _without_a_part(tree[at], chance), *tree[at + 1 :]]
    return chance.choice(ODD)
