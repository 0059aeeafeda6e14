from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import pytest
import yaml

from sheets_sync.app import App, opened
from sheets_sync.cli.seeing import addresses_of, seen
from sheets_sync.config import Config, load
from sheets_sync.engine.observe import observe
from sheets_sync.engine.schedule import once
from sheets_sync.errors import ConfigError
from sheets_sync.observability.alerts import alerting
from sheets_sync.observability.logs import configure_logging
from sheets_sync.operations.concerns import concerns
from sheets_sync.operations.overview import MappingView, Overview, overview
from sheets_sync.store.lately import DAY
from sheets_sync.store.review import Outage
from tests.observability.conftest import eventually
from tests.security.listener import Asked, Listener, Told, listening
from tests.service import Service, answer

TOKEN = "canary-alert-token"
KEY = "a-key-of-the-sandbox"
OFTEN = 0.1
"""Seconds between two looks."""


@dataclass
class Receiver:
    """A real server that Apprise posts JSON to; it refuses as long as it is told to."""

    listener: Listener = field(init=False)
    refuses: bool = False

    def answer(self, _: Asked) -> Told:
        """As most services do."""
        return Told(500 if self.refuses else 200)

    @property
    def told(self) -> list[tuple[str, str]]:
        """Titles and texts, in order."""
        bodies = [json.loads(asked.body) for asked in self.listener.asked]
        return [(body["title"].removeprefix("sheets-sync: "), body["message"]) for body in bodies]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """One that takes everything."""
    found = Receiver()
    with listening(found.answer) as found.listener:
        yield found


def config_of(service: Service, *urls: str) -> Config:
    """The configuration with addresses that the environment names."""
    names = [f"ALERT_URL_{number}" for number in range(len(urls))]
    service.sections["alerts"] = [f"env:{name}" for name in names]
    service.path.write_text(yaml.safe_dump(service.settings()), "utf-8")
    environment = {"ARIZE_API_KEY": KEY, **dict(zip(names, urls, strict=True))}
    return load(service.path, environment)


@contextmanager
def alerting_app(service: Service, *receivers: Receiver) -> Iterator[App]:
    """An open app that alerts these, looking often."""
    urls = [f"json://127.0.0.1:{one.listener.port}/{TOKEN}" for one in receivers]
    with opened(config_of(service, *urls), writes=True) as app, seen(app, OFTEN):
        yield app


def look(service: Service, app: App) -> None:
    """Read the sheet once."""
    observe(app.context, service.spreadsheet, app.config.mappings)


def test_each_is_told_once_when_it_starts_and_once_when_it_ends(
    service: Service, receiver: Receiver
) -> None:
    """A broken header: also a restart in between says nothing again, and every address is told."""
    other = Receiver()
    with listening(other.answer) as other.listener:
        with alerting_app(service, receiver) as app:
            service.type("D1", "Adequecy")
            look(service, app)
            eventually(lambda: receiver.told)
        with alerting_app(service, receiver, other) as app:
            eventually(lambda: other.told)
            service.type("D1", "Adequacy")
            look(service, app)
            eventually(lambda: len(receiver.told) + len(other.told) == 4)
        with alerting_app(service, receiver, other) as app:
            service.type("D1", "Adequecy")
            look(service, app)
            eventually(lambda: len(receiver.told) + len(other.told) == 6)
        with alerting_app(service, other) as app, app.context.state.reading() as connection:
            kept = connection.exec_driver_sql("SELECT count(DISTINCT address) FROM alerts").scalar()

    assert [title for title, _ in receiver.told] == [
        "needs attention",
        "is over",
        "needs attention",
    ]
    assert other.told == receiver.told
    assert kept == 1
    assert {text for _, text in receiver.told} == {receiver.told[0][1]}
    assert "column 'Adequacy' not found; did you mean 'Adequecy'?" in receiver.told[0][1]


