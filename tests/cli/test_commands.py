from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from sheets_sync.sandbox.server import Sandbox
from tests.command import Command
from tests.sandbox_client import Control
from tests.service import MODEL, Service, answer, span


@pytest.fixture
def service(sandbox: Sandbox, control: Control, tmp_path: Path) -> Service:
    """A good row and a wrong one."""
    service = Service(
        sandbox.contact,
        control,
        tmp_path,
        rows=[answer(1, "Satisfactory", 4, "Clear.", "Ada"), answer(2, "Goood", 1, "", "Ada")],
    )
    service.config()
    return service


def program(service: Service, *words: str) -> subprocess.CompletedProcess[str]:
    """The real command, as an operator types it."""
    command = Command(
        [*words, "--config", str(service.path)],
        {**os.environ, "ARIZE_API_KEY": "a-key-of-the-sandbox", "COLUMNS": "200"},
    )
    shown, errors = command.communicate()
    assert command.returncode is not None
    return subprocess.CompletedProcess(words, command.returncode, shown, errors)


def test_plan_shows_old_and_new_and_sends_nothing(service: Service) -> None:
    """Row by row what would be sent, and what is wrong; nothing is recorded."""
    first = program(service, "plan")
    assert service.control.mutations() == []
    program(service, "once")
    service.type("E2", 0)
    second = program(service, "plan", "--json")

    assert first.returncode == 0
    assert f'+ row 2 {span(1)}: Adequacy "Satisfactory", Helpfulness 4' in first.stdout
    assert 'Adequacy: "Goood" is not one of Satisfactory, Needs Improvement' in first.stdout
    (mapping,) = json.loads(second.stdout)
    (row,) = mapping["rows"]
    assert row["values"] == [{"old": "Helpfulness 4", "new": "Helpfulness 0"}]


def test_once_and_status_show_each_mapping_at_a_glance(service: Service) -> None:
    """Bad rows are the sheet's business: the exit code is 0."""
    done = program(service, "once")
    seen = program(service, "status", "--json")

    assert done.returncode == 0
    assert "support-answers" in done.stdout
    (mapping,) = json.loads(seen.stdout)["mappings"]
    assert mapping["states"] == {"delivered": 1, "rejected": 1}
    assert program(service, "status", "--alive").returncode == 1


def test_history_shows_what_happened_to_a_row(service: Service) -> None:
    """Read, posted, answered; an unknown key is said plainly."""
    program(service, "once")
    known = program(service, "history", span(1))
    unknown = program(service, "history", "nobody")

    assert 'Adequacy "Satisfactory", Helpfulness 4, with the note; accepted' in known.stdout
    assert unknown.returncode == 1
    assert unknown.stderr == "no row with the key or record id 'nobody' was ever recorded\n"


def test_retry_makes_failed_rows_due_again(service: Service) -> None:
    """What Arize did not accept is tried once more when somebody has mended the cause."""
    service.sections = {"retry": {"attempts": 1}}
    service.config()
    service.control.fault(
        "arize", match="updateAnnotations", action="graphql_error", message="no thanks", times=1
    )
    program(service, "once")
    assert service.statuses()[span(1)] == "Arize did not accept this: no thanks"
    assert program(service, "status").returncode == 1
    again = program(service, "retry", span(1))
    program(service, "once")

    assert again.stdout == "due again: 1 row\n"
    assert service.statuses()[span(1)].startswith("Synced")


def test_retry_note_sends_a_note_that_may_be_missing(service: Service) -> None:
    """Only a person decides to risk a second copy of a note."""
    service.control.fault("arize", match="updateAnnotations", action="drop", when="before", times=1)
    program(service, "once")
    program(service, "retry")
    program(service, "once")
    assert service.statuses()[span(1)].endswith("the note may be missing")
    program(service, "retry", "--note")
    program(service, "once")

    assert [m.note for m in service.control.mutations()] == [None, "Clear."]
    assert "note" not in service.statuses()[span(1)]


def test_check_is_content_with_a_working_chain(service: Service) -> None:
    """Sharing, tab, headers, rights, key and model, one line each."""
    checked = program(service, "check")

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "shared with sheets-sync@" in checked.stdout
    assert "one request may cost 1000" in checked.stdout
    assert "tab 'Review', 2 rows: 1 to send, 1 wrong, 0 as sent, 0 waiting" in checked.stdout
    assert "looked for among tracing records, from 20 Nov 2026 on" in checked.stdout
    assert service.control.writes(by="sheets-sync") == []


