from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from sheets_sync.app import App, opened
from sheets_sync.domain.delivery import Outcome, Post
from sheets_sync.engine.deliver import deliver
from sheets_sync.engine.observe import difference, observe
from sheets_sync.engine.reading import read_tabs
from sheets_sync.sandbox.server import Sandbox
from sheets_sync.store import places
from sheets_sync.store.observations import record_plan
from sheets_sync.store.review import retry
from tests.sandbox_client import Control
from tests.service import Service, answer, span


@pytest.fixture
def service(sandbox: Sandbox, control: Control, tmp_path: Path) -> Service:
    """One judged row."""
    return Service(
        sandbox.contact,
        control,
        tmp_path,
        rows=[answer(1, "Satisfactory", 4, "Clear.", "Ada")],
        arize={"dialect": "seed"},
    )


def retry_now(app: App) -> None:
    """What `sheets-sync retry` does."""
    with app.context.state.writing() as connection:
        retry(connection, key=None, mapping=None, note=False)


def test_a_lost_answer_is_posted_again_and_settles(service: Service) -> None:
    """An attempt whose answer was lost is unresolved; the same content is posted again."""
    service.control.fault("arize", match="updateAnnotations", action="drop", when="after", times=1)
    with opened(service.config(), writes=True) as app:
        service.passes(app)

        assert service.statuses()[span(1)].startswith("Arize: ")
        assert ", retry at " in service.statuses()[span(1)]
        retry_now(app)
        service.passes(app)

    assert service.statuses()[span(1)].startswith("Synced")
    assert [m.record_id for m in service.control.mutations()] == [span(1), span(1)]


def test_a_note_is_never_sent_twice_by_itself(service: Service) -> None:
    """After a lost answer the metrics go again, the note does not, and the status says so."""
    service.control.fault("arize", match="updateAnnotations", action="drop", when="after", times=1)
    with opened(service.config(), writes=True) as app:
        service.passes(app)
        retry_now(app)
        service.passes(app)

    assert [m.note for m in service.control.mutations()] == ["Clear.", None]
    assert service.statuses()[span(1)].endswith("; the note may be missing")


def test_a_refused_attempt_has_not_used_up_its_note(service: Service) -> None:
    """What Arize certainly did not take is sent in full the next time."""
    service.control.fault(
        "arize", match="updateAnnotations", action="status", status=429, times=1, retry_after=0
    )
    with opened(service.config(), writes=True) as app:
        service.passes(app)
        retry_now(app)
        service.passes(app)

    assert [m.note for m in service.control.mutations()] == ["Clear."]
    assert service.statuses()[span(1)].startswith("Synced")
    assert "note" not in service.statuses()[span(1)]


def test_a_return_to_the_accepted_value_is_posted_when_another_may_have_arrived(
    service: Service,
) -> None:
    """A, then B without an answer, then A again: A must be posted, whatever the receipt says."""
    with opened(service.config(), writes=True) as app:
        service.passes(app)
        service.control.fault(
            "arize", match="updateAnnotations", action="drop", when="after", times=1
        )
        service.type("D2", "Needs Improvement")
        service.passes(app)
        assert service.labels()[span(1)] == "Needs Improvement"
        service.type("D2", "Satisfactory")
        service.passes(app)

    assert service.labels()[span(1)] == "Satisfactory"
    assert service.statuses()[span(1)].startswith("Synced")


def test_a_return_before_anything_was_sent_costs_no_post(service: Service) -> None:
    """A, then B that was never posted, then A: Arize still holds A."""
    with opened(service.config(), writes=True) as app:
        service.passes(app)
        service.control.fault("arize", match="updateAnnotations", action="status", status=429)
        service.type("D2", "Needs Improvement")
        service.passes(app)
        service.control.end_faults()
        service.type("D2", "Satisfactory")
        before = len(service.control.mutations())
        service.passes(app)

    assert len(service.control.mutations()) == before
    assert service.statuses()[span(1)].startswith("Synced")


