from __future__ import annotations

import json
from pathlib import Path

import pytest

from sheets_sync.errors import ConfigError
from sheets_sync.google.credentials import SCOPES, load_accounts, require_safe_url
from tests.google.conftest import EMAIL


def _changed(file: Path, **changes: object) -> Path:
    content = {**json.loads(file.read_text("utf-8")), **changes}
    file.write_text(json.dumps({k: v for k, v in content.items() if v is not None}), "utf-8")
    return file


def test_file_becomes_account(key_file: Path) -> None:
    """A service-account file gives an account with its e-mail and only the spreadsheets scope."""
    (account,) = load_accounts([key_file])
    assert account.email == account.who == EMAIL
    assert SCOPES == ("https://www.googleapis.com/auth/spreadsheets",)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"client_email": None, "token_uri": None}, "it lacks client_email, token_uri; download"),
        ({"type": "authorized_user"}, "holds credentials of another kind"),
        ({"private_key": None}, "its private_key cannot be used; download"),
        ({"private_key": "-----BEGIN SECRET-----"}, "its private_key cannot be used; download"),
        ({"token_uri": "http://example.com/token"}, "token_uri: plain http to example.com"),
        ({"token_uri": "ftp://example.com/token"}, "is not an http(s) URL"),
    ],
)
def test_unusable_file_is_explained(
    key_file: Path, private_key: str, changes: dict[str, object], said: str
) -> None:
    """An unusable file is named with what is wrong and the cure, never with its key."""
    with pytest.raises(ConfigError) as caught:
        load_accounts([_changed(key_file, **changes)])
    (problem,) = caught.value.problems
    assert problem.startswith(f"{key_file}: ")
    assert said in problem
    assert "SECRET" not in problem
    assert private_key.splitlines()[1] not in problem


def test_every_bad_file_is_reported(tmp_path: Path, key_file: Path) -> None:
    """All unusable files are reported at once: missing, not JSON, not an object."""
    missing, broken, listed = (tmp_path / name for name in ("no.json", "b.json", "l.json"))
    broken.write_text("{", "utf-8")
    listed.write_text("[]", "utf-8")
    with pytest.raises(ConfigError) as caught:
        load_accounts([missing, key_file, broken, listed])
    assert [problem.split(";")[0] for problem in caught.value.problems] == [
        f"{missing}: cannot be read (No such file or directory)",
        f"{broken}: is not JSON",
        f"{listed}: is not a service account's key, it lacks everything",
    ]


def test_application_default_credentials(key_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without files the application-default credentials are used."""
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key_file))
    (account,) = load_accounts([])
    assert account.who == EMAIL


def test_no_application_default_credentials(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there are none either, all ways to get some are named."""
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "gone.json"))
    with pytest.raises(ConfigError, match="gcloud auth application-default login --scopes"):
        load_accounts([])


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1", "http://[::1]/x", "http://localhost:8765", "https://example.com"]
)
def test_safe_urls(url: str) -> None:
    """Https goes anywhere, plain http to this machine."""
    require_safe_url(url, "name")


@pytest.mark.parametrize(
    "url",
    ["http://example.com", "http://127.0.0.1.example.com", "http://[::1", "127.0.0.1:8765", "x"],
)
def test_unsafe_urls(url: str) -> None:
    """A token does not travel in the clear to another machine, however its name looks."""
    with pytest.raises(ConfigError, match=r"^name: "):
        require_safe_url(url, "name")