@pytest.mark.usefixtures("logs_restored")
def test_who_was_not_reached_is_told_at_the_next_look(
    service: Service, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    """The others are not told twice; no line of the log and no file holds a part of the address."""
    other = Receiver(refuses=True)
    with listening(other.answer) as other.listener:
        config = config_of(service, f"json://127.0.0.1:{receiver.listener.port}/{TOKEN}")
        configure_logging("debug", "json", config.secrets)
        with alerting_app(service, receiver, other) as app:
            service.control.fault("arize", match=".", action="status", status=401)
            service.passes(app)
            eventually(lambda: len(other.told) > 1)
            other.refuses = False
            count = len(other.told)
            eventually(lambda: len(other.told) > count)
        with alerting_app(service, receiver, other) as app:
            service.control.end_faults()
            with app.context.state.writing() as connection:
                connection.exec_driver_sql("UPDATE outages SET until = 0")
            once(app.context, app.config.mappings, app.drains)
            eventually(lambda: ("is over", other.told[0][1]) in other.told)
            eventually(lambda: len(receiver.told) == 2)
    log = capsys.readouterr().err
    lines = [json.loads(line) for line in log.splitlines()]

    assert [title for title, _ in receiver.told] == ["needs attention", "is over"]
    assert receiver.told[0][1].startswith("Arize default: ")
    assert {line["address"] for line in lines if line["event"] == "not alerted"} == {"alerts[1]"}
    assert {line["address"] for line in lines if line["event"] == "alerted"} == {
        "alerts[0]",
        "alerts[1]",
    }
    assert all("pass" in line for line in lines if line["event"] in {"alerted", "not alerted"})
    files = [file.read_bytes().decode("latin-1") for file in service.folder.glob("state.db*")]
    said = [log, *files, *(text for _, text in receiver.told)]
    assert not [text for text in said if TOKEN in text or KEY in text]


@pytest.mark.parametrize("url", ["nonsense://example.com", "slack://short"])
def test_an_address_that_apprise_does_not_know_is_refused(service: Service, url: str) -> None:
    """Before anything is read, and without repeating it."""
    with (
        opened(config_of(service, url), writes=True) as app,
        pytest.raises(ConfigError) as refused,
        seen(app),
    ):
        pass
    with pytest.raises(ConfigError):
        addresses_of(config_of(service, url))
    assert str(refused.value) == "alerts[0]: Apprise does not know such an address"


def test_what_passes_by_itself_within_a_look_is_not_told() -> None:
    """Begun at the second look in a row, over at the first without it; words may change."""
    first, again = {"held": "5 rows"}, {"held": "6 rows", "out": "no answer"}

    assert alerting({}, {}, first) == ({}, {})
    assert alerting({}, first, again) == ({"held": "6 rows"}, {})
    assert alerting({"held": "6 rows"}, again, again) == ({"out": "no answer"}, {})
    assert alerting(again, again, first) == ({}, {"out": "no answer"})
    assert alerting({"held": "6 rows"}, {}, {}) == ({}, {"held": "6 rows"})


VIEW = MappingView("m", 1.0)


@pytest.mark.parametrize(
    ("seen_now", "names"),
    [
        (Overview((VIEW,), ()), set()),
        (Overview((replace(VIEW, held="312 rows changed"),), ()), {"held m"}),
        (Overview((replace(VIEW, unwritable="it is protected"),), ()), {"unwritable m"}),
        (
            Overview((replace(VIEW, trouble="no header", trouble_needs_person=True),), ()),
            {"unreadable m"},
        ),
        (
            Overview((replace(VIEW, trouble="no answer"), replace(VIEW, trouble="no answer")), ()),
            {"unreachable Google"},
        ),
        (Overview((), (), ("1: no key",)), {"refused configuration"}),
        (Overview((), (Outage("eu", "", 9, "401", needs_person=True),)), {"refused Arize eu"}),
        (Overview((), (Outage("eu", "", 9, "503", needs_person=False),)), {"unreachable Arize eu"}),
        (
            Overview((), (Outage("eu", "x", 9, "404", needs_person=True),)),
            {"refused Arize eu, model x"},
        ),
        (Overview((replace(VIEW, refused_lately=20, accepted_lately=179),), ()), {"refused m"}),
        (Overview((replace(VIEW, refused_lately=20, accepted_lately=180),), ()), set()),
        (Overview((replace(VIEW, refused_lately=19, accepted_lately=0),), ()), set()),
    ],
)
def test_what_people_are_told_of(seen_now: Overview, names: set[str]) -> None:
    """Held, unreachable, key refused, header broken, and rows refused beyond a share."""
    assert concerns(seen_now).keys() == names


def test_rows_that_arize_refuses_are_counted_by_the_day(service: Service) -> None:
    """Those edited within a day, whatever was accepted long before."""
    rows = [answer(number, "Satisfactory", 4, "", "Ada") for number in range(1000, 1022)]
    service.expert.type_rows(service.spreadsheet, "Review!A4", rows)
    service.once()
    with opened(service.config(), writes=True) as app:
        state, mappings = app.context.state, app.config.mappings
        found = overview(state, mappings)
        later = overview(state, mappings, time.time() + DAY)

    assert found.mappings[0].states["failed"] == later.mappings[0].states["failed"] == 22
    assert (
        "Arize refused 22 of 23 rows of the last day" in concerns(found)["refused support-answers"]
    )
    assert not concerns(later)
