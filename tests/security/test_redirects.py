from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from sheets_sync.arize.answer import Answer
from sheets_sync.errors import SourceError, TransientError
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

STATUSES = (301, 302, 303, 307, 308)


def test_arize_sends_the_key_nowhere_else() -> None:
    """Whatever kind of redirect it answers, to another port, name or scheme."""
    with listening(lambda _: GOOD) as elsewhere:
        for place in (elsewhere.root, elsewhere.root.replace("127.0.0.1", "localhost"), "//x:1"):
            for status in STATUSES:
                told = Told(status, headers={"Location": f"{place}/graphql"})
                with listening(lambda _, told=told: told) as arize:  # type: ignore[misc]
                    reply = ask_arize(f"{arize.root}/graphql")
                assert isinstance(reply, Answer)
                assert reply.status == status
                assert KEY in arize.heard
        assert elsewhere.asked == []


@pytest.mark.parametrize("status", STATUSES)
def test_google_sends_the_token_nowhere_else(
    status: int, sandbox_key: RSAPrivateKey, tmp_path: Path
) -> None:
    """The sheet is said to be redirected, and to where."""
    with listening(lambda _: GOOD) as elsewhere:
        told = Told(status, headers={"Location": f"{elsewhere.root}/x"})
        with listening(with_tokens(lambda _: told)) as google:
            file = key_file(tmp_path, sandbox_key, f"{google.root}/token")
            with pytest.raises(SourceError, match="answered with a redirect to"):
                ask_google(google.root, file)
        assert f"Bearer {TOKEN}" in google.heard
        assert elsewhere.asked == []


@pytest.mark.parametrize("status", STATUSES)
def test_the_token_endpoint_sends_the_assertion_nowhere_else(
    status: int, sandbox_key: RSAPrivateKey, tmp_path: Path
) -> None:
    """What the private key signed would be good for an access token anywhere."""
    with listening(lambda _: GOOD) as elsewhere:
        told = Told(status, headers={"Location": f"{elsewhere.root}/token"})
        with listening(lambda _: told) as google:
            file = key_file(tmp_path, sandbox_key, f"{google.root}/token")
            with pytest.raises(TransientError, match=f"HTTP {status}"):
                ask_google(google.root, file)
        assert "assertion=eyJ" in google.heard
        assert elsewhere.asked == []
