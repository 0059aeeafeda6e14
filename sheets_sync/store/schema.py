"""The tables. Times are seconds since the epoch, contents are JSON."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _target_columns() -> list[Column[str]]:
    names = ("endpoint", "model_id", "environment", "record_id", "name")
    return [Column(name, String, nullable=False) for name in names]


_UNSETTLED = text("reassert_at IS NOT NULL")
_IN_FLIGHT = text("outcome IS NULL")

spreadsheets = Table(
    "spreadsheets",
    metadata,
    Column("id", String, primary_key=True),
    Column("title", String, nullable=False),
    Column("locale", String, nullable=False),
    Column("zone", String, nullable=False),
    Column("tabs", JSON, nullable=False),
    Column("read_at", Float, nullable=False),
)

mappings = Table(
    "mappings",
    metadata,
    Column("name", String, primary_key=True),
    Column("read_at", Float, doc="when it was last read without trouble"),
    Column("trouble", Text, nullable=False, server_default=""),
    Column("trouble_since", Float),
    Column("needs_person", Boolean, nullable=False, server_default=false()),
    Column("paused", Boolean, nullable=False, server_default=false()),
    Column("approved_at", Float, doc="changes before that count no more towards a hold"),
)

holds = Table(
    "holds",
    metadata,
    Column("mapping", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("digest", String, nullable=False, doc="what an approval is bound to"),
    Column("since", Float, nullable=False),
)

tabs = Table(
    "tabs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mapping", String, nullable=False),
    Column("spreadsheet", String, nullable=False),
    Column("gid", Integer, nullable=False),
    Column("title", String, nullable=False),
    Column("zone", String, nullable=False),
    Column("revision", String, doc="the mapping's, when its rows were observed last"),
    Column("report_due", Integer, nullable=False, server_default="0"),
    Column("status_metadata", Integer),
    Column("unwritable", Text, nullable=False, server_default=""),
    Column("unwritable_at", Float),
    UniqueConstraint("mapping", "spreadsheet", "gid"),
)

watches = Table(
    "watches",
    metadata,
    Column("spreadsheet", String, primary_key=True),
    Column("changed_at", Float, doc="when Drive told of it last"),
    Column("read_at", Float, doc="when the last read that succeeded began"),
    Column("revision", String, doc="that of its mappings, when it was read"),
    Column("detection", Text, nullable=False, server_default="", doc="for people"),
)

drive_tokens = Table(
    "drive_tokens",
    metadata,
    Column("account", String, primary_key=True),
    Column("token", String, nullable=False),
    Column("since", Float, nullable=False, doc="what was not read since then may have changed"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("tab_id", ForeignKey("tabs.id"), nullable=False),
    Column("key", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("digest", String, nullable=False),
    Column("state", String, nullable=False),
    Column("absences", Integer, nullable=False, server_default="0"),
    Column("observed_at", Float, nullable=False),
    Column("changed_at", Float, doc="when it stopped saying what Arize holds of it"),
    Column("endpoint", String),
    Column("model_id", String),
    Column("record_id", String),
    Column("annotation", JSON(none_as_null=True)),
    Column("fingerprint", String),
    Column("note_fingerprint", String),
    Column("problems", Text, nullable=False, server_default=""),
    Column("kept", JSON, nullable=False),
    Column("withdrawn", String),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("first_tried_at", Float),
    Column("next_attempt_at", Float, nullable=False, server_default="0"),
    Column("message", Text, nullable=False, server_default=""),
    Column("delivered_at", Float),
    Column("unsettled", Boolean, nullable=False, server_default=false()),
    Column("reassert_at", Float),
    Column("note_attempted", String),
    Column("note_accepted", String),
    UniqueConstraint("tab_id", "key"),
    Index("ix_deliveries_due", "endpoint", "state", "tab_id", text("observed_at DESC"), "id"),
    Index(
        "ix_deliveries_reassert_at",
        "reassert_at",
        sqlite_where=_UNSETTLED,
        postgresql_where=_UNSETTLED,
    ),
)

claims = Table(
    "claims",
    metadata,
    *_target_columns(),
    Column("delivery_id", ForeignKey("deliveries.id"), nullable=False),
    Column("fingerprint", String, nullable=False),
    PrimaryKeyConstraint("endpoint", "model_id", "environment", "record_id", "name", "delivery_id"),
    Index(None, "delivery_id"),
)

targets = Table(
    "targets",
    metadata,
    *_target_columns(),
    Column("value", JSON, nullable=False),
    Column("at", Float, nullable=False),
    Column("delivery_id", ForeignKey("deliveries.id"), nullable=False),
    PrimaryKeyConstraint("endpoint", "model_id", "environment", "record_id", "name"),
    Index(None, "delivery_id"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", String, primary_key=True),
    Column("delivery_id", ForeignKey("deliveries.id"), nullable=False),
    Column("endpoint", String, nullable=False),
    Column("record_id", String, nullable=False),
    Column("annotation", JSON, nullable=False),
    Column("fingerprint", String, nullable=False),
    Column("note_fingerprint", String),
    Column("note_before", String),
    Column("intended_at", Float, nullable=False),
    Column("outcome", String),
    Column("message", Text, nullable=False, server_default=""),
    Column("answered_at", Float),
    Index(None, "delivery_id"),
    Index(
        "ix_attempts_in_flight",
        "endpoint",
        "record_id",
        sqlite_where=_IN_FLIGHT,
        postgresql_where=_IN_FLIGHT,
    ),
    Index("ix_attempts_of_record", "record_id", "endpoint"),
    Index("ix_attempts_intended_at", "intended_at").ddl_if(dialect="postgresql"),
)

passes = Table(
    "passes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("tab_id", ForeignKey("tabs.id"), nullable=False),
    Column("at", Float, nullable=False),
    Column("counts", JSON, nullable=False),
)

endpoints = Table(
    "endpoints",
    metadata,
    Column("name", String, primary_key=True),
    Column("dialect", String),
)

outages = Table(
    "outages",
    metadata,
    Column("endpoint", String, nullable=False),
    Column("model_id", String, nullable=False, doc="empty where the whole endpoint is out"),
    Column("until", Float, nullable=False),
    Column("message", Text, nullable=False),
    Column("needs_person", Boolean, nullable=False),
    Column("failures", Integer, nullable=False),
    PrimaryKeyConstraint("endpoint", "model_id"),
)

alerts = Table(
    "alerts",
    metadata,
    Column("address", String, nullable=False, doc="a short digest: addresses hold secrets"),
    Column("name", String, nullable=False),
    Column("since", Float, nullable=False, doc="when the address was told"),
    Column("text", Text, nullable=False),
    PrimaryKeyConstraint("address", "name"),
)

refusals = Table(
    "refusals",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("problem", Text, nullable=False, doc="why the newest configuration is not running"),
)

commits = Table(
    "commits",
    metadata,
    Column("id", Integer, primary_key=True, doc="there is one row"),
    Column("count", BigInteger, nullable=False, doc="of a state that replicas share"),
)

replicas = Table(
    "replicas",
    metadata,
    Column("name", String, primary_key=True),
    Column("began_at", Float, nullable=False),
    Column("seen_at", Float, nullable=False, doc="when it said last that it lives"),
    Column("configuration", String, nullable=False, doc="a digest of what it is configured with"),
    Column("configured_at", Float, nullable=False, doc="when that was first seen, of those alive"),
    Column("doing", JSON, nullable=False, doc="the names of the acts that it is at"),
)

looks = Table(
    "looks",
    metadata,
    Column("name", String, primary_key=True, doc="of the act that looks"),
    Column("revision", String, nullable=False, doc="that of the mappings that it looked for"),
    Column("read_at", Float, doc="when the last one that succeeded began"),
    Column("failed_at", Float, doc="when the last one began, if it failed"),
    Column("changed_at", Float, doc="when one last found a change"),
    Column("replica", String, nullable=False, doc="whose the last one was"),
)

requests = Table(
    "requests",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("name", String, nullable=False, doc="the same in all windows that it counts in"),
    Column("window", String, nullable=False),
    Column("weight", Integer, nullable=False),
    Column("about", String, nullable=False),
    Column("replica", String, nullable=False),
    Column("began_at", Float, nullable=False, doc="all times are the database server's"),
    Column("ended_at", Float),
    Index(None, "window"),
    Index(None, "name"),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String, primary_key=True, doc="of the act"),
    Column("token", String, nullable=False, doc="of this lease alone"),
    Column("replica", String, nullable=False),
    Column("until", Float, nullable=False, doc="by the database server's clock"),
)
