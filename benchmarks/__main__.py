"""`make bench`: measures everything, prints one table, and keeps it in docs/performance.md."""

from __future__ import annotations

import argparse
import importlib
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.figure import Figure, table
from sheets_sync.cli.progress import counting

FAMILIES = ("start", "deliver", "ceiling", "idle", "big_sheet", "fairness")
PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
BEGIN, END = "<!-- measured -->", "<!-- end of what was measured -->"


def main(words: Sequence[str]) -> int:
    """Run the families asked for; 1 where a bound was missed."""
    asked = argparse.ArgumentParser(prog="make bench", description=__doc__)
    asked.add_argument("--quick", action="store_true", help="smaller sizes, nothing is kept")
    asked.add_argument("--only", choices=FAMILIES, action="append")
    options = asked.parse_args(words)
    figures = _measured(options.only or FAMILIES, quick=options.quick)
    print(table(figures))
    if not options.quick and not options.only:
        _keep(figures)
    return 0 if all(figure.is_met for figure in figures) else 1


def _measured(names: Sequence[str], *, quick: bool) -> list[Figure]:
    """All figures of these families; which one is measured is shown on a terminal, or printed."""
    families = {name: importlib.import_module(f"benchmarks.{name}") for name in names}
    measures = [(name, what) for name, family in families.items() for what in family.MEASURES]
    figures: list[Figure] = []
    with counting("measuring", spins=False) as tell:
        for name, family in families.items():

            def begin(what: str, name: str = name) -> None:
                shown = f"measuring {name}: {what}"
                tell(measures.index((name, what)), len(measures), shown)
                if not sys.stderr.isatty():
                    print(shown, file=sys.stderr, flush=True)

            figures += family.figures(quick=quick, begin=begin)
    return figures


def _keep(figures: Sequence[Figure]) -> None:
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    today = f"{datetime.now(UTC):%d %B %Y}"
    where = f"{today}, Python {platform.python_version()}, {platform.machine()}"
    shown = "\n\n".join([BEGIN, where, table(figures), _plot(figures), END])
    PAGE.write_text(before + shown + after, encoding="utf-8")


def _plot(figures: Sequence[Figure]) -> str:
    """How each figure stands to its bound, as a Mermaid chart; 1 is just met."""
    bound = [(figure.what, figure.ratio) for figure in figures if figure.ratio is not None]
    names = ", ".join(f'"{what}"' for what, _ in bound)
    ratios = ", ".join(f"{min(ratio, 10):.2f}" for _, ratio in bound)
    return "\n".join(
        [
            "```mermaid",
            "xychart-beta horizontal",
            '    title "Figure over its bound (1 is just met, cut at 10)"',
            f"    x-axis [{names}]",
            '    y-axis "times" 0 --> 10',
            f"    bar [{ratios}]",
            "```",
        ]
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
