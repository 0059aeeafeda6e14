"""`python -m sheets_sync` is `sheets-sync`."""

from __future__ import annotations

from sheets_sync.cli import main

main()
