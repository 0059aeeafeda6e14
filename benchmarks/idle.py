"""What an idle poll costs at Google and here, and whether Google ever has to refuse a request."""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from pathlib import Path

import structlog

from benchmarks.figure import Begin, Figure, quietly, table
from sheets_sync.errors import TransientError
from sheets_sync.google.credentials import load_accounts
from sheets_sync.google.transport import Limits, Transport
from sheets_sync.sandbox.server import Sandbox
from tests.detect.watched import Watched
from tests.sandbox_client import Control

THREADS = 16
POLLS = 20
MEASURES = ("few idle spreadsheets", "many idle spreadsheets", "reads of a crowd, up to 3 minutes")


def figures(*, quick: bool, begin: Begin = quietly) -> list[Figure]:
    """Idle polls of 20 and of 1,000 spreadsheets, and reads as fast as the budget lets them."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    few, many, crowd = MEASURES
    begin(few)
    found = _idle(20)
    begin(many)
    found += _idle(200 if quick else 1000)
    begin(crowd)
    return found + _crowded(75 if quick else 190)


def _idle(count: int) -> list[Figure]:
    with (
        tempfile.TemporaryDirectory() as folder,
        Sandbox() as sandbox,
        Control(sandbox.contact) as control,
    ):
        service = Watched(sandbox.contact, control, Path(folder), detect="auto", reads=58.8)
        service.add(count - 1)
        control.set(coalescing=False)
        with service.running() as (_, detection):
            service.look(detection)
            service.poll(detection)
            control.forget_calls()
            began = time.thread_time()
            read = sum(len(service.poll(detection)) for _ in range(POLLS))
            spent = (time.thread_time() - began) / POLLS
            calls = sum(control.calls().google.values()) / POLLS
    how = "left to Drive" if detection.drive_poll else f"polled, {read // POLLS} read"
    bound = 1 if detection.drive_poll else count
    return [
        Figure(f"{count} idle spreadsheets", calls, "calls a poll", bound, "at most", how),
        Figure(f"{count} idle spreadsheets, CPU", spent, "s a poll", 0.5, "at most", how),
    ]


def _crowded(seconds: float) -> list[Figure]:
    """Threads that read as fast as they may, against sliding windows of 60 reads."""
    refused, done = [0], [0]
    stopping = threading.Event()
    with Sandbox() as sandbox, Control(sandbox.contact) as control:
        (account,) = load_accounts([Path(sandbox.contact.credentials_file)])
        transport = Transport(
            account,
            api_root=sandbox.contact.google_api,
            limits=Limits(attempts=1),
            stopping=stopping,
        )
        sheets = [control.add_spreadsheet([["a"]]) for _ in range(THREADS)]

        def read(spreadsheet: str) -> None:
            while not stopping.is_set():
                try:
                    url = f"https://sheets.googleapis.com/v4/spreadsheets/{spreadsheet}"
                    transport.request("get", url)
                    done[0] += 1
                except TransientError as error:
                    refused[0] += "429" in str(error)

        readers = [threading.Thread(target=read, args=(sheet,)) for sheet in sheets]
        for reader in readers:
            reader.start()
        time.sleep(seconds)
        stopping.set()
        for reader in readers:
            reader.join()
    windows = int(seconds // 61.2) + 1
    how = f"sandbox, {seconds:.0f} s, {THREADS} threads, 60 reads a minute"
    return [
        Figure("reads of a crowd", done[0] / windows, "reads/61.2 s", 57, note=how),
        Figure("reads that Google refused (429)", refused[0], "reads", 0, "at most", how),
    ]


if __name__ == "__main__":
    print(table(figures(quick="--quick" in sys.argv)))
