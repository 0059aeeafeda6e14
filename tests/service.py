"""The whole service on a sandbox: a sheet of support answers, its configuration, and its passes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from pydantic import JsonValue

from sheets_sync.app import App, opened
from sheets_sync.config import Config, load
from sheets_sync.engine.observe import Observation
from sheets_sync.engine.schedule import once
from sheets_sync.sandbox.server import Contact
from tests.sandbox_client import Control

MODEL = "TW9kZWw6MTpBYkNk"
STARTED = "2026-11-20T10:00:00Z"
HEADERS = ["Span ID", "Answer", "Started", "Adequacy", "Helpfulness", "Comment", "Reviewer"]

Cell = str | int | float | bool | None


@cache
def short_key() -> RSAPrivateKey:
    """One RSA key for all sandboxes of this process, as short as google-auth takes it.

    Each start of the program reads it, and reading 2048 bits takes longer than a pass.
    """
    return generate_private_key(65537, 1024)  # noqa: S505 - it keeps nothing


def span(number: int) -> str:
    """The span id of the n-th answer."""
    return f"{number:04d}b661b957e727"


def answer(number: int, *judged: Cell) -> list[Cell]:
    """The n-th answer's row; `judged` are adequacy, helpfulness, comment and reviewer."""
    return [span(number), f"Answer {number}", STARTED, *judged]


@dataclass
class Service:
    """One mapping of one sheet unless `config` says otherwise."""

    contact: Contact
    control: Control
    folder: Path
    rows: Sequence[Sequence[Cell]] = ()
    mapping: dict[str, Any] = field(default_factory=dict)
    arize: dict[str, Any] = field(default_factory=dict)
    sections: dict[str, Any] = field(default_factory=dict)
    spreadsheet: str = ""
    state_url: str = ""
    """The state's address; else a file in `folder`."""

    def __post_init__(self) -> None:
        self.control.set(
            quotas={
                "google_reads_per_user": None,
                "google_writes_per_user": None,
                "google_reads_per_project": None,
                "google_writes_per_project": None,
                "arize_mutations": None,
                "arize_requests": None,
            }
        )
        self.control.add_spans(MODEL, [span(number) for number in range(1000)], STARTED)
        self.spreadsheet = self.control.add_spreadsheet(
            [HEADERS, *self.rows], title="Support answers", worksheet="Review"
        )
        self.expert = self.control.human("Ada")

    @property
    def path(self) -> Path:
        """The configuration file."""
        return self.folder / "sheets.yaml"

    def settings(self) -> dict[str, Any]:
        """The configuration as YAML has it."""
        return {
            "google": {
                "credentials": [self.contact.credentials_file],
                "api_root": self.contact.google_api,
                "reads_per_minute": 100_000,
                "writes_per_minute": 100_000,
            },
            "arize": {
                "endpoint": self.contact.arize_graphql,
                "api_key": "env:ARIZE_API_KEY",
                "mutations_per_minute": 100_000,
                "requests_per_minute": 100_000,
            }
            | self.arize,
            "state": self.state_url or f"sqlite:///{self.folder}/state.db",
            "contact": "ops@example.com",
            "mappings": self.mappings(),
        } | self.sections

    def mappings(self) -> list[dict[str, Any]]:
        """The configured mappings."""
        return [
            {
                "name": "support-answers",
                "spreadsheet": self.spreadsheet,
                "worksheet": "Review",
                "model_id": MODEL,
                "record_id": "Span ID",
                "start_time": {"column": "Started", "lookback": "1h"},
                "updated_by": {"column": "Reviewer", "default": "unknown"},
                "note": "Comment",
                "annotations": [
                    {
                        "name": "Adequacy",
                        "label": {
                            "column": "Adequacy",
                            "values": ["Satisfactory", "Needs Improvement"],
                            "aliases": {"ok": "Satisfactory"},
                        },
                        "required": True,
                    },
                    {
                        "name": "Helpfulness",
                        "score": {"column": "Helpfulness", "min": 0, "max": 5},
                    },
                ],
            }
            | self.mapping
        ]

    def config(self) -> Config:
        """The configuration as the program loads it, from a real file."""
        self.path.write_text(yaml.safe_dump(self.settings(), sort_keys=False), encoding="utf-8")
        return load(self.path, {"ARIZE_API_KEY": "a-key-of-the-sandbox"})

    def once(self) -> list[Observation]:
        """One `sheets-sync once`, in this process."""
        config = self.config()
        with opened(config, writes=True) as app:
            return self.passes(app)

    def passes(self, app: App) -> list[Observation]:
        """Observe, deliver and report on an open app until nothing is due."""
        return once(app.context, app.config.mappings, app.drains)

    def sheet(self) -> list[list[str]]:
        """What an expert sees."""
        return self.expert.read(self.spreadsheet, "Review")

    def statuses(self) -> dict[str, str]:
        """Span id to status text, for rows that have both."""
        headers, *rows = self.sheet()
        at = headers.index("Sync status")
        return {row[0]: row[at] for row in rows if len(row) > at and row[at]}

    def labels(self) -> dict[str, str | None]:
        """Span id to the adequacy that Arize holds."""
        return {
            found.record_id: found.label
            for found in self.control.annotations()
            if found.name == "Adequacy"
        }

    def scores(self) -> dict[str, float | None]:
        """Span id to the helpfulness that Arize holds."""
        return {
            found.record_id: found.score
            for found in self.control.annotations()
            if found.name == "Helpfulness"
        }

    def type(self, cell: str, value: str | float | bool) -> None:  # noqa: FBT001 - a cell's value
        """An expert types into a cell of the tab."""
        self.expert.type(self.spreadsheet, f"Review!{cell}", value)

    def change(self, *requests: dict[str, JsonValue]) -> None:
        """An expert sorts, inserts or deletes."""
        self.expert.change(self.spreadsheet, *requests)

    @property
    def gid(self) -> int:
        """The tab's number."""
        found = self.expert.ask("GET", f"{self.spreadsheet}?fields=sheets.properties")
        sheets = found["sheets"] if isinstance(found, dict) else []
        for sheet in sheets if isinstance(sheets, list) else []:
            properties = sheet["properties"] if isinstance(sheet, dict) else {}
            if isinstance(properties, dict) and properties.get("title") == "Review":
                gid = properties.get("sheetId", 0)
                return gid if isinstance(gid, int) else 0
        raise LookupError("no tab Review")
