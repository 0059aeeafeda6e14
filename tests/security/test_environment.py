from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import gettempdir

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from sheets_sync.arize.answer import Answer, NotSent
from sheets_sync.errors import TransientError
from sheets_sync.sandbox.server import Sandbox
from tests.sandbox_client import Control
from tests.security.asking import (
    GOOD,
    KEY,
    TOKEN,
    ask_arize,
    ask_google,
    key_file,
    with_tokens,
)
from tests.security.listener import Told, listening
from tests.service import Service, answer, span

PASSWORD = "canary-proxy-password"


def test_no_netrc_stands_in_for_a_secret(
    tmp_path: Path, sandbox_key: RSAPrivateKey, clean_environment: pytest.MonkeyPatch
) -> None:
    """A password in ~/.netrc reaches neither service, and the token stays on its requests."""
    (tmp_path / ".netrc").write_text("default login ada password canary-of-netrc\n")
    (tmp_path / ".netrc").chmod(0o600)
    clean_environment.setenv("HOME", str(tmp_path))
    clean_environment.setenv("NETRC", str(tmp_path / ".netrc"))
    with listening(with_tokens(lambda _: GOOD)) as server:
        ask_google(server.root, key_file(tmp_path, sandbox_key, f"{server.root}/token"))
        assert isinstance(ask_arize(f"{server.root}/graphql"), Answer)
    token, sheet, arize = server.asked
    assert sheet.headers["authorization"] == f"Bearer {TOKEN}"
    assert "authorization" not in {**token.headers, **arize.headers}


@pytest.mark.parametrize("name", ["https_proxy", "HTTPS_PROXY", "ALL_PROXY"])
def test_a_proxy_sees_names_alone(
    name: str, tmp_path: Path, sandbox_key: RSAPrivateKey, clean_environment: pytest.MonkeyPatch
) -> None:
    """Requests by TLS go through it in a tunnel, or not at all; its password stands nowhere."""
    with listening(lambda _: Told(407)) as proxy:
        address = f"http://ada:{PASSWORD}@127.0.0.1:{proxy.port}"
        clean_environment.setenv(name, address)
        reply = ask_arize("https://app.arize.com/graphql")
        file = key_file(tmp_path, sandbox_key, "https://oauth2.googleapis.com/token")
        with pytest.raises(TransientError) as refused:
            ask_google("https://sheets.googleapis.com", file)
    assert isinstance(reply, NotSent)
    assert [asked.line for asked in proxy.asked] == [
        "CONNECT app.arize.com:443",
        "CONNECT oauth2.googleapis.com:443",
    ]
    assert KEY not in proxy.heard
    assert "407" in reply.message
    assert PASSWORD not in f"{reply} {refused.value}"


def test_no_proxy_is_between_here_and_here(
    tmp_path: Path, sandbox_key: RSAPrivateKey, clean_environment: pytest.MonkeyPatch
) -> None:
    """Plain http is for this machine alone, so what it carries stays here."""
    with (
        listening(with_tokens(lambda _: GOOD)) as server,
        listening(with_tokens(lambda _: GOOD)) as proxy,
    ):
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            clean_environment.setenv(name, proxy.root)
        ask_google(server.root, key_file(tmp_path, sandbox_key, f"{server.root}/token"))
        ask_arize(f"{server.root}/graphql")
    assert len(server.asked) == 3
    assert proxy.asked == []


@pytest.mark.parametrize(
    "address",
    [
        f"http://ada:{PASSWORD}@[proxy:3128",
        f"http://ada:x/{PASSWORD}@proxy:3128",
        f"http://ada:{PASSWORD}@proxy:port",
        f"nonsense://ada:{PASSWORD}@proxy:1",
        f"http://ada:{PASSWORD}@",
        f"ada:{PASSWORD}@",
    ],
)
def test_an_unusable_proxy_is_not_quoted(
    address: str, tmp_path: Path, sandbox_key: RSAPrivateKey, clean_environment: pytest.MonkeyPatch
) -> None:
    """The message says which variable to put right, not what stands in it."""
    clean_environment.setenv("HTTPS_PROXY", address)
    reply = ask_arize("https://app.arize.com/graphql")
    file = key_file(tmp_path, sandbox_key, "https://oauth2.googleapis.com/token")
    with pytest.raises(TransientError) as refused:
        ask_google("https://sheets.googleapis.com", file)
    assert isinstance(reply, NotSent)
    assert PASSWORD not in f"{reply} {refused.value}"
    assert "proxy" in reply.message
    assert "proxy" in str(refused.value)


def test_no_home_is_needed(sandbox: Sandbox, control: Control, tmp_path: Path) -> None:
    """A user without HOME and without an entry in /etc/passwd, as containers have."""
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        pytest.skip("bwrap (bubblewrap) is not installed")
    service = Service(sandbox.contact, control, tmp_path, rows=[answer(1, "Satisfactory")])
    service.config()
    jail = [bwrap, "--unshare-user", "--uid", "10001", "--gid", "10001", "--die-with-parent"]
    jail += ["--bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--clearenv"]
    jail += ["--bind", gettempdir(), gettempdir()]  # it may lie in /dev
    jail += ["--setenv", "ARIZE_API_KEY", KEY]
    words = [sys.executable, "-m", "sheets_sync", "once", "--config", str(service.path)]
    done = subprocess.run(  # noqa: S603 - our own program
        [*jail, *words], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, service.labels()) == (0, {span(1): "Satisfactory"}), done.stderr
