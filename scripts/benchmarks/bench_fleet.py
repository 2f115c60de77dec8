"""Benchmark of a fleet of bots on one machine, over the simulated exchange: latency and memory.

A whole platform runs. The latency from the commit of a closing candle to the commit of the fill
that follows from it ends when the fill's message is received, just after its commit: an upper
bound. In every other minute, bots with strategies that raise or never answer run as well.
"""

import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from bot_manager.domain.config import BotConfig, read_bot
from bot_manager.domain.ledger import AccountOrder
from bot_manager.domain.lifecycle import BotState, LifecycleEvent
from bot_manager.domain.topics import FILLS, OrdersMade
from bot_manager.runtime.command_service import BotCommandService
from bot_manager.trading import OrderReason
from data import InstrumentId, Timeframe
from data.topics import CANDLES, CandlesClosed
from database import SqlInstrumentRepository, open_bus, open_database
from database.repositories.bots import SqlBotRepository
from scripts.benchmarks.bench_platform import EXCHANGE, SYMBOLS, memory_mb, platform, wait_until
from scripts.benchmarks.report import BenchRow, alone, compared, print_rows
from scripts.cli.progress import bar
from utils.clock import SystemClock
from utils.messaging import Interest, Message, Subscription

STRATEGIES: tuple[tuple[str, dict[str, object]], ...] = (
    ("EmaCrossover", {"fast": 2, "slow": 4}),
    ("EmaCrossover", {"fast": 3, "slow": 6}),
    ("EmaCrossover", {"fast": 4, "slow": 8}),
    ("EmaCrossover", {"fast": 5, "slow": 9}),
    ("DonchianBreakout", {"length": 5}),
    ("DonchianBreakout", {"length": 8}),
    ("DonchianBreakout", {"length": 13}),
    ("RsiReversion", {"length": 2}),
    ("RsiReversion", {"length": 3}),
    ("RsiReversion", {"length": 5}),
    ("BollingerReversion", {"length": 10}),
    ("MacdCross", {}),
)
BAD = ("Raises", "Endless")
TARGET_P99_MS, TARGET_LATCH_MS, TARGET_GB, TARGET_RATIO = 500.0, 1_000.0, 1.5, 1.1
_EXAMPLE = "Example: uv run scripts/benchmarks/bench_fleet.py --bots 1000 --minutes 10 --json"

app = typer.Typer(add_completion=False)


@dataclass
class FillLatencyRecorder:
    """Receives candles and fills, and records the latency from one to the other."""

    closed: dict[tuple[InstrumentId, datetime], float] = field(default_factory=dict)
    latencies_ms: list[float] = field(default_factory=list)

    def listen(self, subscription: Subscription, instruments: dict[str, InstrumentId]) -> None:
        """Receive the messages of up to a second."""
        for message in subscription.receive(1.0):
            self._process(message, time.perf_counter(), instruments)

    def _process(
        self, message: Message[Any], now_s: float, instruments: dict[str, InstrumentId]
    ) -> None:
        value = message.value()
        if isinstance(value, CandlesClosed):
            for candle in value.candles:
                if candle.timeframe is Timeframe.M1:
                    self.closed.setdefault((value.instrument, candle.close_time), now_s)
        elif isinstance(value, OrdersMade):
            for order in value.orders:
                self._note(order, now_s, instruments.get(order.bot))

    def _note(self, order: AccountOrder, now_s: float, instrument: InstrumentId | None) -> None:
        if order.reason is not OrderReason.SIGNAL or instrument is None:
            return
        closed_s = self.closed.get((instrument, Timeframe.M1.floor(order.time)))
        if closed_s is not None:
            self.latencies_ms.append((now_s - closed_s) * 1e3)


def fleet(count: int) -> list[BotConfig]:
    """Return `count` bots, spread over every instrument and strategy, with varied exits."""
    kinds = list(product(SYMBOLS, STRATEGIES))
    return [_bot(number, *kinds[number % len(kinds)]) for number in range(count)]


def _bot(number: int, symbol: str, strategy: tuple[str, dict[str, object]]) -> BotConfig:
    facts: dict[str, object] = {
        "name": f"bot-{number:04}",
        "instrument": f"{EXCHANGE}:{symbol}",
        "timeframe": "1m",
        "strategy": strategy[0],
        "parameters": strategy[1],
        "exits": {"stop_loss_bps": 50 + number % 200, "take_profit_bps": 60 + number % 300},
    }
    return read_bot(facts)


def bad_bots() -> list[BotConfig]:
    """Return bots whose strategies raise, or never answer."""
    return [
        read_bot(
            {
                "name": f"bad-{name.lower()}-{number}",
                "instrument": f"{EXCHANGE}:{symbol}",
                "timeframe": "1m",
                "strategy": name,
                "allow_unverified": True,
            }
        )
        for name in BAD
        for number, symbol in enumerate(SYMBOLS[:2])
    ]


