from __future__ import annotations

import json
import os
import signal
import socket
import time
from pathlib import Path

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from sheets_sync.app import opened
from sheets_sync.cli.seeing import seen
from sheets_sync.engine.observe import observe
from tests.command import Command
from tests.observability.conftest import eventually, running
from tests.service import MODEL, Service, span


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture
def url(service: Service) -> str:
    """Where the service is to answer."""
    port = free_port()
    service.sections["http"] = {"port": port}
    return f"http://127.0.0.1:{port}"


def figures(url: str) -> dict[tuple[str, ...], float]:
    """Every value by its name and the values of its labels, in the order of the labels' names."""
    answer = requests.get(f"{url}/metrics", timeout=5)
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        (
            sample.name.removeprefix("sheets_sync_"),
            *(value for _, value in sorted(sample.labels.items())),
        ): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def status(service: Service) -> str:
    """What people see."""
    environment = {**os.environ, "ARIZE_API_KEY": "a-key-of-the-sandbox"}
    return Command(["status", "--config", str(service.path)], environment).communicate()[0]


def answers(url: str) -> bool:
    """Whether anybody listens."""
    try:
        requests.get(f"{url}/healthz", timeout=5)
    except requests.ConnectionError:
        return False
    return True


def test_a_run_is_seen_on_one_port(service: Service, url: str) -> None:
    """Alive at once, ready once it has read; what it did is measured, without ids or secrets."""
    began = time.time()
    with running(service):
        eventually(lambda: answers(url))
        alive = requests.get(f"{url}/healthz", timeout=5)
        eventually(lambda: requests.get(f"{url}/readyz", timeout=5).ok)
        eventually(lambda: figures(url)["deliveries", "support-answers", "delivered"] == 1)
        found = figures(url)
        text = requests.get(f"{url}/metrics", timeout=5).text
        missing = requests.get(f"{url}/docs", timeout=5)
        changing = requests.post(f"{url}/metrics", timeout=5)
        glance = status(service)

    assert alive.json() == {"alive": True}
    assert found["ready",] == 1
    assert found["deliveries", "support-answers", "rejected"] == 1
    assert began <= found["last_read_timestamp_seconds", "support-answers"] <= time.time()
    lags = [found["lag_seconds", "support-answers", quantile] for quantile in ("0.5", "1")]
    assert 0 < lags[0] == lags[1] < time.time() - began
    assert found["held", "support-answers"] == found["trouble", "support-answers"] == 0
    assert found["endpoint_out", "default"] == found["models_out", "default"] == 0
    used = {labels[1:]: value for labels, value in found.items() if labels[0] == "budget_used"}
    assert used["", "reads", "google"] >= 2
    assert used["", "writes", "google"] >= 1
    assert used["default", "mutations", "arize"] == 1
    assert used["default", "requests", "arize"] >= 1
    assert found["budget_allowed", "default", "requests", "arize"] == 100_000
    assert found["process_resident_memory_bytes",] > 0
    assert "1 mutations of Arize default in the last minute of 100000 allowed" in glance
    assert "polls ask Google for 60 reads a minute" in status(service)
    for hidden in (span(1), MODEL, "a-key-of-the-sandbox", "Ada"):
        assert hidden not in text
    assert (missing.status_code, changing.status_code) == (404, 405)


def test_what_is_out_of_reach_makes_it_unready(service: Service, url: str) -> None:
    """With each reason in words; a sheet that needs a person is none, and it stays alive."""
    service.config()
    service.control.fault("arize", match=".", action="status", status=401)
    with opened(service.config(), writes=True) as app, seen(app):
        unread = requests.get(f"{url}/readyz", timeout=5)
        service.passes(app)
        service.type("D1", "Adequecy")
        (observed,) = observe(app.context, service.spreadsheet, app.config.mappings)
        eventually(lambda: "not read" not in requests.get(f"{url}/readyz", timeout=5).text)
        refused = requests.get(f"{url}/readyz", timeout=5)
        found = figures(url)
        alive = requests.get(f"{url}/healthz", timeout=5)
        app.context.pulse.at = time.monotonic() - 100
        dead = [requests.get(f"{url}/{page}", timeout=5) for page in ("healthz", "readyz")]

    assert observed.trouble is not None
    assert unread.status_code == 503
    assert unread.json() == {"ready": False, "reasons": ["support-answers: not read yet"]}
    assert refused.status_code == 503
    (reason,) = refused.json()["reasons"]
    assert reason.startswith("Arize default: ")
    assert found["ready",] == 0
    assert found["endpoint_out", "default"] == found["trouble", "support-answers"] == 1
    assert alive.status_code == 200
    assert [answer.status_code for answer in dead] == [503, 503]
    assert "restart it" in dead[0].text


def test_a_state_that_cannot_be_read_is_said(service: Service, url: str) -> None:
    """Neither a traceback nor figures that are not known."""
    with opened(service.config(), writes=True) as app, seen(app):
        with app.context.state.writing() as connection:
            connection.exec_driver_sql("DROP TABLE outages")
        metrics, ready = (
            requests.get(f"{url}/{page}", timeout=5) for page in ("metrics", "readyz")
        )

    assert (metrics.status_code, ready.status_code) == (503, 503)
    assert "no such table: outages" in metrics.text
    assert "no such table: outages" in ready.json()["reasons"][0]


def test_a_port_that_is_taken_is_a_wrong_configuration(service: Service, tmp_path: Path) -> None:
    """Said before anything is read or sent."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        service.sections["http"] = {"port": listener.getsockname()[1]}
        service.config()
        environment = {**os.environ, "ARIZE_API_KEY": "a-key-of-the-sandbox"}
        command = Command(["run", "--config", str(tmp_path / "sheets.yaml")], environment)
        _, said = command.communicate()

    assert command.returncode == 2
    assert "cannot be used (Address already in use); choose another port or host" in said
    assert service.control.calls().google == {}


def test_a_stop_does_not_wait_for_who_is_connected(service: Service, url: str) -> None:
    """A scraper that holds its connection open holds nothing up."""
    with running(service) as found, requests.Session() as session:
        eventually(lambda: answers(url))
        session.get(f"{url}/healthz", timeout=5)
        found.command.send_signal(signal.SIGTERM)
        began = time.monotonic()
        found.command.communicate()

    assert time.monotonic() - began < 5
    assert json.loads(found.log[-1])["event"] == "stopped"
