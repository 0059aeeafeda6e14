"""Google's ceiling while Google fails: every request counts, those that are repeated too."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from pydantic import JsonValue

from sheets_sync.errors import SheetsSyncError
from sheets_sync.google.budget import MINUTE, Project
from sheets_sync.google.credentials import load_accounts
from sheets_sync.google.sheets import SheetsClient
from sheets_sync.google.transport import Limits, Transport
from sheets_sync.sandbox.server import Sandbox
from sheets_sync.sandbox.wire import Answer, Call
from tests.sandbox_client import Control

LIMIT = 60
THREADS = 6
"""Reads and writes a minute: Google's for one account, and the sandbox's."""
NEARLY = LIMIT - 5
"""A request may be lost on its way."""
STEP, STEPS = 7.0, 20
"""Seconds by which the clock moves on, once the minute is nearly used up, and how often."""
WAYS: list[dict[str, JsonValue]] = [
    {"action": "status", "status": 429},
    {"action": "status", "status": 503},
    {"action": "html502"},
    {"action": "drop"},
    {"action": "drop", "when": "after"},
    {"action": "hang"},
]


def until(condition: Callable[[], bool]) -> None:
    """Wait for it."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_no_minute_has_more_requests_than_google_allows(sandbox_key: RSAPrivateKey) -> None:
    """A third of them fails in six ways, and six threads ask as often as they may."""
    over_quota: list[Answer] = []

    def note(_: Call, answer: Answer) -> None:
        if "Quota exceeded" in str(answer.body):
            over_quota.append(answer)

    with Sandbox(key=sandbox_key, observer=note) as sandbox, Control(sandbox.contact) as control:
        counted = asked(sandbox, control)
    assert over_quota == []
    for kind in ("reads", "writes"):
        for at in counted:
            minute = [n[kind] for moment, n in counted.items() if at <= moment < at + 60]
            assert sum(minute) <= LIMIT
        assert sum(n[kind] for n in counted.values()) >= 2 * NEARLY


def asked(sandbox: Sandbox, control: Control) -> dict[float, Counter[str]]:
    """How many reads and writes there were at each moment."""
    now, stopping, counted = [0.0], threading.Event(), dict[float, Counter[str]]()
    (account,) = load_accounts([Path(sandbox.contact.credentials_file)])
    project = Project(LIMIT, LIMIT, clock=lambda: now[0])
    sheets = SheetsClient(
        Transport(
            account,
            api_root=sandbox.contact.google_api,
            limits=Limits(timeout=(2, 0.3), first_wait=0.001),
            budget=project.budget(account.who),
            stopping=stopping,
        )
    )
    spreadsheet = control.add_spreadsheet([["Item"]])
    tab = sheets.describe(spreadsheet).tabs[0]
    for way in WAYS:
        control.fault("google", match="spreadsheets", probability=0.06, **way)

    def ask(one: Callable[[], object]) -> None:
        while not stopping.is_set():
            with suppress(SheetsSyncError):
                one()

    def count() -> None:
        calls, before = control.calls(), sum(counted.values(), Counter[str]())
        counted[now[0]] = counted.get(now[0], Counter()) + (
            Counter(reads=calls.reads, writes=calls.writes) - before
        )

    def moves_on() -> bool:
        """Only while no request is on its way, which would be counted a moment late."""
        with project._changed:  # noqa: SLF001 - nothing leaves meanwhile
            if any(window.under_way for window in project._shared):  # noqa: SLF001 - likewise
                return False
            count()
            now[0] += STEP
            return True

    def is_used_up() -> bool:
        count()
        recent = [n for at, n in counted.items() if at > now[0] - MINUTE]
        return all(sum(n[kind] for n in recent) >= NEARLY for kind in ("reads", "writes"))

    with ThreadPoolExecutor(THREADS) as pool:
        for _ in range(THREADS // 2):
            pool.submit(ask, lambda: sheets.describe(spreadsheet))
            pool.submit(ask, lambda: sheets.mark_status_column(tab, 0))
        try:
            for _ in range(STEPS):
                until(is_used_up)
                until(moves_on)
                control.advance(STEP)
        finally:
            stopping.set()
    assert min(control.fired()) > 0
    return counted
