"""The command line."""

from __future__ import annotations

from sheets_sync.cli.commands import main

__all__ = ["main"]