@dataclass(frozen=True, slots=True)
class FleetMeasurement:
    """Latencies alone and beside bad strategies, the time of a latch, and memory by process."""

    alone: list[float]
    beside: list[float]
    latch_ms: float
    memory_mb: dict[str, float]


def measure(count: int, minutes: int) -> FleetMeasurement:
    """Run a fleet for `minutes` minutes, half of them beside bad strategies."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-fleet-")))
        info, process = stack.enter_context(platform(folder))
        database = open_database(info.database_url, pool_size=2)
        stack.callback(database.close)
        bus = open_bus(info.redis_url, prefix="truetape")
        stack.callback(bus.close)
        bots, instruments = SqlBotRepository(database), SqlInstrumentRepository(database)
        wait_until(
            lambda: len(instruments.all()) >= len(SYMBOLS), "the collectors store no instrument"
        )
        service = BotCommandService(bots, instruments, bus, SystemClock(), "bench")
        configs = fleet(count)
        for config in [*configs, *bad_bots()]:
            service.create(config)
        service.command([config.name for config in configs], LifecycleEvent.START)
        wait_until(lambda: _running_bots(bots) >= count, "the bots do not run")
        time.sleep(30.0)  # The start settles.
        subscription = stack.enter_context(bus.subscribe([Interest(CANDLES), Interest(FILLS)]))
        traded = {config.name: config.instrument_id for config in configs}
        alone, beside = _listen(service, subscription, traded, minutes)
        memory = memory_mb(folder / "data" / "log", process.pid)
        return FleetMeasurement(alone, beside, _latch_ms(service, bots), memory)


def _listen(
    service: BotCommandService,
    subscription: Subscription,
    instruments: dict[str, InstrumentId],
    minutes: int,
) -> tuple[list[float], list[float]]:
    """Record whole minutes in turn, without bad strategies and beside them."""
    alone, beside = FillLatencyRecorder(), FillLatencyRecorder()
    bad = [config.name for config in bad_bots()]
    with bar("minutes of a fleet") as progress:
        for number in range(minutes):
            recorder = (alone, beside)[number % 2]
            service.command(
                bad, LifecycleEvent.START if number % 2 else LifecycleEvent.KILL
            ) if number else None
            middle = Timeframe.M1.floor(SystemClock().now()) + timedelta(seconds=90)
            while SystemClock().now() < middle:
                recorder.listen(subscription, instruments)
            progress((number + 1) / minutes)
    return alone.latencies_ms, beside.latencies_ms


def _running_bots(bots: SqlBotRepository) -> int:
    return sum(status.state is BotState.RUNNING for status in bots.all())


def _latch_ms(service: BotCommandService, bots: SqlBotRepository) -> float:
    """Kill all bots; return the time from the command's row to the rows that latch it."""
    sent = service.command_all(LifecycleEvent.KILL, "the bench is over")
    wait_until(lambda: not bots.pending_fleet_commands(), "the kill is not answered")
    answered = bots.commands("bot-0000")[-1].answered_at
    assert answered is not None
    return (answered - sent.request.made_at).total_seconds() * 1e3


def rows_of(measurement: FleetMeasurement, count: int) -> list[BenchRow]:
    """Return the measurement as rows."""
    percentiles = [float(np.percentile(measurement.alone, percent)) for percent in (50, 99)]
    beside = float(np.percentile(measurement.beside, 99))
    total_gb = sum(measurement.memory_mb.values()) / 1e3
    return [
        _limited(f"candle to fill, {count} bots, p50", percentiles[0], TARGET_P99_MS, "ms"),
        _limited(f"candle to fill, {count} bots, p99", percentiles[1], TARGET_P99_MS, "ms"),
        compared("p99 beside strategies that raise or hang", "alone", beside, percentiles[1], "ms",
            TARGET_RATIO),
        _limited("kill of all: row to latch", measurement.latch_ms, TARGET_LATCH_MS, "ms"),
        *(alone(f"memory of {name}", size, "MB") for name, size in measurement.memory_mb.items()),
        _limited("memory in total", total_gb, TARGET_GB, "GB"),
    ]  # fmt: skip


def _limited(work: str, ours: float, limit: float, unit: str) -> BenchRow:
    return compared(work, "target", ours, limit, unit, 1.0)


@app.command(epilog=_EXAMPLE)
def main(
    bots: Annotated[int, typer.Option(min=1, max=10_000, help="How many.")] = 1_000,
    minutes: Annotated[
        int, typer.Option(min=2, help="To listen; every other one beside bad strategies.")
    ] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON list of rows instead.")] = False,
) -> None:
    """Measure a fleet on six instruments whose minutes close at once."""
    measurement = measure(bots, minutes)
    fills = len(measurement.alone) + len(measurement.beside)
    title = f"{bots:,} bots for {minutes} minutes, {fills:,} fills"
    print_rows(rows_of(measurement, bots), as_json=as_json, title=title)


if __name__ == "__main__":
    app()
