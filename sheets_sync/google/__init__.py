"""All that speaks to Google."""

from __future__ import annotations

import os
from pathlib import Path

try:
    Path.home()
except RuntimeError:  # gspread asks for it when it is imported; a container's user may have none
    os.environ["HOME"] = "/"
