"""A whole platform under test: main and its tree, over a simulated exchange beside it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import httpx
import psutil

from data import InstrumentId, Side, Timeframe, Trade
from database.embedded import InstanceInfo, read_info
from tests.integration.waits import eventually
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
EXCHANGE = "simulated"


@dataclass(frozen=True)
class Market:
    """The simulated exchange, over its HTTP API."""

    url: str
    ws_url: str

    def ledger(self, instrument: InstrumentId, first_id: int, last_id: int) -> list[Trade]:
        """Return the exchange's own record of these ids."""
        query = {"inst_id": instrument.symbol, "first_id": first_id, "last_id": last_id}
        answer = httpx.get(f"{self.url}/sim/ledger", params=query, timeout=60).raise_for_status()
        return [_trade(instrument, row) for row in answer.json()["matches"]]


def _trade(instrument: InstrumentId, row: dict[str, str]) -> Trade:
    time = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(row["ts"]))
    return Trade(
        instrument=instrument,
        trade_id=int(row["tradeId"]),
        price=Decimal(row["px"]),
        size=Decimal(row["sz"]),
        side=Side(row["side"]),
        time=time,
        exchange_time=time,
        exchange_source=int(row["source"]),
    )


@contextmanager
def simulated_market(*symbols: str, rate: float) -> Iterator[Market]:
    """Run the simulator for as long as the block lasts."""
    port = free_port()
    command = [
        sys.executable, "scripts/start_simulator.py", "--port", str(port),
        "--rate", str(rate), "--instruments", ",".join(symbols),
    ]  # fmt: skip
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        market = Market(f"http://127.0.0.1:{port}", f"ws://127.0.0.1:{port}")
        try:
            eventually(lambda: _answers(f"{market.url}/api/v5/public/time"), within_s=120)
            yield market
        finally:
            process.terminate()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=1).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


@dataclass
class Platform:
    """`main.py` with a data directory, over a simulated market."""

    market: Market
    folder: Path
    symbols: tuple[str, ...]
    timeframes: tuple[Timeframe, ...]
    port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)
    warmup_days: float = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def data_dir(self) -> Path:
        """Return where its servers keep their files."""
        return self.folder / "data"

    @property
    def instruments(self) -> list[InstrumentId]:
        """Return what it collects."""
        return [InstrumentId(EXCHANGE, symbol) for symbol in self.symbols]

    @property
    def info(self) -> InstanceInfo:
        """Return where it listens."""
        info = read_info(self.data_dir)
        assert info is not None, "the platform does not run"
        return info

    def start(self) -> None:
        """Start main and wait until it prints its address."""
        command = [sys.executable, "main.py"]
        with (self.folder / "main.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self._environment(), stdout=log, stderr=log
            )
        pid = self.process.pid
        eventually(lambda: self._running_as(pid), within_s=120)

    def _running_as(self, pid: int) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.folder / "main.log").read_text()[-3000:]
        info = read_info(self.data_dir)
        return info is not None and info.pid == pid

    def _environment(self) -> dict[str, str]:
        collectors = self.folder / "collectors"
        collectors.mkdir(exist_ok=True)
        config = {
            "name": "under-test",
            "exchange": EXCHANGE,
            "instruments": self.symbols,
            "timeframes": self.timeframes,
            "history_days": 0,
            "warmup_days": self.warmup_days,
            "telemetry_s": 0.2,
        }
        (collectors / "under-test.json").write_text(json.dumps(config))
        unset = {"DATABASE_URL", "REDIS_URL"}
        return {
            **{name: value for name, value in os.environ.items() if name not in unset},
            "DATA_DIR": str(self.data_dir),
            "COLLECTORS_DIR": str(collectors),
            "SIMULATED_REST_URL": self.market.url,
            "SIMULATED_WS_URL": self.market.ws_url,
            "DASHBOARD_PORT": str(self.port),
            "SUPERVISOR_MAX_CRASHES": "1000",
            **self.settings,
        }

    def tree(self) -> list[psutil.Process]:
        """Return main and everything below it."""
        assert self.process is not None
        main = psutil.Process(self.process.pid)
        return [main, *main.children(recursive=True)]

    def kill_main(self) -> None:
        """Kill -9 main and wait until nothing of its tree is left."""
        assert self.process is not None
        tree = self.tree()
        self.process.kill()
        self.process.wait()
        _gone, alive = psutil.wait_procs(tree[1:], timeout=30)
        assert alive == []

    def interrupt(self) -> float:
        """Press Ctrl+C; return the seconds it took, with everything gone and exit code 0."""
        assert self.process is not None
        tree, began_s = self.tree(), time.monotonic()
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(timeout=120) == 0
        took_s = time.monotonic() - began_s
        _gone, alive = psutil.wait_procs(tree[1:], timeout=10)
        assert alive == []
        return took_s

    def end(self) -> None:
        """Leave nothing behind, whatever state the test is in."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
