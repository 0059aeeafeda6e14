"""All that the sandbox holds, in one place."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from pydantic import BaseModel, ConfigDict, PositiveInt

from sheets_sync.sandbox.clock import Clock
from sheets_sync.sandbox.drive import Drive
from sheets_sync.sandbox.faults import Betweens, Faults
from sheets_sync.sandbox.peaks import Peaks
from sheets_sync.sandbox.quotas import Minutes
from sheets_sync.sandbox.records import Records
from sheets_sync.sandbox.token import Accounts


class Quotas(BaseModel):
    """Limits a minute, and Arize's complexity of one request; None is no limit.

    Google's: developers.google.com/workspace/sheets/api/limits. Arize's:
    arize.com/docs/ax/graphql-reference/overview/resource-limitations.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    google_reads_per_user: PositiveInt | None = 60
    google_writes_per_user: PositiveInt | None = 60
    google_reads_per_project: PositiveInt | None = 300
    google_writes_per_project: PositiveInt | None = 300
    arize_mutations: PositiveInt | None = 300
    arize_requests: PositiveInt | None = 100
    arize_complexity: PositiveInt | None = 1000


class Settings(BaseModel):
    """How the services behave where their documents leave a choice or tests want one.

    `coalescing`: Drive tells of changes every three minutes only. `notes`: what a second note on
    a record does. `not_found`: how Arize answers for a record its lookup does not find; the seed
    dialect has no union and answers with an error instead. `any_record`: Arize finds every record
    and model. `seed`: makes faults with a probability repeatable.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    quotas: Quotas = Quotas()
    coalescing: bool = True
    dialect: Literal["seed", "config"] = "seed"
    notes: Literal["append", "overwrite"] = "append"
    not_found: Literal["union", "error", "silent"] = "union"
    any_record: bool = False
    seed: int | None = None


class Calls:
    """How many requests came, by method and route pattern; those of humans stand apart."""

    def __init__(self) -> None:
        self.google: Counter[str] = Counter()
        self.human: Counter[str] = Counter()
        self.unauthenticated: Counter[str] = Counter()
        self.operations: Counter[str] = Counter()
        self.reads = 0
        self.writes = 0
        self.requests = 0
        self.mutations = 0


class World:
    """One Google and one Arize. `base_url` is where they are reached, `folder` for key files."""

    def __init__(self, base_url: str, folder: Path, key: RSAPrivateKey | None = None) -> None:
        self.clock = Clock()
        self.settings = Settings()
        self.drive = Drive(self.clock, lambda: self.settings.coalescing)
        self.records = Records(self.clock)
        self.accounts = Accounts(self.clock, folder, f"{base_url}/token", key)
        self.faults = Faults()
        self.betweens = Betweens()
        self.minutes = Minutes(self.clock)
        self.calls = Calls()
        self.peaks = Peaks()
