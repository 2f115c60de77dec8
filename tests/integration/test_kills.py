"""Kill -9 anywhere loses nothing and doubles nothing.

A whole platform runs under load over a simulated exchange. One part after the other is killed, each
many times, the next time as soon as rows commit again. Afterwards the stored tape is the exchange's
ledger up to the last id seen, and the candles are the fold of their tape.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from data import CandleSource, InstrumentId, Timeframe, Trade, aggregate
from data.errors import RepositoryUnavailable
from database import (
    Database,
    SqlCandleRepository,
    SqlCollectorStatusRepository,
    SqlHoleRepository,
    SqlTradeRepository,
    open_database,
)
from database.embedded import embedded_servers
from tests.integration.live_platform import Platform, simulated_market
from tests.integration.observing import eventually

pytestmark = [
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.embedded,
]

KILLS = int(os.environ.get("TRUETAPE_KILLS", "10"))
SYMBOLS = ("BTC-USDT", "ETH-USDT", "SOL-USDT")
TIMEFRAMES = (Timeframe.S1, Timeframe.M1, Timeframe.M5, Timeframe.H1)
RATE = 20.0


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    with simulated_market(*SYMBOLS, rate=RATE) as market:
        platform = Platform(market, tmp_path, SYMBOLS, TIMEFRAMES)
        try:
            yield platform
        finally:
            platform.end()


class Watcher:
    """Looks at the store of a running platform, between one kill and the next."""

    def __init__(self, platform: Platform) -> None:
        self._instruments = platform.instruments
        self._database = open_database(platform.info.database_url, pool_size=1)

    def ends(self) -> list[int]:
        """Return the last committed id of each tape; zeros while the store cannot be asked."""
        trades = SqlTradeRepository(self._database)
        try:
            ends = [trades.end(instrument) for instrument in self._instruments]
        except RepositoryUnavailable:
            return [0 for _ in self._instruments]
        return [end.trade_id if end else 0 for end in ends]

    def commits_again(self) -> None:
        """Wait until every tape has grown."""
        eventually(lambda: all(self.ends()), within_s=90)
        first = self.ends()
        eventually(
            lambda: all(end > begin for end, begin in zip(self.ends(), first, strict=True)),
            within_s=90,
        )

    def collector_pid(self) -> int:
        """Return the process that writes the tapes."""
        return SqlCollectorStatusRepository(self._database).all()[0].pid

    def close(self) -> None:
        """Leave the store."""
        self._database.close()


@contextmanager
def watching(platform: Platform) -> Iterator[Watcher]:
    watcher = Watcher(platform)
    try:
        yield watcher
    finally:
        watcher.close()


def kill_collector(platform: Platform) -> None:
    with watching(platform) as watcher:
        os.kill(watcher.collector_pid(), signal.SIGKILL)


def kill_child_named(name: str) -> Callable[[Platform], None]:
    def found(platform: Platform) -> list[psutil.Process]:
        """Return the server's first process: those it forked have it as their parent."""
        alike = [child for child in platform.tree()[1:] if name in _program(child)]
        pids = {child.pid for child in alike}
        return [child for child in alike if _parent(child) not in pids]

    def kill(platform: Platform) -> None:
        eventually(lambda: found(platform))[0].kill()

    return kill


def _program(process: psutil.Process) -> str:
    """Return what a process runs; nothing if it has just ended."""
    try:
        return " ".join(process.cmdline()[:1])
    except psutil.NoSuchProcess:
        return ""


def _parent(process: psutil.Process) -> int | None:
    try:
        return process.ppid()
    except psutil.NoSuchProcess:
        return None


def kill_main(platform: Platform) -> None:
    platform.kill_main()
    platform.start()


def commits_again(platform: Platform) -> None:
    with watching(platform) as watcher:
        watcher.commits_again()


def test_the_tape_survives_every_kill(platform: Platform) -> None:
    platform.start()
    commits_again(platform)
    victims = {
        "collector": kill_collector,
        "PostgreSQL": kill_child_named("postgres"),
        "Redis": kill_child_named("valkey"),
        "main": kill_main,
    }
    for name, kill in victims.items():
        began_s = time.monotonic()
        for _ in range(KILLS):
            kill(platform)
            commits_again(platform)
        print(f"{name}: {KILLS} kills, {(time.monotonic() - began_s) / KILLS:.1f} s each")
    print(f"Ctrl+C took {platform.interrupt():.1f} s")
    with embedded_servers(platform.data_dir) as servers:
        database = open_database(servers.database_url)
        for instrument in platform.instruments:
            _compare(platform, database, instrument)
        database.close()


def _compare(platform: Platform, database: Database, instrument: InstrumentId) -> None:
    tape = _tape(database, instrument)
    truth = platform.market.ledger(instrument, tape[0].trade_id, tape[-1].trade_id)
    assert SqlHoleRepository(database).of(instrument) == []
    assert tape == truth
    candles = SqlCandleRepository(database)
    folded = aggregate(instrument, TIMEFRAMES, tape)
    for timeframe in TIMEFRAMES:
        opening, closing = timeframe.floor(tape[0].time), tape[-1].time
        announced = candles.announced(instrument, timeframe, opening, closing)
        ours = [candle for candle in announced if candle.source is CandleSource.TRADES]
        assert ours == [candle for candle in folded if candle.timeframe is timeframe]


def _tape(database: Database, instrument: InstrumentId) -> list[Trade]:
    trades = SqlTradeRepository(database)
    end = trades.end(instrument)
    assert end is not None
    first = trades.latest(instrument, 1)[0].time.replace(hour=0, minute=0, second=0, microsecond=0)
    span = Timeframe.W1.duration
    pages = trades.between(instrument, first - span, end.time + span)
    return [trade for page in pages for trade in page]
