"""All that speaks to Arize: the transport, the mutation in its dialects, what answers mean."""

from __future__ import annotations

from sheets_sync.arize.client import ArizeClient
from sheets_sync.arize.dialect import DialectSetting
from sheets_sync.arize.lookup import NamedModel, RateLimit

__all__ = ["ArizeClient", "DialectSetting", "NamedModel", "RateLimit"]
