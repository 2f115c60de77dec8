"""The command that collects: processes spread, watched, restarted, and stopped in order."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from data.collectors.store import CollectorStore
from data.status import CollectorState, CollectorStatus
from database.migrate import migrate
from tests.integration.collection import sql_store
from tests.integration.live_platform import ROOT, Market, simulated_market
from tests.integration.waits import eventually

pytestmark = pytest.mark.integration

SYMBOLS = ("BTC-USDT", "ETH-USDT", "SOL-USDT")


@pytest.fixture
def store(database_url: str, redis_url: str, bus_prefix: str) -> Iterator[CollectorStore]:
    migrate(database_url)
    with sql_store(database_url, redis_url, bus_prefix) as opened:
        yield opened


@contextmanager
def collectors(
    folder: Path, market: Market, database_url: str, redis_url: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run the command over a simulated market, two processes for three instruments."""
    config = {
        "name": "spread",
        "exchange": "simulated",
        "instruments": SYMBOLS,
        "timeframes": ["1s", "1m"],
        "processes": 2,
        "history_days": 0,
        "warmup_days": 0,
        "telemetry_s": 0.2,
    }
    (folder / "collectors").mkdir()
    (folder / "collectors" / "spread.json").write_text(json.dumps(config))
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "DATA_DIR": str(folder),
        "COLLECTORS_DIR": str(folder / "collectors"),
        "SIMULATED_REST_URL": market.url,
        "SIMULATED_WS_URL": market.ws_url,
    }
    command = [sys.executable, "scripts/start_collectors.py"]
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def live(store: CollectorStore) -> dict[str, CollectorStatus]:
    """Return the collectors that report live."""
    return {s.name: s for s in store.statuses.all() if s.state is CollectorState.LIVE}


def test_processes_share_the_work_are_restarted_and_stop_without_a_trace(
    tmp_path: Path, store: CollectorStore, database_url: str, redis_url: str
) -> None:
    with (
        simulated_market(*SYMBOLS, rate=5) as market,
        collectors(tmp_path, market, database_url, redis_url) as process,
    ):
        eventually(lambda: len(live(store)) == 2, within_s=120)
        shared = [[s.instrument.symbol for s in each.streams] for each in live(store).values()]
        assert shared == [["BTC-USDT", "SOL-USDT"], ["ETH-USDT"]]
        victim = live(store)["spread-1"]
        os.kill(victim.pid, signal.SIGKILL)

        def is_back() -> bool:
            now = live(store).get("spread-1")
            return now is not None and now.pid != victim.pid and now.trades_committed > 0

        eventually(is_back, within_s=120)
        tree = psutil.Process(process.pid).children(recursive=True)
        assert len(tree) >= 2
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert psutil.wait_procs(tree, timeout=10)[1] == []
        assert {s.state for s in store.statuses.all()} == {CollectorState.STOPPED}


def test_a_wrong_file_is_reported_in_one_line(tmp_path: Path) -> None:
    folder = tmp_path / "collectors"
    folder.mkdir()
    (folder / "bad.json").write_text('{"name": "bad", "exchange": "mtgox", "instruments": ["A-B"]}')
    environment = {
        **os.environ,
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "DATA_DIR": str(tmp_path),
        "COLLECTORS_DIR": str(folder),
    }
    ended = subprocess.run(
        [sys.executable, "scripts/start_collectors.py"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert ended.returncode == 2
    assert "exchange: must be one of okx, simulated, was 'mtgox'" in ended.stderr
