"""The whole configuration file, key by key."""

from __future__ import annotations

import ipaddress
from datetime import timedelta
from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from sheets_sync.config.addresses import StateAddress, password_of
from sheets_sync.config.secrets import Alert, ApiKey, CredentialsFile, ReadableFile
from sheets_sync.domain.forms import Duration, Entry, Number, Poll, Text, Whole
from sheets_sync.domain.mapping import Detect, Environment, Mapping

Dialect: TypeAlias = Literal["seed", "config", "auto"]
LogLevel: TypeAlias = Literal["debug", "info", "warning", "error"]
LogFormat: TypeAlias = Literal["auto", "console", "json"]


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _web_address(value: str) -> str:
    try:
        url = urlsplit(value)
        host, _ = url.hostname, url.port
    except ValueError:
        host = None
    if not host:
        raise ValueError("is not a web address; write it as https://host/path")
    if url.username or url.password:
        raise ValueError("holds a user or a password; write the address without it")
    if url.scheme == "http" and not _is_loopback(host):
        raise ValueError(
            f"plain http to {host} would send keys unencrypted; write https://"
            " (http is for this machine alone)"
        )
    if url.scheme not in ("http", "https"):
        raise ValueError(f"{url.scheme}:// is not a web address; write https://{host}")
    return value.rstrip("/")


def _at_least_a_second(value: timedelta) -> timedelta:
    if value < timedelta(seconds=1):
        raise ValueError("is too short; write at least 1s")
    return value


def named_endpoints(value: object) -> object:
    """Several named endpoints as they are, a single one under the name `default`."""
    if isinstance(value, dict):
        named = any(isinstance(part, dict) for part in value.values())
        if named and not value.keys() & ArizeSettings.model_fields.keys():
            return value
    return {"default": value}


WebAddress: TypeAlias = Annotated[Text, AfterValidator(_web_address)]
Count: TypeAlias = Annotated[Whole, Field(ge=1)]


class GoogleSettings(Entry):
    """How Google is reached."""

    credentials: Annotated[tuple[CredentialsFile, ...], Field(min_length=1)] | None = None
    """Service-account key files: paths, or env:NAME of a variable that holds a path.

    Several share the load. Omitted: Google's application-default credentials.
    """
    reads_per_minute: Count = 60
    """Read requests a minute for each service account; Google's default quota is 60."""
    writes_per_minute: Count = 60
    """Write requests a minute for each service account; Google's default quota is 60."""
    api_root: WebAddress | None = None
    """Another address than Google's, for the sandbox; plain http to this machine alone."""


class ArizeSettings(Entry):
    """One Arize endpoint."""

    endpoint: WebAddress = "https://app.arize.com/graphql"
    """The address of Arize's GraphQL API; other regions have their own."""
    api_key: ApiKey
    """Where Arize's API key is: env:NAME, or file:PATH; never the key itself."""
    dialect: Dialect = "auto"
    """The form of the mutation; auto asks Arize's schema."""
    mutations_per_minute: Count = 300
    """Mutations a minute; Arize's documented limit is 300."""
    requests_per_minute: Count = 100
    """Requests a minute; Arize's documented limit is 100."""
    batch_size: Count = 3
    """Rows in one request."""
    concurrency: Count = 2
    """Requests that may be under way together."""
    ca_bundle: ReadableFile | None = None
    """A file of certificates to trust instead of the usual ones."""

    @model_validator(mode="after")
    def _batch_fits_a_minute(self) -> ArizeSettings:
        if self.batch_size > self.mutations_per_minute:
            raise ValueError(
                f"batch_size {self.batch_size} is more than mutations_per_minute "
                f"{self.mutations_per_minute}; make it smaller"
            )
        return self


class HttpSettings(Entry):
    """Where machines ask a running service how it is: /metrics, /healthz and /readyz."""

    host: Text = "127.0.0.1"
    """The address of this machine to answer on; 0.0.0.0 is all of them."""
    port: Annotated[Whole, Field(ge=1, le=65535)] = 8080
    """The port to answer on."""


class LogSettings(Entry):
    """What is logged."""

    level: LogLevel = "info"
    """The least serious messages that are logged."""
    format: LogFormat = "auto"
    """For people (console) or machines (json); auto: console on a terminal, JSON otherwise."""


class RetrySettings(Entry):
    """How long a delivery is tried."""

    attempts: Count = 8
    """How often a delivery is tried before it is failed."""
    max_age: Annotated[Duration, AfterValidator(_at_least_a_second)] = timedelta(hours=24)
    """How long a delivery is tried before it is failed."""
    settle: Duration = timedelta(minutes=5)
    """How long after an attempt without an answer the newest content is sent again."""


class HoldSettings(Entry):
    """When a change is held as a likely accident: both limits must be passed."""

    share: Annotated[Number, Field(gt=0, le=1)] = 0.25
    """The part of a mapping's delivered rows that changes or vanishes within an hour."""
    rows: Count = 20
    """The number of rows that change or vanish within an hour."""


class Defaults(Entry):
    """What a mapping has where it does not say otherwise."""

    poll: Poll = timedelta(seconds=30)
    """How often a sheet is looked at: a duration, or a cron expression of five fields."""
    detect: Detect = "auto"
    """How changes are noticed: by reading (poll), by Drive's list of changes (drive), or auto."""
    environment: Environment = "tracing"
    """The model environment at Arize that holds the records."""


ArizeEndpoints: TypeAlias = Annotated[
    dict[str, ArizeSettings],
    BeforeValidator(
        named_endpoints, json_schema_input_type=ArizeSettings | dict[str, ArizeSettings]
    ),
]


class Config(Entry):
    """All of the configuration; secrets are resolved, defaults are in the mappings."""

    google: GoogleSettings = GoogleSettings()
    """How Google is reached."""
    arize: ArizeEndpoints
    """Where annotations go: one endpoint, or several, each under a name of its own."""
    state: Annotated[StateAddress, Field(repr=False)] = "sqlite:///state/sheets-sync.db"
    """What was sent: an SQLite file on a local disk, a Postgres database, or env:NAME of either."""
    contact: Text = "the operator"
    """Whom statuses name where a person is needed."""
    alerts: tuple[Alert, ...] = ()
    """Apprise addresses that are told when a person is needed; env:NAME keeps them secret."""
    http: HttpSettings | None = None
    """Where `run` answers /metrics, /healthz and /readyz; omitted: nowhere."""
    log: LogSettings = LogSettings()
    """What is logged."""
    retry: RetrySettings = RetrySettings()
    """How long a delivery is tried."""
    hold: HoldSettings = HoldSettings()
    """When a change is held as a likely accident."""
    defaults: Defaults = Defaults()
    """What a mapping has where it does not say otherwise."""
    mappings: Annotated[tuple[Mapping, ...], Field(min_length=1)]
    """Which columns of which tabs become which annotations."""

    @field_validator("mappings")
    @classmethod
    def _have_the_defaults(
        cls, mappings: tuple[Mapping, ...], info: ValidationInfo
    ) -> tuple[Mapping, ...]:
        defaults: Defaults = info.data.get("defaults", Defaults())
        return tuple(
            mapping.model_copy(
                update={
                    key: getattr(defaults, key)
                    for key in Defaults.model_fields
                    if key not in mapping.model_fields_set
                }
            )
            for mapping in mappings
        )

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every secret that the configuration refers to."""
        keys = [endpoint.api_key for endpoint in self.arize.values()]
        listed = [secret.get_secret_value() for secret in (*keys, *self.alerts)]
        return (*listed, *password_of(self.state))
