"""Lines through measured points, as an SVG that needs nothing to be seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 640, 320
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 20, 50
COLOURS = ("#1f6feb", "#d1480c", "#2da44e")
TICKS = 5


@dataclass(frozen=True, slots=True)
class Line:
    """Points (x, y) in the order of x, and what they are."""

    name: str
    points: Sequence[tuple[float, float]]


def drawing(across: str, up: str, lines: Sequence[Line]) -> str:
    """All lines from (0, 0), with both axes named."""
    most_x = max(x for line in lines for x, _ in line.points)
    most_y = max(y for line in lines for _, y in line.points) * 1.1

    def place(x: float, y: float) -> tuple[float, float]:
        wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
        return round(LEFT + wide * x / most_x, 1), round(HEIGHT - BOTTOM - high * y / most_y, 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">',
        '<g font-family="sans-serif" font-size="12" fill="#57606a">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
    ]
    for tick in range(TICKS + 1):
        x, y = place(most_x * tick / TICKS, most_y * tick / TICKS)
        parts += [
            f'<path d="M{LEFT} {y}H{WIDTH - RIGHT}" stroke="#d0d7de"/>',
            _text(LEFT - 8, y + 4, f"{most_y * tick / TICKS:,.0f}", "end"),
            _text(x, HEIGHT - BOTTOM + 18, f"{most_x * tick / TICKS:g}", "middle"),
        ]
    for colour, line in zip(COLOURS, lines, strict=False):
        places = [place(*point) for point in line.points]
        path = "L".join(f"{x} {y}" for x, y in places)
        parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x}" cy="{y}" r="4" fill="{colour}"/>' for x, y in places]
        parts.append(_text(places[-1][0], places[-1][1] - 10, line.name, "end"))
    parts += [
        _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, across, "middle"),
        f'<g transform="translate(16 {(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)">',
        _text(0, 0, up, "middle"),
        "</g>",
        "</g>",
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{text}</text>'
