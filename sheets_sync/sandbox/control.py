"""What tests and curious people may look at and change: everything under /control."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from typing import Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from sheets_sync.sandbox.faults import Between, Fault, PlannedEdit
from sheets_sync.sandbox.peaks import Peaks
from sheets_sync.sandbox.problems import sentence
from sheets_sync.sandbox.records import Place
from sheets_sync.sandbox.wire import Answer, Call, Json, Route
from sheets_sync.sandbox.world import Calls, Quotas, Settings, World

Input = TypeVar("Input")


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, frozen=True)


class _Span(_Body):
    model_id: str
    record_id: str
    start_time: AwareDatetime
    model_environment: Literal["production", "validation", "training", "tracing"] = "tracing"


class _Spreadsheet(_Body):
    title: str = "Untitled"
    worksheet: str = "Sheet1"
    rows: list[list[str | int | float | bool | None]] = []
    locale: str = "en_US"
    time_zone: str = "Etc/GMT"


class _Sharing(_Body):
    spreadsheet_id: str
    account: str | None = None


class _NewAccount(_Body):
    name: str = Field(pattern=r"^[a-z][a-z0-9-]{2,29}$")
    project: str = Field("sandbox", pattern=r"^[a-z][a-z0-9-]{2,29}$")


class Control:
    """The control endpoints on one world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """All endpoints; what cannot be understood is answered 400 and a sentence."""
        table: list[tuple[str, str, Callable[[Call], Json]]] = [
            ("GET", "health", lambda _: {"status": "ok"}),
            ("GET", "calls", self._calls),
            ("DELETE", "calls", self._forget_calls),
            ("GET", "peaks", self._peaks),
            ("DELETE", "peaks", self._forget_peaks),
            ("GET", "writes", self._writes),
            ("GET", "annotations", self._annotations),
            ("GET", "mutations", self._mutations),
            ("POST", "spans", self._add_spans),
            ("POST", "spreadsheets", self._add_spreadsheet),
            ("POST", "unshare", self._unshare),
            ("POST", "share", self._share),
            ("GET", "settings", self._settings),
            ("POST", "settings", self._set),
            ("GET", "faults", lambda _: self._world.faults.listing()),
            ("POST", "faults", self._add_faults),
            ("DELETE", "faults", self._clear_faults),
            ("GET", "between", lambda _: self._world.betweens.listing()),
            ("POST", "between", self._add_between),
            ("POST", "accounts", self._add_account),
            ("DELETE", "accounts/{email}", self._remove_account),
            ("DELETE", "tokens", self._revoke_tokens),
        ]
        return [
            Route(method, f"/control/{path}", partial(_answered, act))
            for method, path, act in table
        ]

    def _calls(self, _: Call) -> Json:
        calls = self._world.calls
        return {
            "google": {**calls.google},
            "reads": calls.reads,
            "writes": calls.writes,
            "arize": {
                "requests": calls.requests,
                "mutations": calls.mutations,
                "operations": {**calls.operations},
            },
            "human": {**calls.human},
            "unauthenticated": {**calls.unauthenticated},
        }

    def _forget_calls(self, _: Call) -> Json:
        self._world.calls = Calls()
        return {}

    def _peaks(self, _: Call) -> Json:
        peaks = self._world.peaks
        return {
            "reads": max((n for thing, n in peaks.most.items() if thing.kind == "read"), default=0),
            "posts": max((n for thing, n in peaks.most.items() if thing.kind == "post"), default=0),
            "together": [" ".join(thing) for thing, n in peaks.most.items() if n > 1],
            "minutes": {**self._world.minutes.busiest},
            "refused": peaks.refused,
        }

    def _forget_peaks(self, _: Call) -> Json:
        self._world.peaks = Peaks()
        self._world.minutes.busiest.clear()
        return {}

    def _writes(self, _: Call) -> Json:
        return [
            {
                "spreadsheetId": write.spreadsheet_id,
                "sheet": write.sheet,
                "cell": write.cell,
                "value": write.value,
                "by": write.by,
                "at": _iso(write.at),
                "marked": write.marked,
            }
            for write in self._world.drive.writes
        ]

    def _annotations(self, _: Call) -> Json:
        return [
            {
                **_place(place),
                "name": name,
                "label": held.label,
                "score": held.score,
                "text": held.text,
                "updatedBy": held.updated_by,
                "notes": [*record.notes],
                "writes": held.writes,
            }
            for place, record in self._world.records.records.items()
            for name, held in record.annotations.items()
        ]

    def _mutations(self, _: Call) -> Json:
        return [
            {
                **_place(mutation.place),
                "at": _iso(at),
                "clientMutationId": mutation.client_mutation_id,
                "startTime": mutation.start_time.isoformat(),
                "annotations": [
                    {to_camel(key): value for key, value in asdict(change).items()}
                    for change in mutation.changes
                ],
                "note": mutation.note,
            }
            for at, mutation in self._world.records.applied
        ]

    def _add_spans(self, call: Call) -> Json:
        for span in _read_list(_Span, call):
            place = Place(span.model_id, span.model_environment, span.record_id)
            self._world.records.spans[place] = span.start_time
        return {"spans": len(self._world.records.spans)}

    def _add_spreadsheet(self, call: Call) -> Json:
        new = _read(_Spreadsheet, call)
        return {
            "spreadsheetId": self._world.drive.add_spreadsheet(
                new.title, new.worksheet, [[*row] for row in new.rows], new.locale, new.time_zone
            )
        }

    def _unshare(self, call: Call) -> Json:
        sharing = _read(_Sharing, call)
        for account in self._concerned(sharing):
            self._world.drive.unshare(sharing.spreadsheet_id, account)
        return {}

    def _share(self, call: Call) -> Json:
        sharing = _read(_Sharing, call)
        for account in self._concerned(sharing):
            self._world.drive.share(sharing.spreadsheet_id, account)
        return {}

    def _concerned(self, sharing: _Sharing) -> list[str]:
        if sharing.spreadsheet_id not in self._world.drive.files:
            raise ValueError(f"there is no spreadsheet {sharing.spreadsheet_id}")
        return self._world.accounts.emails() if sharing.account is None else [sharing.account]

    def _settings(self, _: Call) -> Json:
        return self._world.settings.model_dump() | {"now": _iso(self._world.clock.now())}

    def _set(self, call: Call) -> Json:
        changes = _read(dict[str, object], call)
        advance = TypeAdapter(float).validate_python(changes.pop("clock", 0))
        if advance < 0:
            raise ValueError("clock can only be moved forward")
        settings = self._world.settings
        if "quotas" in changes:
            changes["quotas"] = _quotas(settings.quotas, changes["quotas"])
        self._world.settings = Settings.model_validate({**dict(settings), **changes})
        if "seed" in changes:
            self._world.faults.seed(self._world.settings.seed)
        self._world.clock.advance(advance)
        return self._settings(call)

    def _add_faults(self, call: Call) -> Json:
        for fault in _read_list(Fault, call):
            self._world.faults.add(fault)
        return self._world.faults.listing()

    def _clear_faults(self, _: Call) -> Json:
        self._world.faults.clear()
        return []

    def _add_between(self, call: Call) -> Json:
        self._world.betweens.planned.append(PlannedEdit(_read(Between, call)))
        return self._world.betweens.listing()

    def _add_account(self, call: Call) -> Json:
        new = _read(_NewAccount, call)
        account = self._world.accounts.add(new.name, new.project)
        return {"email": account.email, "credentials_file": str(account.credentials_file)}

    def _remove_account(self, call: Call) -> Json:
        email = call.place["email"]
        if email not in self._world.accounts.emails():
            raise ValueError(f"there is no account {email}")
        self._world.accounts.remove(email)
        return {}

    def _revoke_tokens(self, _: Call) -> Json:
        self._world.accounts.revoke_tokens()
        return {}


