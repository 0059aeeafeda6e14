"""One measured figure, and what it is held against."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

Begin: TypeAlias = Callable[[str], None]
"""Told which measure begins: one of the family's `MEASURES`."""


def quietly(measure: str) -> None:
    """Where nobody looks."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured; `bound` is a floor or a ceiling in the same unit, None without one."""

    what: str
    value: float
    unit: str
    bound: float | None = None
    kind: Literal["at least", "at most"] = "at least"
    note: str = ""
    """How it was measured, or where the bound comes from."""

    @property
    def ratio(self) -> float | None:
        """How the figure stands to its bound; 1 is just met, more is better."""
        if self.bound is None or not self.value or not self.bound:
            return None
        return self.value / self.bound if self.kind == "at least" else self.bound / self.value

    @property
    def is_met(self) -> bool:
        """Whether the figure keeps its bound."""
        if self.bound is None:
            return True
        return self.value >= self.bound if self.kind == "at least" else self.value <= self.bound


def table(figures: Sequence[Figure]) -> str:
    """All figures as a Markdown table."""
    lines = ["| what | figure | floor or ceiling | ratio | how |", "|---|---:|---:|---:|---|"]
    for figure in figures:
        bound = "" if figure.bound is None else f"{figure.kind} {_number(figure.bound)}"
        ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
        missed = "" if figure.is_met else " (missed)"
        shown = f"{_number(figure.value)} {figure.unit}{missed}"
        lines.append(f"| {figure.what} | {shown} | {bound} | {ratio} | {figure.note} |")
    return "\n".join(lines)


def _number(value: float) -> str:
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3g}"
