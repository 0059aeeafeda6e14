"""The long tests, `make soak`: families of seeded cases, sharded and resumed where they were left.

A family is a module beside this one with `CASES: int` and
`def run(case: int, folder: Path) -> dict[str, int | float]`, which raises `AssertionError` where a
promise is broken and returns figures that are summed. A case depends on its number alone and has a
process of its own. Seed N stands for the cases from N x `CASES` on. What is done stands in
`.soak/results.jsonl`; a further call does what is left, failed cases included.
"""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter
from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent
RESULTS = HERE.parents[1] / ".soak" / "results.jsonl"
LONGEST_CASE = 2400
"""Seconds until a case counts as hanging."""

Figures = dict[str, int | float]


@dataclass(frozen=True)
class Family:
    """A kind of case, by the name of its module."""

    name: str
    cases: int
    run: Callable[[int, Path], Figures]


@dataclass(frozen=True)
class Result:
    """How a case ended; `failure` is its traceback, empty where it passed."""

    family: str
    case: int
    seconds: float
    figures: Figures
    failure: str


def families(only: Sequence[str]) -> list[Family]:
    """The families in this folder: all, or those named."""
    names = only or sorted(module.name for module in pkgutil.iter_modules([str(HERE)]))
    modules = {
        name: importlib.import_module(f"tests.soak.{name}") for name in names if name[0] != "_"
    }
    return [
        Family(name, module.CASES, module.run)
        for name, module in modules.items()
        if hasattr(module, "CASES")
    ]


def numbers(family: Family, seed: int) -> range:
    """The numbers of the family's cases under a seed."""
    return range(seed * family.cases, (seed + 1) * family.cases)


def recorded() -> dict[tuple[str, int], Result]:
    """The last result of every case that was done."""
    lines = RESULTS.read_text(encoding="utf-8").splitlines() if RESULTS.exists() else []
    results = map(TypeAdapter(Result).validate_json, lines)
    return {(result.family, result.case): result for result in results}


def attempt(family: str, case: int) -> Result:
    """Run one case in a process of its own."""
    begun = time.monotonic()
    command = [sys.executable, "-m", "tests.soak", "--case", f"{family}:{case}"]
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            command,
            capture_output=True,
            text=True,
            timeout=LONGEST_CASE,
            start_new_session=True,  # Ctrl-C lets it end
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Result(family, case, LONGEST_CASE, {}, f"did not end within {LONGEST_CASE} s")
    seconds = round(time.monotonic() - begun, 1)
    if done.returncode:
        return Result(family, case, seconds, {}, done.stderr or f"exit code {done.returncode}")
    return Result(family, case, seconds, json.loads(done.stdout.splitlines()[-1]), "")


def run_alone(name: str) -> None:
    """Run the case FAMILY:NUMBER in this process and print its figures."""
    family, _, case = name.partition(":")
    with tempfile.TemporaryDirectory(prefix="sheets-sync-soak-") as folder:
        sys.stdout.write(json.dumps(families([family])[0].run(int(case), Path(folder))) + "\n")


def run_all(left: Sequence[tuple[str, int]], jobs: int, minutes: float) -> None:
    """Run the cases, `jobs` at a time, until all are done, time is up, or Ctrl-C."""
    until = time.monotonic() + 60 * minutes
    writing = threading.Lock()
    waiting: Iterator[tuple[str, int]] = iter(left)
    RESULTS.parent.mkdir(exist_ok=True)

    def work() -> None:
        while time.monotonic() < until:
            with writing:
                case = next(waiting, None)
            if case is None:
                return
            result = attempt(*case)
            with writing, RESULTS.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(asdict(result)) + "\n")
            sys.stdout.write(f"{result.family}:{result.case} {result.seconds:.1f} s ")
            sys.stdout.write("FAILED\n" if result.failure else f"{result.figures}\n")
            sys.stdout.flush()

    with ThreadPoolExecutor(jobs) as pool:
        workers = [pool.submit(work) for _ in range(jobs)]
        try:
            for worker in workers:
                worker.result()
        except KeyboardInterrupt:
            until = 0.0
            sys.stdout.write("stopping after the cases under way\n")


def show(chosen: Sequence[Family], seed: int) -> bool:
    """Print what is done of each family, and every failure; whether there is none."""
    table = Table("family", "done", "of", "failed", "seconds", "figures")
    results = recorded()
    failed: list[Result] = []
    for family in chosen:
        done = [
            results[family.name, case]
            for case in numbers(family, seed)
            if (family.name, case) in results
        ]
        figures: Counter[str] = Counter()
        for result in done:
            for name, figure in result.figures.items():
                figures[name] += figure  # type: ignore[assignment] # counts fractions too
        bad = [result for result in done if result.failure]
        failed += bad
        table.add_row(
            family.name,
            *map(str, (len(done), family.cases, len(bad))),
            f"{sum(result.seconds for result in done):.0f}",
            ", ".join(f"{name} {figure:g}" for name, figure in figures.items()),
        )
    for result in failed:
        sys.stdout.write(f"\npython -m tests.soak --case {result.family}:{result.case}\n")
        sys.stdout.write(f"{result.failure.strip()}\n")
    Console().print(table)
    return not failed


def main() -> int:
    """Run what is left; 1 where a case has failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--family", action="append", default=[], help="only this one (repeatable)")
    parser.add_argument("--shard", default="1/1", help="1/4: the first of four equal parts")
    parser.add_argument("--seed", type=int, default=0, help="another seed, other cases")
    parser.add_argument("--minutes", type=float, default=40, help="begin no case after that")
    parser.add_argument("--jobs", type=int, default=2, help="cases at a time")
    parser.add_argument("--limit", type=int, help="so many cases of each family at the most")
    parser.add_argument("--case", help="FAMILY:NUMBER: one case, here and now, recording nothing")
    asked = parser.parse_args()
    if asked.case:
        run_alone(asked.case)
        return 0
    chosen = families(asked.family)
    part, _, parts = asked.shard.partition("/")
    done = {case for case, result in recorded().items() if not result.failure}
    left = [
        (family.name, case)
        for family in chosen
        for case in numbers(family, asked.seed)[int(part) - 1 :: int(parts)][: asked.limit]
        if (family.name, case) not in done
    ]
    run_all(left, asked.jobs, asked.minutes)
    return 0 if show(chosen, asked.seed) else 1


if __name__ == "__main__":
    sys.exit(main())
