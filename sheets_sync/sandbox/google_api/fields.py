"""Field masks: `sheets(properties(title,sheetId)),spreadsheetId`, `a/b`, `a.b` and `*`.

See developers.google.com/workspace/sheets/api/guides/field-masks and, for Drive,
developers.google.com/workspace/drive/api/guides/fields-parameter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeAlias

from sheets_sync.sandbox.google_api.schema import messages
from sheets_sync.sandbox.wire import Json

Mask: TypeAlias = "dict[str, Mask]"
"""What to keep, by name; an empty mask keeps all."""


class BadMask(Exception):
    """The mask cannot be read; its argument is the part at fault."""


def parse_mask(text: str) -> Mask:
    """The mask written as `text`; raises BadMask."""
    tokens = re.findall(r"[^\s,()/.]+|[,()/.]", text)
    mask: Mask = {}
    rest = _read_list(tokens, mask)
    if rest:
        raise BadMask("".join(rest))
    return mask


def _read_list(tokens: list[str], mask: Mask) -> list[str]:
    while tokens:
        name, *tokens = tokens
        if not re.fullmatch(r"\*|\w+", name):
            raise BadMask(name)
        branch = mask.setdefault(name, {})
        while tokens[:1] in (["/"], ["."]):
            if len(tokens) < 2 or not re.fullmatch(r"\*|\w+", tokens[1]):
                raise BadMask("".join(tokens[:2]))
            branch = branch.setdefault(tokens[1], {})
            tokens = tokens[2:]
        if tokens[:1] == ["("]:
            tokens = _read_list(tokens[1:], branch)
            if tokens[:1] != [")"]:
                raise BadMask(name)
            tokens = tokens[1:]
        if tokens[:1] != [","]:
            return tokens
        tokens = tokens[1:]
    raise BadMask("")


def wants(mask: Mask | None, *path: str) -> bool:
    """Whether a reader with this mask will see anything at `path`."""
    for name in path:
        if not mask or "*" in mask:
            return True
        if name not in mask:
            return False
        mask = mask[name]
    return True


def keep(mask: Mask, value: Json) -> Json:
    """The part of `value` that the mask names. Messages stay, if only as `{}`."""
    if not mask:
        return value
    if isinstance(value, list):
        return [keep(mask, element) for element in value]
    if not isinstance(value, dict):
        return value
    return {
        name: keep(mask.get(name) or mask.get("*", {}), content)
        for name, content in value.items()
        if name in mask or "*" in mask
    }


def unknown_path(mask: Mask, message: str, prefix: str = "") -> str | None:
    """The first path in the mask that `message` does not have; None if all are known."""
    fields = messages().get(message)
    for name, branch in mask.items():
        path = prefix + name
        if name == "*":
            continue
        if fields is None or name not in fields:
            return path
        found = unknown_path(branch, fields[name].removesuffix("[]"), f"{path}.")
        if found is not None:
            return found
    return None


def update(target: Mapping[str, Json], source: Mapping[str, Json], mask: Mask) -> dict[str, Json]:
    """`target` with the fields in `mask` taken from `source`: cleared where it has none."""
    if not mask or "*" in mask:
        return dict(source)
    result = dict(target)
    for name, branch in mask.items():
        value = source.get(name)
        old = result.get(name)
        if branch and (isinstance(value, dict) or (value is None and isinstance(old, dict))):
            value = update(
                old if isinstance(old, dict) else {},
                value if isinstance(value, dict) else {},
                branch,
            )
        if value is None or value == {}:
            result.pop(name, None)
        else:
            result[name] = value
    return result
