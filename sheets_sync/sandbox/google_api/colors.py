"""Colours: kept in one form, as styles, and given back in both forms that the API has.

Google keeps 8 bits a channel and leaves black out: 0.5 comes back as 0.49803922, as recorded.
"""

from __future__ import annotations

import struct

from sheets_sync.sandbox.google_api.fields import Mask
from sheets_sync.sandbox.wire import Json


def stored(value: Json) -> Json:
    """`value` with every `xColor` in it as `xColorStyle`, which wins where both are given."""
    if isinstance(value, list):
        return [stored(element) for element in value]
    if not isinstance(value, dict):
        return value
    result: dict[str, Json] = {}
    for name, content in value.items():
        if name == "rgbColor":
            result[name] = _color(content)
        elif not _is_plain(name):
            result[name] = stored(content)
        elif _style(name) not in value:
            result[_style(name)] = {"rgbColor": _color(content)}
    return result


def shown(value: Json) -> Json:
    """`value` with a plain colour beside every style that has one."""
    if isinstance(value, list):
        return [shown(element) for element in value]
    if not isinstance(value, dict):
        return value
    result: dict[str, Json] = {}
    for name, content in value.items():
        if isinstance(content, dict) and name.endswith("olorStyle") and "rgbColor" in content:
            result[name.removesuffix("Style")] = content["rgbColor"]
        result[name] = shown(content)
    return result


def stored_mask(mask: Mask) -> Mask:
    """The mask in terms of what is kept."""
    return {
        _style(name) if _is_plain(name) else name: {} if _is_plain(name) else stored_mask(branch)
        for name, branch in mask.items()
    }


def _is_plain(name: str) -> bool:
    return name.endswith(("Color", "color")) and name != "rgbColor"


def _style(name: str) -> str:
    return f"{name}Style"


def _color(value: Json) -> Json:
    if not isinstance(value, dict):
        return value
    return {
        channel: part if channel == "alpha" else _channel(part)
        for channel, part in value.items()
        if part
    }


def _channel(part: Json) -> Json:
    if not isinstance(part, int | float):
        return part
    exact = int(part * 255) / 255
    return int(exact) if exact.is_integer() else _single_precision(exact)


def _single_precision(number: float) -> float:
    """The shortest decimal that is the same 32-bit float."""
    packed = struct.pack("f", number)
    candidates = (float(f"{number:.{digits}g}") for digits in range(1, 10))
    return next((c for c in candidates if struct.pack("f", c) == packed), number)
