from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sheets_sync.config import Config, load
from sheets_sync.errors import ConfigError

GOOD = """\
google:
  credentials: [env:GOOGLE_KEY]
arize:
  api_key: env:ARIZE_KEY
mappings:
  - name: answers
    spreadsheet: 1tR4cS0mpLe5preadsheet
    worksheet: Review
    model_id: TW9kZWw6MQ
    record_id: Span ID
    start_time: {column: Started}
    updated_by: Reviewer
    annotations:
      - name: Adequacy
        label: {column: Adequacy, values: [Good, Bad]}
      - name: Helpfulness
        score: {column: Helpfulness, min: 1, max: 5}
"""
"""A small right file; what the tests expect counts its lines from 1."""


@pytest.fixture
def good() -> str:
    """A small right file."""
    return GOOD


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """An environment with a key file and a key, and some that are of no use."""
    key_file = tmp_path / "service-account.json"
    key_file.write_text(json.dumps({"type": "service_account", "client_email": "bot@example.com"}))
    (tmp_path / "oauth.json").write_text(json.dumps({"installed": {"client_secret": "secret"}}))
    (tmp_path / "empty.key").write_text("\n")
    return {
        "GOOGLE_KEY": str(key_file),
        "ARIZE_KEY": "ak-very-secret",
        "EMPTY": " ",
        "TWO_LINES": "ak-very-secret\nak-other-secret",
        "WRITTEN_OUT": '{"private_key": "secret"}',
    }


@pytest.fixture
def loaded(tmp_path: Path, environ: Mapping[str, str]) -> Callable[[str], Config]:
    """The configuration of a file with this text."""

    def load_text(text: str) -> Config:
        file = tmp_path / "sheets.yaml"
        file.write_text(text)
        return load(file, environ)

    return load_text


@pytest.fixture
def problems(loaded: Callable[[str], Config], tmp_path: Path) -> Callable[[str], list[str]]:
    """The problems of a file with this text, without the file's name and the folder."""

    def problems_of(text: str) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            loaded(text)
        start = f"{tmp_path / 'sheets.yaml'}:"
        assert all(problem.startswith(start) for problem in caught.value.problems)
        shown = (problem.removeprefix(start) for problem in caught.value.problems)
        return [problem.replace(str(tmp_path), "FOLDER") for problem in shown]

    return problems_of
