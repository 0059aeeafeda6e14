from __future__ import annotations

import json
import logging
import os
import signal
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
import structlog
import yaml
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from sheets_sync.arize.answer import NoAnswer
from sheets_sync.engine.unknown import logged
from sheets_sync.errors import ConfigError, TransientError
from sheets_sync.google.credentials import load_accounts
from sheets_sync.observability.logs import configure_logging
from sheets_sync.sandbox.server import Sandbox
from sheets_sync.sandbox.wire import Answer, Call
from tests.command import Command
from tests.sandbox_client import Control
from tests.security.asking import KEY, TOKEN, ask_arize, ask_google, key_file, with_tokens
from tests.security.commands import everything
from tests.security.listener import Answers, Asked, Told, listening
from tests.service import Service, answer

PASSWORD = "canary-proxy-password"
ALERT = "canary-alert-token"
PLACES = {"state.db", "state.db-wal", "state.db-shm", "state.db.lock", "the sheet", "once --json"}
FORMATS: tuple[Literal["json", "console"], ...] = ("json", "console")


@dataclass
class Watched:
    """A service on a sandbox, and all secrets that it has or is given."""

    service: Service
    tokens: set[str]
    others: set[str] = field(default_factory=set)

    @property
    def secrets(self) -> set[str]:
        """Every canary: whole, and a private key also by its lines."""
        key = json.loads(Path(self.service.contact.credentials_file).read_text("utf-8"))
        lines = {line for line in key["private_key"].splitlines() if "-----" not in line}
        given = {KEY, TOKEN, PASSWORD, ALERT, key["private_key_id"]}
        return given | lines | self.tokens | self.others


@pytest.fixture
def watched(
    sandbox_key: RSAPrivateKey, tmp_path: Path, clean_environment: pytest.MonkeyPatch
) -> Iterator[Watched]:
    """One row that can be sent; every token that the sandbox sees is noted."""
    tokens: set[str] = set()

    def note(call: Call, _: Answer) -> None:
        token = call.headers.get("authorization", "").removeprefix("Bearer ")
        if token and not token.startswith("human:"):
            tokens.add(token)

    clean_environment.setenv("HTTPS_PROXY", f"http://ada:{PASSWORD}@127.0.0.1:1")
    clean_environment.setenv("ALERT_URL", f"mailto://ada:{ALERT}@example.com")
    clean_environment.setenv("ARIZE_API_KEY", KEY)
    with (
        Sandbox(key=sandbox_key, observer=note) as sandbox,
        Control(sandbox.contact) as control,
    ):
        rows = [answer(1, "Satisfactory", 4, "", "Ada"), answer(2, "Bad", "", "", "")]
        service = Service(sandbox.contact, control, tmp_path, rows=rows)
        service.sections = {"alerts": ["env:ALERT_URL"]}
        yield Watched(service, tokens)


def assert_hidden(places: Mapping[str, str], secrets: set[str]) -> None:
    """No secret is in any of these places, plain or as JSON writes it."""
    found = [
        (place, secret)
        for place, text in places.items()
        for secret in secrets
        if secret in text or json.dumps(secret)[1:-1] in text
    ]
    assert found == []


def key_of(asked: Asked) -> str:
    """The key that came with a request."""
    return asked.headers["x-api-key"]


def errors(asked: Asked) -> list[object]:
    """A GraphQL error that repeats the key."""
    return [{"message": f"no rights for {key_of(asked)}", "extensions": {"key": key_of(asked)}}]


ARIZE: dict[str, Answers] = {
    "401 with the key": lambda asked: Told(401, f"the key {key_of(asked)} is not known"),
    "403 with the key as JSON": lambda asked: Told(403, {"key": key_of(asked)}),
    "500 with the whole request": lambda asked: Told(500, asked.text),
    "an error with the key": lambda asked: Told(body={"errors": errors(asked)}),
    "an error beside data": lambda asked: Told(body={"data": None, "errors": errors(asked)}),
    "a redirect with the key": lambda asked: Told(
        307, key_of(asked), {"Location": f"https://example.com/?key={key_of(asked)}"}
    ),
    "the request back": lambda asked: Told(raw=f"x-api-key: {key_of(asked)}\r\n\r\n"),
}


