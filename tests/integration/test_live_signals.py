"""Law 4 for signals on real servers: what the engine stored is what the batch computes.

A collector over a simulated exchange with faults closes candles twenty times as fast as live; the
engine's process is killed again and again; a user's strategy raises, hangs and recovers. Afterwards
the stored signals are those of the batch over the announced candles, the skipped ones left out.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest

from data import InstrumentId, Timeframe
from data.collectors.store import CollectorStore
from data.simulator import Limits, Simulator, SimulatorConfig
from data.simulator.faults import kinds
from database import open_database
from database.migrate import migrate
from database.repositories.signal_requests import SqlRequestRepository
from database.repositories.signals import SqlSignalRepository
from strategies import Strategy
from strategies.library import DonchianBreakout, EmaCrossover, RsiReversion
from strategies.requests import SignalRequest
from strategies.user_code.loader import load_file
from tests.engine_world import replayed
from tests.integration.collection import SYMBOLS, Collection, a_collection, hasty_config, sql_store
from tests.integration.live_platform import ROOT
from tests.integration.waits import eventually

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(600)]

EXCHANGE = "live-signals"
KILLS = int(os.environ.get("TRUETAPE_KILLS", "4"))
SECONDS_BETWEEN_KILLS = 4.0
MOODS = ("", "raises", "hangs", "")
TIMEFRAMES = (Timeframe.S1, Timeframe.M1)
FAULTS = [
    kinds.DropMessage(probability=0.05),
    kinds.Duplicate(probability=0.2),
    kinds.Disconnect(every_s=3.1, start_s=0.5),
]
MOODY = '''"""Follows candles, in a bad mood now and then."""
import pathlib

from strategies import Directions, Strategy, StrategyFrame, decide

MOOD = pathlib.Path(__file__).with_suffix(".mood")


class Moody(Strategy):
    def directions(self, frame: StrategyFrame) -> Directions:
        mood = MOOD.read_text() if MOOD.exists() else ""
        while mood == "hangs":
            pass
        if mood == "raises":
            raise LookupError(mood)
        return decide(long=frame.close > frame.open, short=frame.close < frame.open)
'''
REQUESTED: list[tuple[type[Strategy], str]] = [
    (EmaCrossover, '{"fast":2,"slow":4}'),
    (RsiReversion, '{"length":2}'),
    (DonchianBreakout, '{"length":10}'),
]


@contextmanager
def an_engine(environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run the command, killed at the end of the block."""
    command = [sys.executable, "scripts/start_strategies.py"]
    with (
        log.open("ab") as out,
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


def requests(timeframes: tuple[Timeframe, ...]) -> list[SignalRequest]:
    """Request every strategy on every series, and the moody one."""
    names = [(kind.__name__, parameters) for kind, parameters in REQUESTED] + [("Moody", "{}")]
    return [
        SignalRequest(
            requester=f"chart:{strategy}:{symbol}:{timeframe}",
            instrument=InstrumentId(EXCHANGE, symbol),
            timeframe=timeframe,
            strategy=strategy,
            parameters=parameters,
            allow_unverified=True,
        )
        for symbol in SYMBOLS
        for timeframe in timeframes
        for strategy, parameters in names
    ]


async def test_live_signals_are_the_batchs_after_kills_and_faults(
    database_url: str, redis_url: str, bus_prefix: str, warm_dir: Path
) -> None:
    migrate(database_url)
    environment = _environment(warm_dir, database_url, redis_url, bus_prefix)
    database = open_database(database_url)
    request_store, signals = SqlRequestRepository(database), SqlSignalRepository(database)
    config = hasty_config(EXCHANGE, timeframes=TIMEFRAMES)
    simulated = SimulatorConfig(
        seed=7, speed=20.0, instruments=SYMBOLS, limits=Limits(idle_s=3.0, connects_per_s=30)
    )
    request_store.put(requests(TIMEFRAMES))
    with sql_store(database_url, redis_url, bus_prefix) as store:
        async with Simulator(simulated) as simulator:
            collection = a_collection(simulator, store, config)
            async with collection.running():
                await collection.until_stored()
                await collection.inject_faults(FAULTS)
                await _run_and_kill_engines(environment, warm_dir, signals)
                await collection.clear_faults()
                await collection.until_stored()
        with an_engine(environment, warm_dir / "engine.log"):
            newest = _newest(collection)
            caught_up = partial(_all_at, signals, newest)
            await asyncio.to_thread(eventually, caught_up, within_s=120)
        _compare(store, signals, warm_dir)
    database.close()


async def _run_and_kill_engines(
    environment: dict[str, str], folder: Path, signals: SqlSignalRepository
) -> None:
    """Run and kill engines, in every mood of the user's strategy."""
    mood = folder / "strategies" / "moody.mood"
    for text in (*MOODS, *[""] * KILLS)[:KILLS]:
        mood.write_text(text)
        seen = partial(_has_seen_mood, signals, text, _skips(signals))
        with an_engine(environment, folder / "engine.log"):
            await asyncio.to_thread(eventually, seen, within_s=200)
            await asyncio.sleep(SECONDS_BETWEEN_KILLS)


GROUPS = len(SYMBOLS) * len(TIMEFRAMES) * (len(REQUESTED) + 1)
ALWAYS = (datetime.fromisoformat("2020-01-01T00:00Z"), datetime.fromisoformat("2040-01-01T00:00Z"))


def _has_seen_mood(signals: SqlSignalRepository, mood: str, skips: int) -> bool:
    """Return whether all groups started, and the mood had its effect."""
    return len(signals.groups()) == GROUPS and (not mood or _skips(signals) > skips)


def _skips(signals: SqlSignalRepository) -> int:
    return sum(len(signals.skips(status.group, *ALWAYS)) for status in signals.groups())


def _newest(collection: Collection) -> dict[tuple[InstrumentId, Timeframe], datetime]:
    """Return when the newest stored candle of each series closes."""
    return {
        (instrument, timeframe): collection.announced(instrument, timeframe)[-1].close_time
        for instrument in collection.config.ids
        for timeframe in collection.config.timeframes
    }


def _all_at(
    signals: SqlSignalRepository, newest: dict[tuple[InstrumentId, Timeframe], datetime]
) -> bool:
    return all(
        status.evaluated_to == newest[status.group.instrument, status.group.timeframe]
        for status in signals.groups()
    )


def _compare(store: CollectorStore, signals: SqlSignalRepository, folder: Path) -> None:
    kinds_by_name = {kind.__name__: kind for kind, _ in REQUESTED}
    moody = load_file(folder / "strategies" / "moody.py").sources[0].kind
    signal_count = 0
    for status in signals.groups():
        group = status.group
        kind = kinds_by_name.get(group.strategy, moody)
        strategy = kind.model_validate_json(group.parameters)
        stored = signals.signals(group, *ALWAYS)
        assert stored == replayed(store.candles, signals, status, strategy)
        signal_count += len(stored)
    assert len(signals.groups()) == GROUPS
    print(f"{signal_count} signals, {_skips(signals)} skips in {len(signals.groups())} groups")
    assert signal_count > 100
    assert _skips(signals) > 2


def _environment(
    folder: Path, database_url: str, redis_url: str, bus_prefix: str
) -> dict[str, str]:
    (folder / "strategies").mkdir()
    (folder / "strategies" / "moody.py").write_text(MOODY)
    config = {"strategy": "EmaCrossover", "title": "Nobody's", "instruments": []}
    (folder / "nobody.json").write_text(json.dumps(config))
    return {
        **os.environ,
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "REDIS_PREFIX": bus_prefix,
        "DATA_DIR": str(folder),
        "STRATEGIES_DIR": str(folder),
        "USER_STRATEGIES_DIR": str(folder / "strategies"),
        "STRATEGIES_BUDGET_S": "1",
        "STRATEGIES_HISTORY_CANDLES": "300",
    }
