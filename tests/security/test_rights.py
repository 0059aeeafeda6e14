from __future__ import annotations

import json
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from sheets_sync.sandbox.server import Sandbox
from tests.sandbox_client import Control
from tests.service import Service, answer

Run = Callable[..., "subprocess.CompletedProcess[str]"]

NOBODY = 10001
"""The image's user."""
ROOT = Path(__file__).parents[2]
PROBE = """
import json, os, pathlib, sys
def can_write(folder):
    try:
        (pathlib.Path(folder) / "probe").write_text("x")
    except OSError:
        return False
    return True
lines = pathlib.Path("/proc/self/status").read_text().splitlines()
print(json.dumps({
    "uid": os.getuid(),
    "rights": [line.split()[1] for line in lines if line.startswith(("CapEff", "CapPrm"))],
    "gains": [line.split()[1] for line in lines if line.startswith("NoNewPrivs")],
    "writes": [folder for folder in sys.argv[1:] if can_write(folder)],
}))
"""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs as `docker run --read-only --cap-drop ALL` does; only `state` can be written."""
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        pytest.skip("bwrap (bubblewrap) is not installed")
    state = tmp_path / "state"
    state.mkdir()
    jail = [bwrap, "--unshare-user", "--uid", str(NOBODY), "--gid", str(NOBODY)]
    jail += ["--cap-drop", "ALL", "--die-with-parent", "--new-session", "--unshare-pid"]
    jail += ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
    jail += ["--ro-bind", tempfile.gettempdir(), tempfile.gettempdir()]  # where it is in /dev
    jail += ["--bind", str(state), str(state), "--chdir", "/", "--clearenv"]
    jail += ["--setenv", "HOME", "/", "--setenv", "ARIZE_API_KEY", "a-key-of-the-sandbox"]
    jail += ["--setenv", "PYTHONDONTWRITEBYTECODE", "1"]

    def jailed(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - our own program
            [*jail, *words], capture_output=True, text=True, timeout=60, check=False
        )

    tried = jailed([sys.executable, "-c", ""])
    if tried.returncode:
        pytest.skip(f"this machine lets nobody make a namespace: {tried.stderr.strip()}")
    return jailed


def test_the_program_needs_no_rights(
    run: Run, sandbox: Sandbox, control: Control, tmp_path: Path
) -> None:
    """`check`, `once` and `status`, without a right to anything but the folder of the state."""
    state = tmp_path / "state"
    folders = ["/", "/etc", "/tmp", str(Path.home()), str(ROOT), str(tmp_path), str(state)]  # noqa: S108 - it must not be written
    probe = json.loads(run([sys.executable, "-c", PROBE, *folders]).stdout)
    assert probe == {
        "uid": NOBODY,
        "rights": ["0000000000000000"] * 2,
        "gains": ["1"],
        "writes": [str(state)],
    }

    service = Service(sandbox.contact, control, tmp_path, rows=[answer(1, "ok", 4, "", "Ada")])
    service.sections = {"state": f"sqlite:///{state}/sheets-sync.db"}
    service.path.write_text(yaml.safe_dump(service.settings()), "utf-8")
    program = str(Path(sys.executable).with_name("sheets-sync"))
    for command in ("check", "once", "status"):
        done = run([program, command, "--config", str(service.path)])
        assert (done.returncode, done.stderr.count("Traceback")) == (0, 0), done.stderr
    assert list(service.labels().values()) == ["Satisfactory"]
    assert all(text.startswith("Synced") for text in service.statuses().values())
    modes = {stat.S_IMODE(file.stat().st_mode) for file in state.glob("sheets-sync.db*")}
    assert modes == {0o600}


def compose() -> dict[str, Any]:
    """The service of compose.yaml."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
    service: dict[str, Any] = found["services"]["sheets-sync"]
    return service


def test_the_image_has_no_rights_either() -> None:
    """Dockerfile, compose.yaml and the documented command ask for the same."""
    service = compose()
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["tmpfs"] == ["/tmp"]  # noqa: S108 - in the container
    assert not service.keys() & {"privileged", "cap_add", "user", "network_mode", "pid"}
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert [volume for volume in service["volumes"] if not volume.endswith(":ro")] == [
        "state:/state"
    ]
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    last_stage = lines[max(at for at, line in enumerate(lines) if line.startswith("FROM")) :]
    assert f"--uid {NOBODY} " in "".join(last_stage)
    users = [line for line in last_stage if line.startswith("USER")]
    assert users == [f"USER {NOBODY}:{NOBODY}"]
    documented = " ".join((ROOT / "docs" / "operations.md").read_text("utf-8").split())
    for option in (
        "--read-only",
        "--tmpfs /tmp",
        "--cap-drop ALL",
        "--security-opt no-new-privileges",
    ):
        assert option in documented
