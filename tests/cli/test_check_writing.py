from __future__ import annotations

from pathlib import Path

import pytest

from sheets_sync.app import opened
from sheets_sync.operations.checking import Check, checked
from sheets_sync.operations.concerns import concerns
from sheets_sync.operations.overview import Overview, overview
from sheets_sync.sandbox.server import Sandbox
from sheets_sync.store.database import open_state
from sheets_sync.store.review import retry
from tests.sandbox_client import Control
from tests.service import MODEL, Service, answer, span

NO_RIGHT = "Forbidden: this user does not have developer permissions"
CURE = "this key cannot write: ask for Developer Access"


@pytest.fixture
def service(sandbox: Sandbox, control: Control, tmp_path: Path) -> Service:
    """One judged row, and an endpoint that names its dialect when it is asked."""
    return Service(sandbox.contact, control, tmp_path, rows=[answer(1, "Satisfactory")])


def arize_checks(service: Service) -> dict[str, Check]:
    """What `check` says of Arize, by link."""
    with opened(service.config(), writes=False) as app:
        found = checked(app.context, app.config.mappings, app.arize, app.account)
    return {check.link: check for check in found if check.link.startswith("Arize")}


def seen(service: Service) -> Overview:
    """What `status` shows."""
    state = open_state(f"sqlite:///{service.folder}/state.db")
    found = overview(state, service.config().mappings)
    state.engine.dispose()
    return found


def refuse_writing(service: Service, status: int, message: str) -> None:
    """Let Arize answer all mutations so."""
    service.control.fault(
        "arize", match="updateAnnotations", action="status", status=status, message=message
    )


def test_what_a_key_may_shows_at_the_first_post(service: Service) -> None:
    """Before it nothing is claimed; after it, when it was."""
    before = arize_checks(service)["Arize 'default', writing"]
    assert before.ok
    assert before.said == (
        "nothing was accepted yet; whether this key may write shows at the first post"
    )
    assert service.control.mutations() == []
    service.once()
    after = arize_checks(service)["Arize 'default', writing"]
    assert after.ok
    assert after.said.startswith("may write: the last accepted post was that of ")


def test_a_key_that_may_only_read_is_found_by_its_last_post(service: Service) -> None:
    """The row, `status`, alerts and `check` say one cure; `check` says when that was."""
    refuse_writing(service, 403, NO_RIGHT)
    service.once()

    assert CURE in service.statuses()[span(1)]
    assert CURE in " ".join(outage.message for outage in seen(service).outages)
    assert CURE in concerns(seen(service))["refused Arize default"]
    found = arize_checks(service)
    assert found["Arize 'default'"].ok
    writing = found["Arize 'default', writing"]
    assert not writing.ok
    assert not writing.is_out_of_reach
    assert writing.said.startswith("the last post of ")
    assert f"was refused: Arize refused the key: HTTP 403: {NO_RIGHT}; {CURE};" in writing.said
    assert writing.said.endswith("if that was put right since, the next post shows it")


def test_a_key_that_is_not_known_has_another_cure(service: Service) -> None:
    """Nobody is sent for rights that a wrong key would not bring."""
    refuse_writing(service, 401, "Unauthorized")
    service.once()

    assert "HTTP 401: Unauthorized; check `api_key`, ask" in service.statuses()[span(1)]
    (outage,) = seen(service).outages
    assert outage.message.endswith("; check `api_key`")
    assert outage.message in arize_checks(service)["Arize 'default', writing"].said


def test_after_the_cure_the_next_post_ends_it(service: Service) -> None:
    """`check` stops to say so as soon as something is accepted, and not before it is tried."""
    refuse_writing(service, 403, NO_RIGHT)
    service.once()
    service.control.end_faults()
    assert not arize_checks(service)["Arize 'default', writing"].ok
    state = open_state(f"sqlite:///{service.folder}/state.db")
    with state.writing() as connection:
        retry(connection, key=None, mapping=None, note=False)
    state.engine.dispose()
    service.once()
    assert arize_checks(service)["Arize 'default', writing"].ok
    assert list(concerns(seen(service))) == []


def test_an_outage_of_arize_is_not_said_to_be_the_keys(service: Service) -> None:
    """Only what needs a person is laid to the key."""
    refuse_writing(service, 429, "TOO_MANY_REQUESTS")
    service.once()
    assert [outage.needs_person for outage in seen(service).outages] == [False]
    assert arize_checks(service)["Arize 'default', writing"].ok


def test_a_model_that_may_not_be_written_is_named(
    sandbox: Sandbox, control: Control, tmp_path: Path
) -> None:
    """It can be read, so that asking for it finds nothing."""
    rows = [answer(number, "Satisfactory") for number in (1, 2, 3)]
    service = Service(sandbox.contact, control, tmp_path, rows=rows)
    for number in (1, 2, 3):
        service.control.fault(
            "arize",
            match="updateAnnotations",
            action="graphql_error",
            message="not allowed in this space",
            code="FORBIDDEN",
            record=span(number),
        )
    service.once()
    found = arize_checks(service)
    assert found["Arize 'default', model of 'support-answers'"].ok
    writing = found[f"Arize 'default', model {MODEL}, writing"]
    assert not writing.ok
    assert "not allowed in this space" in writing.said
