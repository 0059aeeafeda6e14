from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from google.auth.transport.requests import AuthorizedSession
from google.oauth2.service_account import Credentials

from sheets_sync.sandbox.server import Sandbox
from tests.sandbox.graphql_client import MODEL, SEED_UPDATE, START, Arize
from tests.sandbox_client import Control

SLOW = 500
SCOPE = "https://www.googleapis.com/auth/spreadsheets"


@pytest.fixture
def arize(sandbox: Sandbox, control: Control) -> Arize:
    """Takes half a second for each request."""
    control.add_spans(MODEL, ["r1", "r2"], START)
    control.fault("arize", latency_ms=SLOW)
    return Arize(sandbox.contact.arize_graphql)


def together(*acts: Callable[[], object]) -> None:
    """All at once."""
    with ThreadPoolExecutor(len(acts)) as pool:
        for each in [pool.submit(act) for act in acts]:
            each.result()


def test_posts_of_one_record_are_seen_together(arize: Arize, control: Control) -> None:
    """Those of two records are not, nor is one after another; counts begin anew when asked."""
    together(arize.update, lambda: arize.update(recordId="r2"))
    arize.update()
    apart = control.peaks()
    control.forget_peaks()
    together(arize.update, arize.update)
    seen = control.peaks()

    assert (apart.posts, apart.together) == (1, [])
    assert (seen.posts, seen.together) == (2, [f"post {MODEL} tracing r1"])
    assert seen.minutes["mutations of k"] == 5


def test_a_mutation_is_seen_wherever_its_input_stands(arize: Arize, control: Control) -> None:
    """In variables, in the document, under any alias."""
    inline = (
        f'mutation {{ a: updateAnnotations(input: {{modelId: "{MODEL}", recordId: "r1", '
        f'modelEnvironment: tracing, startTime: "{START}", annotations: []}}) '
        "{ clientMutationId } }"
    )
    together(arize.update, lambda: arize.ask(inline))

    assert control.peaks().together == [f"post {MODEL} tracing r1"]


def test_a_request_that_was_cut_is_not_under_way(arize: Arize, control: Control) -> None:
    """Whoever gives up and asks again asks once."""
    with pytest.raises(requests.ReadTimeout):
        requests.post(
            arize.url,
            json={"query": SEED_UPDATE, "variables": {"input": {"recordId": "r1"}}},
            headers={"x-api-key": "k"},
            timeout=SLOW / 5000,
        )
    requests.post(
        arize.url,
        json={"query": SEED_UPDATE, "variables": {"input": {"recordId": "r1"}}},
        headers={"x-api-key": "k"},
        timeout=10,
    )

    assert (control.peaks().posts, control.calls().arize.mutations) == (1, 2)


def test_reads_of_one_spreadsheet_are_seen_together(sandbox: Sandbox, control: Control) -> None:
    """Those of a service account; people read what they like. Refusals are counted."""
    control.fault("google", match="batchGet", latency_ms=SLOW)
    control.set(quotas={"google_reads_per_user": 2})
    first, second = (control.add_spreadsheet([["a"]]) for _ in range(2))
    credentials = Credentials.from_service_account_file(  # type: ignore[no-untyped-call]
        Path(sandbox.contact.credentials_file), scopes=[SCOPE]
    )
    session = AuthorizedSession(credentials)  # type: ignore[no-untyped-call]

    def read(spreadsheet: str) -> None:
        url = f"{sandbox.contact.google_api}/v4/spreadsheets/{spreadsheet}/values:batchGet"
        session.get(url, params={"ranges": "A1"})
        requests.get(url, {"ranges": "A1"}, headers={"Authorization": "Bearer human:a"}, timeout=9)

    read(first)
    before = control.peaks()
    began = time.monotonic()
    together(*[lambda: read(second)] * 3)

    assert time.monotonic() - began < 3 * SLOW / 1000
    assert (before.reads, before.refused) == (1, 0)
    seen = control.peaks()
    assert (seen.reads, seen.together, seen.refused) == (3, [f"read {second}"], 2)
