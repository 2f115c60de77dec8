"""The command at the top: what it refuses, and a whole demonstration from start to stop."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import psycopg2
import pytest
from typer.testing import CliRunner, Result

import main
from config import load_models, load_settings
from data.collectors.config import CollectorConfig
from data.collectors.factory import EXCHANGES
from database.embedded import InstanceInfo, own, read_info
from scripts.cli.app import app
from scripts.composition.alerts import rules_of
from tests.integration.waits import eventually, gone
from tests.ports import free_port
from utils.clock import SystemClock

pytestmark = [pytest.mark.integration, pytest.mark.embedded]

ROOT = Path(__file__).parents[2]


def command(*options: str) -> tuple[int, str]:
    """Run the command in this process; return its exit code and output."""
    result = CliRunner().invoke(main.app, list(options))
    return result.exit_code, result.output


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server((main.LOOPBACK, 0)) as server:
        yield server.getsockname()[1]


def test_a_busy_port_is_refused_before_anything_is_started(tmp_path: Path, taken_port: int) -> None:
    code, printed = command("--demo", "--data-dir", str(tmp_path), "--port", str(taken_port))
    assert code == 2
    assert f"{taken_port} on 127.0.0.1 cannot be used" in printed
    assert "--port" in printed
    assert not (tmp_path / "postgres").exists()


def test_other_hosts_are_refused_without_a_password(tmp_path: Path) -> None:
    code, printed = command("--demo", "--data-dir", str(tmp_path / "data"), "--host", "0.0.0.0")
    assert code == 2
    assert printed.startswith("DASHBOARD_PASSWORD_HASH: must be set")
    assert not (tmp_path / "data").exists()


def test_a_second_start_prints_the_address_of_the_first_one(
    tmp_path: Path, taken_port: int
) -> None:
    with own(tmp_path) as instance:
        instance.announce(
            InstanceInfo(
                pid=4711,
                started_at=SystemClock().now(),
                dashboard_url="http://127.0.0.1:8050",
                database_url="postgresql://truetape@/truetape",
                redis_url="unix:///valkey.sock",
            )
        )
        code, printed = command("--demo", "--data-dir", str(tmp_path), "--port", str(taken_port))
    assert code == 0
    assert "http://127.0.0.1:8050 (process 4711)" in printed


def test_the_demonstration_keeps_away_from_outside_servers_and_the_real_exchange() -> None:
    platform = main.demo_of(load_settings(env_file=None, exchanges=EXCHANGES))
    settings = platform.settings
    assert (settings.database.url, settings.redis.url) == (None, None)
    assert {exchange.rest_url for exchange in settings.exchanges.values()} == {
        f"http://127.0.0.1:{platform.simulator_port}"
    }
    assert settings.folders.data_dir == Path("var/demo")
    names = [service.name for group in main.services_of(platform, settings) for service in group]
    assert names == [
        "health", "simulator", "collectors", "dashboard", "strategies", "bots", "verification",
        "maintenance",
    ]  # fmt: skip


def test_the_demonstration_runs_in_a_folder_without_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = main.demo_of(load_settings(env_file=None, exchanges=EXCHANGES)).settings
    assert rules_of(settings)
    assert load_models(settings.folders.collectors_dir, CollectorConfig)


def test_without_the_demonstration_nothing_is_simulated() -> None:
    settings = load_settings(env_file=None)
    groups = main.services_of(main.Platform(settings=settings), settings)
    assert [[service.name for service in group] for group in groups] == [*map(list, main.SERVICES)]


@pytest.mark.slow
def test_a_demonstration_starts_shows_a_page_is_healthy_and_stops(warm_dir: Path) -> None:
    data_dir = warm_dir / "demo data"
    data_dir.mkdir()
    (warm_dir / "compiled").rename(data_dir / "compiled")
    port = free_port()
    # The directory that a command is given goes before the servers of its environment.
    outside = {"DATABASE_URL": "postgresql://x@127.0.0.1:1/x", "REDIS_URL": "redis://127.0.0.1:1"}

    def health() -> Result:
        options = ["maintenance", "health", "--data-dir", str(data_dir), "--json"]
        return CliRunner().invoke(app, options, env=outside)

    with subprocess.Popen(
        [sys.executable, "main.py", "--demo", "--data-dir", str(data_dir), "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, **outside},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert f"http://127.0.0.1:{port}" in process.stdout.readline()
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz") as answer:
                assert answer.status == 200
            info = read_info(data_dir)
            assert info is not None
            assert info.pid == process.pid
            eventually(lambda: _trades(data_dir) > 0, within_s=120)
            eventually(lambda: health().exit_code == 0, within_s=150, every_s=0.5)
            parts = {finding["part"] for finding in json.loads(health().stdout)["findings"]}
            assert {"platform", "postgresql", "redis", "dashboard"} < parts
            assert "stream simulated:BTC-USDT" in parts
            tree = [child.pid for child in psutil.Process(process.pid).children(recursive=True)]
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=120) == 0
            eventually(lambda: gone(*tree), within_s=10)
            assert read_info(data_dir) is None
            assert health().exit_code == 1
        finally:
            process.kill()


def _trades(data_dir: Path) -> int:
    with closing(
        psycopg2.connect(host=str(data_dir / "run"), user="truetape", dbname="truetape")
    ) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT count(*) FROM trade")
        row = cursor.fetchone()
        return int(row[0]) if row else 0