def test_check_warns_of_old_records(service: Service) -> None:
    """Arize may not find them, which is no error before it says so."""
    service.type("C2", "2020-01-01T10:00:00Z")
    checked = program(service, "check")

    assert checked.returncode == 0
    assert "from 01 Jan 2020 on; 1 of 1 are older than 31 days" in checked.stdout


def test_check_names_each_broken_link_and_its_cure(service: Service) -> None:
    """A wrong header, a wrong model and a protected status column are found in one go."""
    service.type("H1", "Sync status")
    service.change(
        {
            "addProtectedRange": {
                "protectedRange": {
                    "range": {"sheetId": service.gid, "startColumnIndex": 7, "endColumnIndex": 8},
                    "editors": {"users": ["owner@example.com"]},
                }
            }
        }
    )
    service.mapping = {"model_id": "TW9kZWw6OTk5OkFhQWE="}
    service.config()
    protected = program(service, "check")
    service.type("D1", "Adequecy")
    renamed = program(service, "check", "--json")

    assert protected.returncode == 1
    assert "the status column is protected; in Data, Protect sheets and ranges" in protected.stdout
    assert "Arize knows no model 'TW9kZWw6OTk5OkFhQWE='" in protected.stdout
    wrong = [check["said"] for check in json.loads(renamed.stdout) if not check["ok"]]
    assert any("did you mean 'Adequecy'?" in said for said in wrong)


def test_config_problems_come_all_at_once_without_a_traceback(service: Service) -> None:
    """Exit 2, one line each: file, line, path, what is wrong and the cure."""
    text = service.path.read_text(encoding="utf-8")
    broken = text.replace("record_id: Span ID", "recordid: Span ID").replace(
        f"model_id: {MODEL}", "model_id: ''"
    )
    service.path.write_text(broken, encoding="utf-8")
    refused = program(service, "once")

    assert refused.returncode == 2
    assert "did you mean 'record_id'?" in refused.stderr
    assert "model_id" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_out_of_reach_is_exit_3(service: Service) -> None:
    """Google does not answer: nothing for a person to do here, try later."""
    service.control.fault("google", match="values:batchGet", action="status", status=503)
    unreachable = program(service, "plan")

    assert unreachable.returncode == 3
    assert "503" in unreachable.stdout


def test_a_hold_is_seen_shown_and_approved(service: Service) -> None:
    """`status` names it, `approve` shows it old to new, and sends what was shown."""
    program(service, "once")
    service.mapping = {"model_id": "TW9kZWw6MjpBYkNk"}
    service.control.add_spans("TW9kZWw6MjpBYkNk", [span(1)], "2026-11-20T10:00:00Z")
    service.config()
    held = program(service, "once")
    shown = program(service, "approve", "support-answers")
    digest = shown.stdout.split("--digest ")[1].strip()
    stale = program(service, "approve", "support-answers", "--digest", "000000000000")
    approved = program(service, "approve", "support-answers", "--digest", digest)
    done = program(service, "once")

    assert held.returncode == 1
    assert "on hold: a new configuration would send 1 row again" in held.stdout
    old = 'Adequacy "Satisfactory" by Ada, Helpfulness 4 by Ada'
    assert f'row 2 {span(1)}: {old} -> {old}, note "Clear."' in shown.stdout
    assert stale.returncode == 1
    assert "the plan has changed" in stale.stderr
    assert approved.returncode == done.returncode == 0
    assert len(service.control.mutations()) == 2
    assert program(service, "approve", "support-answers").returncode == 1


def test_rebuild_adopts_after_the_state_was_lost(service: Service) -> None:
    """Nothing is sent again; a wrong name or a missing choice is said plainly."""
    program(service, "once")
    for file in service.folder.glob("state.db*"):
        file.unlink()
    assert program(service, "rebuild", "support-answers").returncode == 2
    assert "there are 'support-answers'" in program(service, "rebuild", "x", "--adopt").stderr
    adopted = program(service, "rebuild", "support-answers", "--adopt")
    program(service, "once")

    assert adopted.stdout.splitlines()[-1] == "recorded as delivered: 1 row"
    assert len(service.control.mutations()) == 1
    assert service.statuses()[span(1)].startswith("Synced")


def test_pause_and_resume(service: Service) -> None:
    """A paused mapping is read, and sent once it is resumed."""
    unknown = program(service, "pause", "support-answers")
    program(service, "once")
    service.type("E2", 1)
    program(service, "pause", "support-answers")
    program(service, "once")
    waiting = len(service.control.mutations())
    shown = program(service, "status")
    program(service, "resume", "support-answers")
    program(service, "once")

    assert unknown.returncode == 1
    assert "support-answers: paused" in shown.stdout
    assert (waiting, len(service.control.mutations())) == (1, 2)
