from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from sheets_sync.arize.answer import Answer, NotSent
from sheets_sync.errors import TransientError
from tests.security.asking import GOOD, ask_arize, ask_google, key_file, with_tokens
from tests.security.listener import Listener, listening

Secure = Callable[[x509.GeneralName], Listener]
HERE = x509.IPAddress(ip_address("127.0.0.1"))


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """Where the certificate of the tests' own authority lies."""
    return tmp_path / "authority.pem"


@pytest.fixture
def secure(authority: Path, tls_key: RSAPrivateKey, tmp_path: Path) -> Iterator[Secure]:
    """Starts a TLS server whose certificate is for a name, signed by that authority."""
    root = _certificate(tls_key, "authority", "authority", None)
    authority.write_bytes(root.public_bytes(serialization.Encoding.PEM))
    with ExitStack() as stack:

        def start(name: x509.GeneralName) -> Listener:
            leaf = _certificate(tls_key, "server", "authority", name)
            chain = tmp_path / "server.pem"
            chain.write_bytes(
                leaf.public_bytes(serialization.Encoding.PEM)
                + tls_key.private_bytes(
                    serialization.Encoding.PEM,
                    serialization.PrivateFormat.PKCS8,
                    serialization.NoEncryption(),
                )
            )
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(chain)
            return stack.enter_context(listening(with_tokens(lambda _: GOOD), context))

        yield start


def _certificate(
    key: RSAPrivateKey, subject: str, issuer: str, name: x509.GeneralName | None
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=name is None, path_length=None), critical=True)
    )
    if name is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName([name]), critical=False)
    return builder.sign(key, hashes.SHA256())


def root_of(server: Listener) -> str:
    """Its address by TLS."""
    return f"https://127.0.0.1:{server.port}"


def test_arize_is_known_by_its_authority(
    secure: Secure, authority: Path, clean_environment: pytest.MonkeyPatch
) -> None:
    """Without `ca_bundle` nothing is sent, whatever the environment says; with it all is well."""
    server = secure(HERE)
    switched_off(clean_environment)
    reply = ask_arize(f"{root_of(server)}/graphql")
    assert isinstance(reply, NotSent)
    assert reply.needs_person
    assert server.asked == []
    assert isinstance(ask_arize(f"{root_of(server)}/graphql", authority), Answer)
    assert len(server.asked) == 1


def test_google_is_known_by_its_authority(
    secure: Secure,
    authority: Path,
    clean_environment: pytest.MonkeyPatch,
    sandbox_key: RSAPrivateKey,
    tmp_path: Path,
) -> None:
    """Neither token endpoint nor sheet is asked, until REQUESTS_CA_BUNDLE names the authority."""
    server = secure(HERE)
    file = key_file(tmp_path, sandbox_key, f"{root_of(server)}/token")
    switched_off(clean_environment)
    with pytest.raises(TransientError, match="CERTIFICATE_VERIFY_FAILED"):
        ask_google(root_of(server), file)
    assert server.asked == []
    clean_environment.setenv("REQUESTS_CA_BUNDLE", str(authority))
    ask_google(root_of(server), file)
    assert [asked.line.split()[0] for asked in server.asked] == ["POST", "GET"]


def test_a_certificate_for_another_name_is_refused(
    secure: Secure,
    authority: Path,
    clean_environment: pytest.MonkeyPatch,
    sandbox_key: RSAPrivateKey,
    tmp_path: Path,
) -> None:
    """Though a trusted authority signed it, neither key nor token is sent."""
    server = secure(x509.DNSName("app.arize.com"))
    file = key_file(tmp_path, sandbox_key, f"{root_of(server)}/token")
    reply = ask_arize(f"{root_of(server)}/graphql", authority)
    assert isinstance(reply, NotSent)
    assert reply.needs_person
    clean_environment.setenv("REQUESTS_CA_BUNDLE", str(authority))
    with pytest.raises(TransientError, match="certificate"):
        ask_google(root_of(server), file)
    assert server.asked == []


@pytest.mark.parametrize(
    ("name", "is_obeyed"),
    [
        ("REQUESTS_CA_BUNDLE", True),
        ("CURL_CA_BUNDLE", True),
        ("SSL_CERT_FILE", False),
        ("SSL_CERT_DIR", False),
    ],
)
def test_variables_that_name_certificates(  # noqa: PLR0917 - fixtures arrive as parameters
    name: str,
    is_obeyed: bool,  # noqa: FBT001 - a line of the table
    secure: Secure,
    authority: Path,
    clean_environment: pytest.MonkeyPatch,
    sandbox_key: RSAPrivateKey,
    tmp_path: Path,
) -> None:
    """Both services are known by the same certificates; Arize's `ca_bundle` goes before them."""
    server = secure(HERE)
    endpoint, file = (
        f"{root_of(server)}/graphql",
        key_file(tmp_path, sandbox_key, f"{root_of(server)}/token"),
    )
    place = authority.parent if name.endswith("DIR") else authority
    clean_environment.setenv(name, str(place))
    assert isinstance(ask_arize(endpoint), Answer) == is_obeyed
    if is_obeyed:
        ask_google(root_of(server), file)
    else:
        with pytest.raises(TransientError, match="CERTIFICATE_VERIFY_FAILED"):
            ask_google(root_of(server), file)
    clean_environment.setenv(name, str(tmp_path / "none.pem"))
    assert isinstance(ask_arize(endpoint, authority), Answer)
    with pytest.raises(TransientError, match="none.pem" if is_obeyed else "CERTIFICATE"):
        ask_google(root_of(server), file)


def switched_off(environment: pytest.MonkeyPatch) -> None:
    """Everything that elsewhere switches verification off."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        environment.setenv(name, "")
    environment.setenv("PYTHONHTTPSVERIFY", "0")
    environment.setenv("SSL_NO_VERIFY", "1")
    environment.setenv("GIT_SSL_NO_VERIFY", "1")
    environment.setenv("NODE_TLS_REJECT_UNAUTHORIZED", "0")
