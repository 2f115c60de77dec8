"""The image and docker-compose.yml fit the settings and the wheel; there need not be an engine."""

import json
import re
import tomllib
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml

from config import load_settings, variable_names
from config.sections import FolderSettings
from data.collectors.factory import EXCHANGES
from scripts.cli.app import COMMANDS
from tests.architecture.test_structure import PACKAGES
from utils.alerts.notify.formats import RUNBOOK

ROOT = Path(__file__).parents[2]
COMPOSE = (ROOT / "docker-compose.yml").read_text()
SERVICES: dict[str, Any] = yaml.safe_load(COMPOSE)["services"]
APP = SERVICES["app"]
DOCKERFILE = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())
EXAMPLE = dict(
    line.split("=", 1)
    for line in (ROOT / ".env.example").read_text().splitlines()
    if line and not line.startswith("#")
)
WHEEL = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]
REFERENCE = re.compile(r"(?<!\$)\$\{(?P<name>\w+)(:-(?P<default>[^}]*)|:\?[^}]*)?\}")
PINNED = re.compile(r"[\w./-]+:\d+\.\d+(\.\d+)?(-[\w.]+)*")


def filled_in(text: object, values: dict[str, str]) -> str:
    """Return a value of the compose file as Compose reads it."""
    return REFERENCE.sub(lambda found: values[found["name"]] or found["default"] or "", str(text))


def instructions(name: str) -> list[str]:
    return re.findall(rf"(?m)^{name} (.+)$", DOCKERFILE)


def test_every_image_is_pinned_by_version() -> None:
    used = [service["image"] for service in SERVICES.values() if "image" in service]
    used += [line.split()[0] for line in instructions("FROM")]
    assert len(used) == 4
    assert [image for image in used if not PINNED.fullmatch(image)] == []


def test_the_app_gets_every_variable_of_the_env_file() -> None:
    assert APP["env_file"] == ".env"


def test_the_env_file_requires_no_variable_but_settings_and_those_of_compose() -> None:
    referred = {found["name"] for found in REFERENCE.finditer(COMPOSE)}
    assert referred - EXAMPLE.keys() == set()
    known = set(variable_names(EXCHANGES))
    assert EXAMPLE.keys() - known == referred - known


def test_what_compose_sets_are_settings_and_can_be_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert APP["environment"].keys() <= set(variable_names(EXCHANGES))
    env = EXAMPLE | {"POSTGRES_PASSWORD": "one", "REDIS_PASSWORD": "two", "LOG_LEVEL": "DEBUG"}
    (tmp_path / ".env").write_text("\n".join(f"{name}={value}" for name, value in env.items()))
    for name in variable_names(EXCHANGES):
        monkeypatch.delenv(name, raising=False)
    for name, value in APP["environment"].items():
        monkeypatch.setenv(name, filled_in(value, env))
    settings = load_settings(tmp_path / ".env")
    assert settings.database.url is not None
    assert settings.redis.url is not None
    assert settings.database.url.reveal() == "postgresql://truetape:one@database:5432/truetape"
    assert settings.redis.url.reveal() == "redis://:two@redis:6379/0"
    assert settings.log.level == "DEBUG"
    assert settings.dashboard.allowed_hosts == ("localhost",)
    assert [filled_in(port, env) for port in APP["ports"]] == [
        f"127.0.0.1:{EXAMPLE['DASHBOARD_PORT']}:{settings.dashboard.port}"
    ]


@pytest.mark.parametrize("name", FolderSettings.model_fields)
def test_every_folder_of_the_settings_is_mounted(name: str) -> None:
    home = PurePosixPath(instructions("WORKDIR")[-1])
    folder = home / APP["environment"].get(name.upper(), FolderSettings.model_fields[name].default)
    mounted = [PurePosixPath(volume.split(":")[1]) for volume in APP["volumes"]]
    assert any(folder.is_relative_to(place) for place in mounted)


def test_the_image_installs_pinned_packages_then_the_wheel_alone() -> None:
    installs = [line for line in instructions("RUN") if "pip install" in line]
    assert installs[1:] == [
        "uv pip install --require-hashes -r requirements.txt",
        "uv pip install --no-deps .",
    ]
    assert re.search(r"\buv==\d", installs[0])
    assert "uv sync" not in DOCKERFILE


def test_the_wheel_holds_all_that_runs_and_what_pages_read() -> None:
    assert set(WHEEL["wheel"]["only-include"]) == {*PACKAGES, "main.py", RUNBOOK}


def test_the_image_starts_commands_of_the_wheel_and_imports_nothing_from_its_folder() -> None:
    assert any("PYTHONSAFEPATH=1" in line.split() for line in instructions("ENV"))
    commands = [json.loads(found) for found in re.findall(r"CMD (\[.+\])", DOCKERFILE)]
    assert len(commands) == 2
    for truetape, group, name, *_ in commands:
        assert truetape == "truetape"
        assert name in COMMANDS[group]


def test_no_secret_and_no_lock_file_goes_into_the_image() -> None:
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".env", ".env.*", ".git", "uv.lock", "user_strategies", "var"} <= set(ignored)
