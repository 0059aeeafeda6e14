"""What is deployed says the same as the program and its image."""

from __future__ import annotations

import re
import tomllib
from configparser import ConfigParser
from typing import Any

import pytest
import yaml
from typer.main import get_command

from sheets_sync.cli.commands import cli
from sheets_sync.cli.endings import BAD_CONFIG
from sheets_sync.console.access import PASSWORD, Access, Address
from sheets_sync.errors import ConfigError
from tests.docs.pages import ROOT

IMAGE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
REPLICAS = "kubernetes-replicas.yaml"
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))


def manifest(kind: str, file: str = "kubernetes.yaml") -> dict[str, Any]:
    """The Kubernetes object of this kind."""
    text = (ROOT / "deploy" / file).read_text(encoding="utf-8")
    (found,) = [part for part in yaml.safe_load_all(text) if part["kind"] == kind]
    return dict(found)


def test_all_images_are_of_this_version() -> None:
    """compose.yaml and Kubernetes name the image of the version in pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pod = manifest("Deployment")["spec"]["template"]["spec"]
    images = {COMPOSE["services"]["sheets-sync"]["image"], pod["containers"][0]["image"]}
    assert images == {f"sheets-sync:{project['version']}"}


def test_kubernetes_runs_one_as_the_image_means_it() -> None:
    """One replica of the image's user, whose state and configuration stand as in the image."""
    spec = manifest("Deployment")["spec"]
    pod = spec["template"]["spec"]
    (container,) = pod["containers"]
    user = f"{pod['securityContext']['runAsUser']}:{pod['securityContext']['runAsGroup']}"
    mounted = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    volumes = {volume["name"] for volume in pod["volumes"]}
    assert (spec["replicas"], spec["strategy"]["type"]) == (1, "Recreate")
    assert f"USER {user}\n" in IMAGE
    assert f'VOLUME ["{mounted["state"]}"]' in IMAGE
    assert container["args"][:3] == ["run", "--config", mounted["config"]]
    assert volumes == mounted.keys()
    assert manifest("PersistentVolumeClaim")["metadata"]["name"] in str(pod["volumes"])


def test_replicas_are_deployed_as_one_is() -> None:
    """But for the state's volume and its number: its address is a secret, and a scaler decides."""
    one, many = manifest("Deployment"), manifest("Deployment", REPLICAS)
    pods = [found["spec"]["template"]["spec"] for found in (one, many)]
    (alone,), (shared,) = (pod["containers"] for pod in pods)
    scaler = manifest("HorizontalPodAutoscaler", REPLICAS)["spec"]
    state = [env for env in shared["env"] if env["name"] == "SHEETS_SYNC_STATE"]
    shared["env"] = [env for env in shared["env"] if env not in state]
    alone["volumeMounts"] = [m for m in alone["volumeMounts"] if m["name"] != "state"]
    pods[0]["volumes"] = [v for v in pods[0]["volumes"] if v["name"] != "state"]
    pods[0]["securityContext"].pop("fsGroup")

    assert pods[0] == pods[1]
    assert "secretKeyRef" in state[0]["valueFrom"]
    assert "replicas" not in many["spec"]
    assert scaler["scaleTargetRef"]["name"] == many["metadata"]["name"]
    assert scaler["minReplicas"] > 1
    compose = COMPOSE["services"]["replicas"]
    assert compose["profiles"] == COMPOSE["services"]["postgres"]["profiles"] == ["postgres"]
    assert not any("/state" in volume for volume in compose["volumes"])


def test_the_console_is_served_behind_a_password() -> None:
    """Compose and Kubernetes let in who knows it; Compose opens the port to this machine alone."""
    compose = COMPOSE["services"]["sheets-sync"]
    (container,) = manifest("Deployment")["spec"]["template"]["spec"]["containers"]
    (opened,) = compose["ports"]
    local, _, inside = opened.rpartition(":")
    secrets = {
        one["name"] for one in container["env"] if "secretKeyRef" in one.get("valueFrom", {})
    }
    said = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    for words in (compose["command"], container["args"]):
        assert words[0] == "run"
        address = Address.of(words[words.index("--console") + 1])
        assert (address.host, str(address.port)) == ("0.0.0.0", inside)  # noqa: S104 - in a container
    with pytest.raises(ConfigError):
        Access(address.host, {"ARIZE_API_KEY": "a-key-of-arize"})
    assert local.startswith("127.0.0.1:")
    assert container["ports"][0]["containerPort"] == int(inside)
    assert PASSWORD in secrets
    assert f"`{PASSWORD}=…`" in said


def test_the_image_has_what_the_console_needs() -> None:
    """What is installed by its hash holds every extra that the image is installed with."""
    (extras,) = re.findall(r"pip install --no-deps --no-build-isolation '\.\[(.+)]'", IMAGE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pinned = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    for extra in extras.split(","):
        for wanted in project["optional-dependencies"][extra]:
            (name,) = re.findall(r"^[a-z-]+", wanted)
            assert re.search(rf"^{name}==", pinned, re.MULTILINE), name


def test_probes_ask_what_is_answered() -> None:
    """The container's port has a name that all probes use, and the pages are served."""
    (container,) = manifest("Deployment")["spec"]["template"]["spec"]["containers"]
    served = (ROOT / "sheets_sync" / "observability" / "http.py").read_text(encoding="utf-8")
    asked = [container[f"{kind}Probe"]["httpGet"] for kind in ("startup", "liveness", "readiness")]
    assert {probe["port"] for probe in asked} == {container["ports"][0]["name"]}
    assert all(f'Route("{probe["path"]}"' in served for probe in asked)


def test_all_leave_time_to_stop() -> None:
    """Each waits 240 s for the requests in flight."""
    pod = manifest("Deployment")["spec"]["template"]["spec"]
    assert pod["terminationGracePeriodSeconds"] == 240
    assert COMPOSE["services"]["sheets-sync"]["stop_grace_period"] == "4m"
    assert unit()["TimeoutStopSec"] == "4min"


def unit() -> dict[str, str]:
    """The unit's section about the program; of a key that stands twice, the last."""
    parser = ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(ROOT / "deploy" / "sheets-sync.service", encoding="utf-8")
    return dict(parser["Service"])


def test_systemd_starts_a_real_command_without_rights() -> None:
    """Its user exists only while it runs, and a wrong configuration does not start again."""
    found = unit()
    _, command, option, _ = found["ExecStart"].split()
    options = {name for param in get_command(cli).commands[command].params for name in param.opts}  # type: ignore[attr-defined]
    assert option in options
    assert found["RestartPreventExitStatus"] == str(BAD_CONFIG)
    assert re.search(r"/var/lib/(.+)", found["WorkingDirectory"])[1] == found["StateDirectory"]  # type: ignore[index]
    assert (found["DynamicUser"], found["NoNewPrivileges"]) == ("yes", "yes")
    assert (found["ProtectSystem"], found["CapabilityBoundingSet"]) == ("strict", "")
