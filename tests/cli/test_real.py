"""What commands in tests are started by is as good as a fresh interpreter."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import Command

ENVIRONMENT = {"COLUMNS": "60", "LANG": "C.UTF-8", "PYTHONPATH": str(Path(__file__).parents[2])}


@pytest.mark.parametrize(
    "words",
    [["--help"], ["schema"], ["once", "--config", "sheets.yaml"], ["plan", "--what"]],
    ids=" ".join,
)
def test_a_command_says_and_ends_the_same(words: list[str], tmp_path: Path) -> None:
    """Exit code, output and complaints, in the same folder with the same environment."""
    real = subprocess.run(  # noqa: S603 - the installed command
        [Path(sys.executable).with_name("sheets-sync"), *words],
        env=ENVIRONMENT,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    command = Command(words, ENVIRONMENT, tmp_path)
    shown, errors = command.communicate()
    found = command.returncode, shown, errors
    assert found == (real.returncode, real.stdout, real.stderr)
    assert shown + errors
