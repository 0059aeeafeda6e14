from __future__ import annotations

import json
import re

import pytest
import requests

from sheets_sync.sandbox.server import Sandbox
from sheets_sync.sandbox.world import Quotas, Settings
from tests.docs.pages import examples, page

PAGE = page("docs/sandbox.md")
PLACES = {
    "recordId": "spans",
    "worksheet": "spreadsheets",
    "clock": "settings",
    "edit": "between",
}
"""Where an example is posted to, by a key that only it has."""


def place_of(body: object) -> str:
    """The endpoint that an example is for."""
    if isinstance(body, list):
        return "faults"
    assert isinstance(body, dict)
    (place,) = (place for key, place in PLACES.items() if key in body)
    return place


BODIES = [json.loads(text) for text in examples(PAGE, "json")]


ANSWERS = ("google", "together")
"""Each a key that only an answer has."""


@pytest.mark.parametrize("body", [b for b in BODIES if not any(key in b for key in ANSWERS)])
def test_every_example_is_taken(sandbox: Sandbox, body: object) -> None:
    """What the page shows can be posted as it stands."""
    answer = requests.post(f"{sandbox.contact.control}/{place_of(body)}", json=body, timeout=10)
    assert answer.status_code == 200, answer.text


def test_the_example_of_counted_calls_has_their_keys(sandbox: Sandbox) -> None:
    """What comes back looks as the page shows it."""
    (shown,) = (body for body in BODIES if "google" in body)
    answer = requests.get(f"{sandbox.contact.control}/calls", timeout=10).json()
    assert shown.keys() == answer.keys()
    assert shown["arize"].keys() == answer["arize"].keys()


def test_the_example_of_peaks_has_their_keys(sandbox: Sandbox) -> None:
    """Likewise."""
    (shown,) = (body for body in BODIES if "together" in body)
    answer = requests.get(f"{sandbox.contact.control}/peaks", timeout=10).json()
    assert shown.keys() == answer.keys()


def test_every_control_endpoint_is_on_the_page_and_no_other(sandbox: Sandbox) -> None:
    """The page's table and the sandbox's own list agree."""
    listed = requests.get(sandbox.contact.pages, timeout=10).text
    there = set(re.findall(r"^(GET|POST|DELETE) +/control(/\S+)$", listed, re.MULTILINE))
    told = set(re.findall(r"`(GET|POST|DELETE) (/[a-z]+(?:/EMAIL)?)`", PAGE))
    assert {(method, path.replace("{email}", "EMAIL")) for method, path in there} == told


def test_every_setting_is_on_the_page() -> None:
    """With its name, as it is posted."""
    names = [*Settings.model_fields, *Quotas.model_fields]
    assert [name for name in names if f"`{name}`" not in PAGE] == []
