from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from sheets_sync.arize.transport import usable_endpoint
from sheets_sync.config import load
from sheets_sync.errors import ConfigError
from sheets_sync.google.credentials import load_accounts, require_safe_url
from tests.security.asking import KEY, key_file

SAFE = [
    "http://127.0.0.1:8765/x",
    "http://127.9.9.9/x",
    "http://[::1]:8765/x",
    "http://localhost:8765/x",
    "HTTP://LOCALHOST/x",
    "HtTp://127.0.0.1/x",
    "https://example.com/x",
    "HTTPS://example.com./x",
]
UNSAFE = [
    "http://example.com/x",
    "HTTP://EXAMPLE.COM/x",
    "http://127.0.0.1.evil.com/x",
    "http://localhost.evil.com/x",
    "http://localhost@evil.com/x",
    "http://127.0.0.1:80@evil.com/x",
    "http://evil.com\\@127.0.0.1/x",
    "http://evil.com#@127.0.0.1/x",
    "http://evil.com?@127.0.0.1/x",
    "http://user:canary-password@127.0.0.1/x",
    "https://user:canary-password@example.com/x",
    "http://2130706433/x",
    "http://0x7f000001/x",
    "http://0177.0.0.1/x",
    "http://127.1/x",
    "http://127.0.0.1./x",
    "http://localhost./x",
    "http://0.0.0.0/x",
    "http://[::]/x",
    "http://169.254.169.254/x",
    "http://192.168.0.1/x",
    "http://l\u24dec\u24d0lhost/x",
    "http:///x",
    "http:/127.0.0.1/x",
    "ftp://127.0.0.1/x",
    "file:///etc/passwd",
    "//127.0.0.1/x",
]


def configured(folder: Path, endpoint: str, api_root: str) -> None:
    """Load a configuration with these two addresses."""
    mapping = {
        "name": "m",
        "spreadsheet": "1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfG",
        "worksheet": "Review",
        "model_id": "m",
        "record_id": "Span ID",
        "start_time": {"column": "Started"},
        "annotations": [{"name": "A", "label": {"column": "A"}}],
    }
    settings = {
        "google": {"api_root": api_root},
        "arize": {"endpoint": endpoint, "api_key": "env:KEY"},
        "mappings": [mapping],
    }
    path = folder / "sheets.yaml"
    path.write_text(yaml.safe_dump(settings), "utf-8")
    load(path, {"KEY": KEY})


@pytest.mark.parametrize("url", SAFE)
def test_secrets_may_go_by_tls_or_stay_here(url: str, tmp_path: Path) -> None:
    """Everybody who looks at an address takes these."""
    configured(tmp_path, url, url)
    usable_endpoint(url)
    require_safe_url(url, "name")


@pytest.mark.parametrize("url", UNSAFE)
def test_secrets_do_not_go_in_the_clear(
    url: str, tmp_path: Path, sandbox_key: RSAPrivateKey
) -> None:
    """However the other machine's name looks, and no message repeats a password in an address."""
    file = key_file(tmp_path, sandbox_key, url)
    for attempt in (
        lambda: configured(tmp_path, url, "https://example.com"),
        lambda: configured(tmp_path, "https://example.com", url),
        lambda: usable_endpoint(url),
        lambda: load_accounts([file]),
    ):
        with pytest.raises(ConfigError) as refused:
            attempt()
        assert "canary-password" not in str(refused.value)


def test_application_default_credentials_are_looked_at_too(
    tmp_path: Path, sandbox_key: RSAPrivateKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that only the environment names is held to the same."""
    file = key_file(tmp_path, sandbox_key, "http://127.0.0.1.evil.com/token")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
    with pytest.raises(ConfigError, match=r"plain http to 127\.0\.0\.1\.evil\.com"):
        load_accounts([])
