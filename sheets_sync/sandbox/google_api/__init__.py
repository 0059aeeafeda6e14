"""Google Sheets v4, and Drive v3 `files` and `changes`, as far as the sandbox speaks them.

To add a call: write a function `(Drive, Call) -> dict` in the file of its group and name it in
`routes`. To add a kind of request to spreadsheets.batchUpdate: see `batch_update.py`.
"""

from __future__ import annotations

from sheets_sync.sandbox.google_api.routing import routes

__all__ = ["routes"]