def test_the_newest_content_is_asserted_again_once_a_late_server_has_settled(
    service: Service,
) -> None:
    """An unanswered post may still be applied late; after the settle time ours stands again."""
    now = [1_800_000_000.0]
    with opened(service.config(), writes=True) as opened_app:
        app = replace(opened_app, context=replace(opened_app.context, clock=lambda: now[0]))
        service.passes(app)
        service.control.fault(
            "arize", match="updateAnnotations", action="drop", when="after", times=1
        )
        service.type("D2", "Needs Improvement")
        service.passes(app)
        service.type("D2", "Satisfactory")
        now[0] += 60
        service.passes(app)
        posted = len(service.control.mutations())
        now[0] += 200
        service.passes(app)
        assert len(service.control.mutations()) == posted
        now[0] += 50
        service.passes(app)

        assert len(service.control.mutations()) == posted + 1
        now[0] += 1000
        service.passes(app)

    assert len(service.control.mutations()) == posted + 1
    assert service.labels()[span(1)] == "Satisfactory"


def test_a_note_only_change_sends_the_metrics_with_the_note(service: Service) -> None:
    """The note's own cell changed, so it travels, once."""
    service.once()
    service.type("F2", "Clear, and short.")
    service.once()
    service.once()

    assert [m.note for m in service.control.mutations()] == ["Clear.", "Clear, and short."]


def test_a_label_edit_does_not_send_the_note_again(service: Service) -> None:
    """Arize may append notes, so an unchanged note stays at home."""
    service.once()
    service.type("D2", "Needs Improvement")
    service.once()

    assert [m.note for m in service.control.mutations()] == ["Clear.", None]


def test_a_cleared_metric_stays_at_arize_and_the_status_says_so(service: Service) -> None:
    """Arize cannot delete: the rest is right, and the row says what is kept."""
    service.once()
    service.type("E2", "")
    service.once()

    assert service.statuses()[span(1)].endswith("; Arize keeps Helpfulness 4")
    assert len(service.control.mutations()) == 1
    service.type("D2", "")
    service.once()

    assert service.statuses()[span(1)] == (
        'Cleared here; Arize keeps Adequacy "Satisfactory", Helpfulness 4'
    )


def test_a_post_that_lands_between_deciding_and_recording_is_not_overlooked(
    service: Service,
) -> None:
    """A, then B queued, then A seen; B lands before that is recorded: A must be posted again."""
    with opened(service.config(), writes=True) as app:
        service.passes(app)
        service.control.fault("arize", match="updateAnnotations", action="status", status=429)
        service.type("D2", "Needs Improvement")
        service.passes(app)
        service.control.end_faults()
        retry_now(app)
        service.type("D2", "Satisfactory")

        (mapping,) = app.config.mappings
        reading = read_tabs(app.context, service.spreadsheet, [mapping])
        snapshot = reading.snapshots[mapping.name]
        decided = difference(app.context.state, mapping, snapshot)
        assert [change.state for change in decided.plan.changes] == ["delivered"]
        deliver(app.context, app.drains[0], app.context.clock() + 10)
        assert service.labels()[span(1)] == "Needs Improvement"
        with app.context.state.writing() as connection:
            tab = places.find_tab_id(connection, mapping.name, snapshot.tab)
            assert tab is not None
            record_plan(connection, tab, decided.plan, app.context.clock())
        service.passes(app)

    assert service.labels()[span(1)] == "Satisfactory"


def test_a_value_cleared_while_it_travelled_is_named_as_kept(service: Service) -> None:
    """It was read as cleared before its answer came, and recorded after: the status says both."""
    with opened(service.config(), writes=True) as app:
        (mapping,) = app.config.mappings
        observe(app.context, service.spreadsheet, [mapping])
        drain = app.drains[0]
        client, decided = drain.arize, []

        class Meanwhile:
            def post(self, posts: Sequence[Post]) -> list[Outcome]:
                service.type("E2", "")
                reading = read_tabs(app.context, service.spreadsheet, [mapping])
                snapshot = reading.snapshots[mapping.name]
                decided.append(difference(app.context.state, mapping, snapshot).plan)
                return client.post(posts)

        drain.arize = Meanwhile()
        deliver(app.context, drain, app.context.clock() + 10)
        with app.context.state.writing() as connection:
            record_plan(connection, 1, decided[0], app.context.clock())
        service.passes(app)

    assert service.statuses()[span(1)].endswith("; Arize keeps Helpfulness 4")
