"""A configuration that changes again and again, in every way, while experts judge."""

from __future__ import annotations

import os
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

from sheets_sync.sandbox.server import Sandbox
from sheets_sync.store.database import open_state
from tests.faults.test_run_goes_on import until
from tests.live.conftest import Live
from tests.sandbox_client import Control
from tests.service import answer, short_key, span

CASES = 40
LABELS = ("Satisfactory", "Needs Improvement")
ROWS = range(100, 140)
BROKEN = ("mappings: [", "mappings: []\n", "")


def written(live: Live, path: Path, text: str, chance: Random) -> None:
    """In place, in two strokes, as a new file in its place, or behind a link that is exchanged."""
    way = chance.choice(["at once", "slowly", "replaced", "linked"])
    target = path.parent / f"{time.monotonic_ns()}.txt"
    if way in ("at once", "slowly") and not path.is_symlink():
        with path.open("w", encoding="utf-8") as file:
            file.write(text[: len(text) // 2])
            if way == "slowly":
                file.flush()
                time.sleep(0.05)
            file.write(text[len(text) // 2 :])
        return
    target.write_text(text, encoding="utf-8")
    if way == "linked":
        link = live.folder / "link"
        link.symlink_to(target)
        target = link
    os.replace(target, path)  # noqa: PTH105 - Path.replace says the same


def run(case: int, folder: Path) -> dict[str, int | float]:
    """Whatever is configured meanwhile, nothing is sent twice, and in the end all is as judged."""
    chance = Random(case)  # noqa: S311 - no secret depends on it
    path = folder / "config" / "sheets.yaml"
    path.parent.mkdir()
    (folder / "elsewhere").mkdir()
    with Sandbox(key=short_key()) as sandbox, Control(sandbox.contact) as control:
        live = Live(
            sandbox.contact,
            control,
            folder / "elsewhere",
            rows=[answer(n, LABELS[0], 1, f"Note {n}", "Ada") for n in ROWS],
            mapping={"poll": "1s"},
            arize={"mutations_per_minute": 900, "requests_per_minute": 600},
            sections={"state": f"sqlite:///{folder}/state.db", "hold": {"rows": 10_000}},
        )
        wanted = {span(n): LABELS[0] for n in ROWS} | {span(5): "Satisfactory"}
        judged = Counter(wanted.keys())
        good = live.text(live.first(), live.second())
        path.write_text(good, encoding="utf-8")
        state = open_state(f"sqlite:///{folder}/state.db")
        with live.running(path) as command:
            until(live.labels)
            for step in range(chance.randint(8, 16)):
                number = chance.choice(ROWS)
                wanted[span(number)] = chance.choice(LABELS)
                judged[span(number)] += 1
                live.type(f"D{number - ROWS[0] + 2}", wanted[span(number)])
                text = chance.choice([good, *BROKEN, *_others(live, step)])
                written(live, path, text, chance)
                time.sleep(chance.uniform(0, 1.5))
            written(live, path, good, chance)
            until(lambda: live.labels() == wanted)
            until(lambda: not live.seen(state).refused)
            until(lambda: live.view(state, "more").states.get("delivered") == 1)
        state.engine.dispose()
        logged = command.communicate()[1]
        sent = Counter(mutation.record_id for mutation in control.mutations())
        notes = Counter(m.record_id for m in control.mutations() if m.note is not None)
    assert all(sent[record] <= judged[record] for record in sent), sent - judged
    assert set(notes.values()) == {1}
    return {
        "applied": logged.count("configuration applied"),
        "refused": logged.count("configuration refused"),
        "mutations": sum(sent.values()),
    }


def _others(live: Live, step: int) -> list[str]:
    """Further good configurations: without the second mapping, renamed, with other limits."""
    slow: dict[str, Any] = live.settings()["arize"] | {"mutations_per_minute": 600 + step}
    return [
        live.text(live.first()),
        live.text(live.first(), live.second(name=f"more {step}")),
        live.text(live.first(), live.second(), arize=slow),
        live.text(live.first(), live.second(), contact=f"person {step}"),
    ]