def _quotas(present: Quotas, wanted: object) -> Quotas:
    """Null or false is no limit at all, true the usual ones, an object changes some."""
    if wanted is True:
        return Quotas()
    if wanted is None or wanted is False:
        return Quotas(**dict.fromkeys(Quotas.model_fields))
    changes = TypeAdapter(dict[str, object]).validate_python(wanted)
    return Quotas.model_validate({**dict(present), **changes})


def _answered(act: Callable[[Call], Json], call: Call) -> Answer:
    try:
        return Answer(200, act(call))
    except ValidationError as error:
        return Answer(400, {"error": sentence(error)})
    except (json.JSONDecodeError, UnicodeDecodeError):
        return Answer(400, {"error": "the body is not JSON"})
    except ValueError as error:
        return Answer(400, {"error": str(error)})


def _read(kind: type[Input], call: Call) -> Input:
    return TypeAdapter(kind).validate_python(call.json())


def _read_list(kind: type[Input], call: Call) -> list[Input]:
    """The body as a list; one object stands for a list of one."""
    body = call.json()
    items = body if isinstance(body, list) else [body]
    return TypeAdapter(list[kind]).validate_python(items)  # type: ignore[valid-type]


def _place(place: Place) -> dict[str, Json]:
    return {
        "recordId": place.record_id,
        "modelId": place.model_id,
        "modelEnvironment": place.environment,
    }


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
