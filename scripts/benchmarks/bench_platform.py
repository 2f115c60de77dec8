"""A whole platform to measure: main over a simulated exchange, in its own folder."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

import psutil

from database.embedded import InstanceInfo, read_info

T = TypeVar("T")

ROOT = Path(__file__).parents[2]
EXCHANGE = "simulated"
SYMBOLS = ("BTC-USDT", "ETH-USDT", "SOL-USDT", "DOGE-USDT", "BTC-USDT-SWAP", "ETH-USDT-SWAP")
BAD_FILE = '''"""Strategies that raise or never answer."""
from strategies import Directions, Strategy, StrategyFrame


class Raises(Strategy):
    def directions(self, frame: StrategyFrame) -> Directions:
        raise LookupError("on purpose")


class Endless(Strategy):
    def directions(self, frame: StrategyFrame) -> Directions:
        while True:
            pass
'''
_TIMEOUT_S = 600.0


@contextmanager
def platform(folder: Path) -> Iterator[tuple[InstanceInfo, subprocess.Popen[bytes]]]:
    """Run a simulated exchange, and main over it, until the block ends."""
    exchange = _free_port()
    simulator = [sys.executable, "scripts/start_simulator.py", "--port", str(exchange)]
    with ExitStack() as stack:
        stack.enter_context(_running(simulator, ROOT, folder / "simulator.log"))
        _configure(folder, exchange)
        main = _running([sys.executable, str(ROOT / "main.py")], folder, folder / "main.log")
        process = stack.enter_context(main)
        info = wait_until(lambda: read_info(folder / "data"), "main does not start")
        assert info is not None
        yield info, process


@contextmanager
def _running(command: list[str], folder: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with (
        log.open("ab") as out,
        subprocess.Popen(command, cwd=folder, stdout=out, stderr=out) as process,
    ):
        try:
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def _configure(folder: Path, exchange: int) -> None:
    """Write the settings and configurations that main reads from its working directory."""
    for name in ("collectors", "strategies", "user", "bots"):
        (folder / name).mkdir()
    collector = {
        "name": "fleet",
        "exchange": EXCHANGE,
        "instruments": SYMBOLS,
        "timeframes": ["1m"],
        "history_days": 0.5,
    }
    (folder / "collectors" / "fleet.json").write_text(json.dumps(collector))
    idle = {"strategy": "EmaCrossover", "title": "Unused", "instruments": []}
    (folder / "strategies" / "idle.json").write_text(json.dumps(idle))
    (folder / "user" / "bad.py").write_text(BAD_FILE)
    settings = {
        "DATA_DIR": folder / "data",
        "COLLECTORS_DIR": folder / "collectors",
        "STRATEGIES_DIR": folder / "strategies",
        "USER_STRATEGIES_DIR": folder / "user",
        "BOTS_DIR": folder / "bots",
        "ALERTS_DIR": ROOT / "config" / "alerts",
        "SIMULATED_REST_URL": f"http://127.0.0.1:{exchange}",
        "SIMULATED_WS_URL": f"ws://127.0.0.1:{exchange}",
        "DASHBOARD_PORT": _free_port(),
        "STRATEGIES_HISTORY_CANDLES": 60,
    }
    lines = "".join(f"{name}={value}\n" for name, value in settings.items())
    (folder / ".env").write_text(lines)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def wait_until(condition: Callable[[], T], problem: str) -> T:
    until_s = time.monotonic() + _TIMEOUT_S
    while not (answer := condition()):
        if time.monotonic() > until_s:
            raise TimeoutError(problem)
        time.sleep(0.2)
    return answer


def memory_mb(logs: Path, main: int) -> dict[str, float]:
    """Return the memory of every process of the platform, shared pages counted once."""
    names = dict(_named_by(log) for log in logs.glob("*.jsonl"))
    found: dict[str, float] = {}
    for process in [psutil.Process(main), *psutil.Process(main).children(recursive=True)]:
        try:
            name = names.get(process.pid) or Path(process.cmdline()[0].split(":")[0]).name
            size = process.memory_full_info().pss / 1e6
        except (psutil.Error, IndexError):
            continue  # It has just ended.
        found[name] = found.get(name, 0.0) + size
    return dict(sorted(found.items(), key=lambda one: -one[1]))


def _named_by(log: Path) -> tuple[int, str]:
    """Return the process id and name of a log's last line."""
    last = json.loads(log.read_text().splitlines()[-1])
    return last["pid"], last["process"]