@pytest.mark.usefixtures("logs_restored")
@pytest.mark.parametrize("log_format", FORMATS)
def test_nothing_shows_when_all_is_well(
    log_format: str,
    watched: Watched,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Every place is looked at, with a key from the environment or from a file."""
    service = watched.service
    service.sections["log"] = {"level": "debug", "format": log_format}
    if log_format == "console":
        monkeypatch.delenv("ARIZE_API_KEY")
        (service.folder / "arize-key").write_text(f"{KEY}\n", "utf-8")
        service.arize = {"api_key": f"file:{service.folder / 'arize-key'}"}
    places = everything(service, monkeypatch, capsys)
    assert places.keys() >= PLACES
    assert "Synced" in places["the sheet"]
    assert watched.tokens
    assert_hidden(places, watched.secrets)


@pytest.mark.usefixtures("logs_restored")
@pytest.mark.parametrize("told", ARIZE.values(), ids=ARIZE)
def test_arize_cannot_bring_its_key_to_light(
    told: Answers,
    watched: Watched,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whatever it answers, to `check` as to a delivery; the answer itself is still told."""
    service = watched.service
    service.sections["log"] = {"level": "debug", "format": "json"}
    with listening(told) as arize:
        service.arize = {"endpoint": f"{arize.root}/graphql"}
        places = everything(service, monkeypatch, capsys)
    assert KEY in arize.heard
    assert "WRONG" in places["check"]
    assert_hidden(places, watched.secrets)


@pytest.mark.usefixtures("logs_restored")
@pytest.mark.parametrize("way", ["a refused key", "a refused connection", "no TLS"])
def test_run_keeps_its_secrets_too(
    way: str,
    watched: Watched,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The service in a process of its own, until it has met an outage; then all commands."""
    service = watched.service
    service.sections["log"] = {"level": "debug", "format": "console"}
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with listening(ARIZE["401 with the key"]) as arize:
        roots = {"a refused connection": "https://127.0.0.1:1", "no TLS": f"https{arize.root[4:]}"}
        service.arize = {"endpoint": f"{roots.get(way, arize.root)}/graphql"}
        service.path.write_text(yaml.safe_dump(service.settings()), "utf-8")
        process = Command(("run", "--config", str(service.path)), os.environ)
        deadline = time.monotonic() + 30
        while not _outages(service):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        said = "".join(process.communicate())
        places = everything(service, monkeypatch, capsys)
    assert "endpoint unavailable" in said
    assert "WRONG" in places["check"]
    assert_hidden({**places, "run": said}, watched.secrets)


def _outages(service: Service) -> int:
    with (
        suppress(sqlite3.OperationalError),  # the tables are to come
        closing(sqlite3.connect(service.folder / "state.db")) as state,
    ):
        return int(state.execute("select count(*) from outages").fetchone()[0])
    return 0


GOOGLE: dict[str, Answers] = {
    "401 with the token": lambda asked: refusal(401, asked.headers["authorization"]),
    "403 with the token": lambda asked: refusal(403, f"token={TOKEN}&x {asked.text}"),
    "400 that is no JSON": lambda asked: Told(400, asked.text),
    "a redirect with the token": lambda _: Told(302, "", {"Location": f"https://x.com/?t={TOKEN}"}),
}


def refusal(status: int, message: str) -> Told:
    """As Google words it."""
    return Told(status, {"error": {"code": status, "message": message}})


def no_token(asked: Asked) -> Told:
    """A token endpoint that says all it knows."""
    said = f"kid canary0key0id0123456789 in {asked.body}"
    return Told(400, {"error": "invalid_grant", "error_description": said})


@pytest.mark.usefixtures("logs_restored")
@pytest.mark.parametrize("told", [*GOOGLE.values(), no_token], ids=[*GOOGLE, "no token"])
def test_google_cannot_bring_its_token_to_light(  # noqa: PLR0917 - fixtures arrive as parameters
    told: Answers,
    watched: Watched,
    sandbox_key: RSAPrivateKey,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Nor the token endpoint what the private key signed, or which key that is."""
    service = watched.service
    answers = told if told is no_token else with_tokens(told)
    with listening(answers) as google:
        file = key_file(tmp_path, sandbox_key, f"{google.root}/token")
        service.sections |= {
            "google": {"credentials": [str(file)], "api_root": google.root},
            "log": {"level": "debug", "format": "console"},
        }
        places = everything(service, monkeypatch, capsys)
    assertions = {line.partition("assertion=")[2] for line in google.heard.splitlines()} - {""}
    watched.others = {"canary0key0id0123456789", *assertions}
    assert assertions
    assert "WRONG" in places["check"]
    assert_hidden(places, watched.secrets)


def test_no_answer_at_all_cannot_either(sandbox_key: RSAPrivateKey, tmp_path: Path) -> None:
    """A server that speaks no HTTP and sends the request back."""
    with listening(with_tokens(lambda asked: Told(raw=f"{asked.text}\r\n\r\n"))) as google:
        file = key_file(tmp_path, sandbox_key, f"{google.root}/token")
        with pytest.raises(TransientError) as failed:
            ask_google(google.root, file)
    with listening(lambda _: Told(raw=f"x-api-key: {KEY}\r\n\r\n")) as arize:
        reply = ask_arize(f"{arize.root}/graphql")
    assert isinstance(reply, NoAnswer)
    assert_hidden({"Google": str(failed.value), "Arize": str(reply)}, {KEY, TOKEN})


@pytest.mark.usefixtures("logs_restored")
@pytest.mark.parametrize("log_format", FORMATS)
def test_what_nobody_foresaw_shows_no_secret(
    log_format: str,
    watched: Watched,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A state that was damaged by hand; the traceback is kept, without a secret."""
    kept = tmp_path / "kept"
    kept.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(kept))
    service = watched.service
    service.sections["log"] = {"level": "debug", "format": log_format}
    everything(service, monkeypatch, capsys)
    with sqlite3.connect(service.folder / "state.db") as connection:
        connection.execute("UPDATE targets SET value = '{'")
        connection.execute("UPDATE deliveries SET annotation = '{', problems = '{'")
    connection.close()
    service.type("E2", 1)
    places = everything(service, monkeypatch, capsys)
    assert "unknown failure" in places["plan"]
    traces = "".join(file.read_text(encoding="utf-8") for file in kept.iterdir())
    places["tracebacks"] = traces
    assert '"frames"' in places["plan"] or "Traceback" in traces
    assert_hidden(places, watched.secrets)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[:-20],
        lambda text: text.replace("service_account", "authorized_user"),
        lambda text: text.replace("MII", "\\n", 1),
        lambda text: text.replace("-----BEGIN", "-----START"),
        lambda text: text.replace("client_email", "email"),
        lambda text: f"[{text}]",
        lambda text: text.replace('"http', '"ftp://ada:canary-proxy-password@'),
    ],
)
def test_a_spoiled_key_file_is_not_quoted(
    spoil: Callable[[str], str], sandbox_key: RSAPrivateKey, tmp_path: Path
) -> None:
    """The message names the file and the cure."""
    file = key_file(tmp_path, sandbox_key, "https://oauth2.googleapis.com/token")
    content = json.loads(file.read_text("utf-8"))
    secrets = {*content["private_key"].splitlines()[1:-1], content["private_key_id"], PASSWORD}
    file.write_text(spoil(file.read_text("utf-8")), "utf-8")
    with pytest.raises(ConfigError) as refused:
        load_accounts([file])
    assert str(file) in str(refused.value)
    assert_hidden({"message": str(refused.value)}, secrets)


@pytest.mark.usefixtures("logs_restored")
@pytest.mark.parametrize("log_format", FORMATS)
@pytest.mark.parametrize(
    "name",
    ["sheets_sync", "gql", "requests", "urllib3", "google.auth", "apscheduler", "sqlalchemy"],
)
def test_log_lines_hide_what_anybody_writes(
    name: str,
    log_format: Literal["json", "console"],
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """At every level: in a message, its arguments, an exception's text and its local variables."""
    odd = 'ak-"canary"\\0123456789'
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    configure_logging("debug", log_format, [KEY, odd, "short"])
    with ExitStack() as stack:
        stack.callback(logging.getLogger(name).setLevel, logging.getLogger(name).level)
        logging.getLogger(name).setLevel(logging.DEBUG)
        for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
            logging.getLogger(name).log(level, "sent %s", {"x-api-key": KEY, "short": odd})
        try:
            _fails(KEY)
        except ValueError as error:
            logging.getLogger(name).exception("it failed with %s", KEY)
            structlog.get_logger(name).error("it failed", key=odd, exc_info=error)
            line = logged(error)
    log = capsys.readouterr().err
    kept = [file.read_text(encoding="utf-8") for file in tmp_path.iterdir()]
    assert log.count("its traceback is in") == (3 if kept else 0)
    shown = "\n".join([log, *kept])
    assert shown.count("[secret]") >= 6
    assert "_fails" in shown
    assert "short" in shown
    assert_hidden({"log": shown, "line": line}, {KEY, odd, "canary-of-a-local-variable"})


def _fails(key: str) -> None:
    local = "canary-of-a-" + "local-variable"
    raise ValueError(f"header {key} of {len(local)}")
