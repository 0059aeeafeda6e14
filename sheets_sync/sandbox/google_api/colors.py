"""Colours as Google gives them back: 8 bits a channel, black left out, both forms filled in."""

from __future__ import annotations

import struct

from sheets_sync.sandbox.wire import Json


def settled(value: Json) -> Json:
    """`value` with every colour in it as it will be read: 0.5 becomes 0.49803922, as recorded."""
    if isinstance(value, list):
        return [settled(element) for element in value]
    if not isinstance(value, dict):
        return value
    result: dict[str, Json] = {}
    for name, content in value.items():
        if name == "rgbColor" or (name.lower().endswith("color") and name + "Style" not in value):
            color = _color(content)
            result[name] = color
            if name != "rgbColor":
                result[name + "Style"] = {"rgbColor": color}
        elif name.lower().endswith("colorstyle"):
            style = settled(content)
            result[name] = style
            if isinstance(style, dict) and "rgbColor" in style:
                result[name.removesuffix("Style")] = style["rgbColor"]
        else:
            result[name] = settled(content)
    return result


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
