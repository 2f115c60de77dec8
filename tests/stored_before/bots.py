"""Bots that the bot manager ran on the stored tape."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from bot_manager.domain.config import BotConfig, read_bot
from bot_manager.domain.lifecycle import LifecycleEvent
from bot_manager.domain.ports import BotStores
from bot_manager.domain.status import CommandRequest
from bot_manager.domain.versions import first_version
from bot_manager.runtime.manager import BotManager
from bot_manager.runtime.settings import BotManagerSettings
from strategies import Direction, Group, Signal
from strategies.group_progress import GroupAdvance, GroupStatus
from strategies.requests import RequestStatus
from tests.builders import START
from tests.contract.stores import Stores
from tests.fakes.bus import InMemoryBus
from tests.stored_before.market import PARTS, TRADES, Part
from utils.clock import ManualClock

BOTS = ("ann", "bob", "scout")
STRATEGY = "Steady"
"""No strategy of ours: its signals are written below."""


def a_config(name: str, **changes: object) -> BotConfig:
    """Return a bot on minutes of BTC."""
    return read_bot(
        {
            "name": name,
            "instrument": "okx:BTC-USDT",
            "timeframe": "1m",
            "strategy": STRATEGY,
            "capital": "1000",
        }
        | changes
    )


CONFIGS = (
    a_config(
        "scout",
        exits={"stop_loss_bps": 60, "take_profit_bps": 110},
        costs={"slippage_bps": "2.5"},
    ),
    a_config(
        "ann",
        protections={"max_drawdown": "0.2", "daily_loss": "0.1", "cool_down_s": 90},
        latency_ms=250,
    ),
    a_config("bob", exits={"trailing_stop_bps": 80}),
)
SECOND_CONFIG = a_config("ann", capital="250.5")


def _target(close: datetime) -> Direction:
    minute = int((close - START).total_seconds()) // 60
    return Direction.LONG if minute % 8 < 4 else Direction.FLAT


@dataclass
class BotRun:
    """A bot manager, the strategy engine and a user, up to the stored end of the tape."""

    stores: Stores
    clock: ManualClock = field(default_factory=lambda: ManualClock(START))

    def __post_init__(self) -> None:
        stores = BotStores(
            instruments=self.stores.instruments,
            trades=self.stores.trades,
            requests=self.stores.requests,
            signals=self.stores.signals,
            bots=self.stores.bots,
            ledger=self.stores.ledger,
        )
        rules = BotManagerSettings(page_trades=50, checkpoint_s=20.0, stale_after_s=9_000.0)
        self.manager = BotManager(stores, InMemoryBus(), self.clock, rules)
        self.last = 0

    def create(self) -> None:
        """Create the bots, a minute after the start."""
        self.clock.advance(60.0)
        for config in CONFIGS:
            version = first_version(config, actor="ann", reason="to try", made_at=self.clock.now())
            self.stores.bots.create(version)

    def revise(self) -> None:
        """Change the configuration of `ann`."""
        version = self.stores.bots.versions("ann")[-1]
        changed = version.revised(
            SECOND_CONFIG, actor="bob", reason="less", made_at=self.clock.now()
        )
        self.stores.bots.revise(changed)

    def request(self, name: str, *commands: LifecycleEvent) -> None:
        """Give commands to a bot."""
        for command in commands:
            request = CommandRequest(
                bot=name, command=command, actor="ann", reason="so", made_at=self.clock.now()
            )
            self.stores.bots.request([request])

    def follow(self, part: Part) -> None:
        """Advance the bots and their strategy to the end of a stored part."""
        self.last = part.last
        behind_s = (part.trades[-1].time - self.clock.now()).total_seconds()
        self.clock.advance(max(0.0, behind_s + 0.5))
        for _ in range(12):
            self._start_groups()
            for status in self.stores.signals.groups():
                if status.group.strategy == STRATEGY:
                    self._evaluate(status)
            while self.manager.turn():
                pass

    def _start_groups(self) -> None:
        for status in self.stores.requests.all():
            request = status.request
            if status.group is not None or status.problem:
                continue
            group = Group(
                instrument=request.instrument,
                timeframe=request.timeframe,
                strategy=request.strategy,
                version="v1",
                parameters=request.parameters,
            )
            start = request.timeframe.floor(self.clock.now())
            self.stores.signals.begin(group, start - 3 * request.timeframe.duration)
            self.stores.requests.save_statuses([RequestStatus(request=request, group=group)])

    def _evaluate(self, status: GroupStatus) -> None:
        closes = list(self._closes(status))
        if not closes:
            return
        target, signals = status.target, []
        for close in closes:
            if _target(close) is not target:
                target = _target(close)
                signals.append(
                    Signal(
                        group=status.group,
                        close_time=close,
                        direction=target,
                        reason="steady",
                        window_digest="-",
                    )
                )
        advance = GroupAdvance(
            group=status.group,
            evaluated_from=status.evaluated_to,
            evaluated_to=closes[-1],
            signals=tuple(signals),
        )
        self.stores.signals.commit([advance])

    def _closes(self, status: GroupStatus) -> Iterator[datetime]:
        timeframe = status.group.timeframe
        times = [trade.time for trade in TRADES[: self.last]]
        forming = timeframe.floor(times[-1])
        for open_time in sorted({timeframe.floor(time) for time in times}):
            close = open_time + timeframe.duration
            if status.evaluated_to < close <= forming:
                yield close


def run_bots(stores: Stores, commit: Callable[[Part], None]) -> None:
    """Run the bots while the rest of the tape is committed.

    One is paused, revised and started again, one keeps its position and is started again.
    """
    rule, run = LifecycleEvent, BotRun(stores)
    run.create()
    for name in ("scout", "ann"):
        run.request(name, rule.START)
    run.follow(PARTS[0])
    run.request("bob", rule.START)
    run.request("ann", rule.PAUSE)
    run.follow(PARTS[0])
    commit(PARTS[1])
    run.follow(PARTS[1])
    run.request("ann", rule.RESUME)
    run.request("scout", rule.FLATTEN)
    run.follow(PARTS[1])
    run.request("bob", rule.KEEP)
    run.revise()
    run.follow(PARTS[1])
    run.request("bob", rule.START, rule.PAUSE, rule.ARCHIVE)
    commit(PARTS[2])
    run.follow(PARTS[2])
    run.request("ann", rule.STOP)
    run.follow(PARTS[2])
    run.request("scout", rule.STOP)
