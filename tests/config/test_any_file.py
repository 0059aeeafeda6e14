from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml

from sheets_sync.config import load
from sheets_sync.errors import ConfigError

EXAMPLE = Path(__file__).parents[2] / "config" / "sheets.yaml"
ODD: tuple[object, ...] = (
    None,
    True,
    0,
    -7,
    2.5,
    10**20,
    "",
    "{",
    "odd: [",
    [],
    [None],
    [[1]],
    {},
    {"odd": 1},
    {"": {}},
)
LINE = re.compile(
    r".+\.yaml:[1-9]\d*: [a-z]\w*[\w.\[\]{} ]*: \S.*|.+\.yaml:1: (write keys here|unknown key '').+"
)
PYDANTIC = re.compile(r"Input should|Value error|Field required|validation error|form:|\[type=")


def variants(data: object, odd: object) -> Iterator[object]:
    """The data with each of its values in turn exchanged for the odd one, or joined by it."""
    yield odd
    if isinstance(data, dict):
        yield {**data, "odd": odd}
        for key, part in data.items():
            yield from ({**data, key: variant} for variant in variants(part, odd))
    elif isinstance(data, list):
        for at, part in enumerate(data):
            yield from ([*data[:at], variant, *data[at + 1 :]] for variant in variants(part, odd))


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_whatever_stands_in_a_file_is_answered_in_plain_words(
    odd: object, tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """An odd value anywhere is accepted or refused with a place and a sentence of our own."""
    names = {
        "GOOGLE_APPLICATION_CREDENTIALS": environ["GOOGLE_KEY"],
        "ARIZE_API_KEY": environ["ARIZE_KEY"],
    }
    file = tmp_path / "sheets.yaml"
    refused = 0
    for variant in variants(yaml.safe_load(EXAMPLE.read_text()), odd):
        file.write_text(yaml.safe_dump(variant, sort_keys=False))
        try:
            load(file, names)
        except ConfigError as error:
            refused += 1
            for problem in error.problems:
                assert LINE.fullmatch(problem), problem
                assert not PYDANTIC.search(problem), problem
    assert refused > 10
