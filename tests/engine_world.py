"""An engine over a store in memory, fed candle by candle, and the replay of its signals."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from data import Candle, InstrumentId, TimeSpan
from data.ports import CandleRepository
from strategies import Group, Signal, Strategy
from strategies.engine.engine import EngineStore, StrategyEngine
from strategies.engine.settings import EngineSettings
from strategies.frame_reader import AnnouncedReader, frames_for
from strategies.group_progress import GroupStatus
from strategies.ports import SignalRepository
from strategies.replay import EvaluationSession, replay_evaluations
from strategies.requests import SignalRequest
from strategies.strategy_handle import LocalStrategy
from tests.builders import BTC, START, a_candle
from tests.fakes import (
    InMemoryCandleRepository,
    InMemoryHistoryRequestRepository,
    InMemoryRequestRepository,
    InMemorySignalRepository,
    InMemoryStore,
    InMemoryStrategyRepository,
)
from tests.fakes.bus import InMemoryBus
from tests.fakes.workers import InlineWorkers
from utils.clock import ManualClock
from utils.isolation import ItemFailures
from utils.messaging import Bus


def some_candles(
    count: int,
    seed: int,
    *,
    first_s: float = 0.0,
    quiet: float = 0.2,
    level: int = 1_000,
    instrument: InstrumentId = BTC,
) -> list[Candle]:
    """Return minutes of a random walk from `first_s` after START on, some without a trade."""
    rng = np.random.default_rng(seed)
    closes = level + np.cumsum(rng.integers(-20, 21, count))
    opens = np.concatenate([[level], closes[:-1]])
    return [
        a_candle(
            first_s + 60 * row,
            ohlc=(
                str(opens[row]),
                str(max(opens[row], closes[row]) + 3),
                str(min(opens[row], closes[row]) - 3),
                str(closes[row]),
            ),
            ids=(row * 10 + 1, row * 10 + 9),
            instrument=instrument,
        )
        for row in range(count)
        if row in (0, count - 1) or rng.random() >= quiet
    ]


@dataclass
class World:
    """A store, and the engine that runs over it."""

    rules: EngineSettings = field(default_factory=EngineSettings)
    memory: InMemoryStore = field(default_factory=InMemoryStore)
    bus: Bus = field(default_factory=InMemoryBus)
    evaluators: InlineWorkers = field(default_factory=InlineWorkers)
    inspectors: InlineWorkers = field(default_factory=InlineWorkers)
    clock: ManualClock = field(default_factory=lambda: ManualClock(START))
    failures: ItemFailures = field(default_factory=ItemFailures)

    def __post_init__(self) -> None:
        self.candles = InMemoryCandleRepository(self.memory)
        self.history_requests = InMemoryHistoryRequestRepository(self.memory)
        self.signals = InMemorySignalRepository(self.memory)
        self.requests = InMemoryRequestRepository(self.memory)
        self.strategies = InMemoryStrategyRepository(self.memory)
        self.restart()

    def restart(self) -> None:
        """Replace the engine by a new one, as after a crash."""
        self.evaluators.close()
        self.inspectors.close()
        store = EngineStore(
            candles=self.candles,
            history_requests=self.history_requests,
            signals=self.signals,
            requests=self.requests,
            strategies=self.strategies,
            bus=self.bus,
        )
        self.engine = StrategyEngine(
            store,
            self.evaluators,
            self.inspectors,
            self.rules,
            self.clock,
            failures=self.failures,
        )

    def request(self, *requests: SignalRequest) -> None:
        """Store requests for groups."""
        self.requests.put(requests)

    def close(self, candles: Iterable[Candle]) -> None:
        """Store closed candles, and the coverage up to each of them."""
        closed = list(candles)
        self.candles.save(closed)
        for candle in closed:
            spans = [TimeSpan(START.replace(year=2020), candle.close_time)]
            self.candles.add_coverage(candle.instrument, candle.timeframe, spans)

    def work(self, steps: int = 1) -> None:
        """Step the engine and advance the clock."""
        for _ in range(steps):
            self.engine.step()
            self.clock.advance(self.rules.poll_s)

    def finish(self) -> None:
        """Make all workers answer, and step the engine until it is idle."""
        self.memory.available = True
        self.evaluators.outcome = self.inspectors.outcome = lambda _: "answers"
        self.work(6)

    def group(self, requester: str = "chart:1") -> GroupStatus:
        """Return the status of the group of an `requester`."""
        status = next(s for s in self.requests.all() if s.request.requester == requester)
        assert status.group is not None, status.problem
        found = self.signals.group(status.group)
        assert found is not None
        return found

    def stored(self, group: Group) -> list[Signal]:
        """Return all signals of a group."""
        return self.signals.last_signals(1_000_000, group)


def replayed(
    candles: CandleRepository, signals: SignalRepository, status: GroupStatus, strategy: Strategy
) -> list[Signal]:
    """Return the signals of a replay over the announced candles, without the skipped ones."""
    group = status.group
    local = LocalStrategy(strategy)
    frames, second_frames = frames_for(
        local,
        candles,
        (group.instrument, group.timeframe),
        TimeSpan(status.started_from, status.evaluated_to),
        AnnouncedReader,
    )
    skips = signals.skips(group, status.started_from, status.evaluated_to.replace(year=2040))
    session = EvaluationSession(
        started_from=status.started_from, evaluated_to=status.evaluated_to, skips=skips
    )
    return [
        change.signal(group)
        for evaluation in replay_evaluations(local, frames, session, second_frames)
        for change in evaluation.changes
    ]


def user_file(folder: Path, name: str = "mine.py", *, body: str = "") -> Path:
    """Write a user's file with a strategy called Mine that rises and falls with its candles."""
    text = f'''"""Mine."""
from strategies import Directions, Strategy, StrategyFrame, decide


class Mine(Strategy):
    """Long on candles that rise."""

    title = "Mine"

    def directions(self, frame: StrategyFrame) -> Directions:
        {body or "pass"}
        return decide(long=frame.close > frame.open, short=frame.close < frame.open)
'''
    path = folder / name
    path.write_text(text)
    return path


ANCHOR_S = float(
    next(s for s in range(0, 4096 * 60 + 60, 60) if (START.timestamp() + s) % (4096 * 60) == 0)
)
"""Seconds from START to the first anchor of minutes."""
