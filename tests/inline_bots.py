"""A dashboard world that runs bots: tape, strategy and manager in one thread."""

from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

from bot_manager.domain.ports import BotStores
from bot_manager.runtime.manager import BotManager
from bot_manager.runtime.settings import BotManagerSettings
from data import Timeframe
from strategies import Direction, Group, Signal
from strategies.group_progress import GroupAdvance
from strategies.requests import RequestStatus, SignalRequest
from tests.background import repeating
from tests.dashboard_world import BTC, World
from utils.clock import SystemClock

# The strategy is long for HOLDS_S seconds, then flat for as many.
HOLDS_S = 3


class InlineBotEngine:
    """Adds trades of BTC, answers the bots' signal requests, and runs the manager's turns."""

    def __init__(self, world: World) -> None:
        stores = BotStores(
            instruments=world.instruments,
            trades=world.trades,
            requests=world.requests,
            signals=world.signals,
            bots=world.bots,
            ledger=world.ledger,
        )
        self._world = world
        self._manager = BotManager(stores, world.bus, SystemClock(), BotManagerSettings())

    def step(self, at: datetime | None = None) -> None:
        """Add one trade, answer requests, evaluate groups, and run the manager until it is idle."""
        trade = self._world.btc.trade(at=at)
        for status in self._world.requests.all():
            if status.group is None:
                self._answer(status.request, trade.time)
        for group in self._world.signals.groups():
            self._evaluate(group.group, group.evaluated_to, group.target, trade.time)
        while self._manager.turn():
            pass

    def running(self, every_s: float = 0.1) -> AbstractContextManager[None]:
        """Repeat steps in the background."""
        return repeating(self.step, every_s)

    def _answer(self, request: SignalRequest, now: datetime) -> None:
        group = Group(
            instrument=request.instrument,
            timeframe=request.timeframe,
            strategy=request.strategy,
            version="v1",
            parameters=request.parameters,
        )
        self._world.signals.begin(group, request.timeframe.floor(now) - timedelta(seconds=2))
        self._world.requests.save_statuses([RequestStatus(request=request, group=group)])

    def _evaluate(self, group: Group, before: datetime, target: Direction, now: datetime) -> None:
        close = group.timeframe.floor(now)
        if close <= before:
            return
        is_long = int(close.timestamp()) // HOLDS_S % 2 == 0
        direction = Direction.LONG if is_long else Direction.FLAT
        signal = Signal(
            group=group,
            close_time=close,
            direction=direction,
            reason="by the clock",
            window_digest="ab12",
        )
        self._world.signals.commit(
            [
                GroupAdvance(
                    group=group,
                    evaluated_from=before,
                    evaluated_to=close,
                    signals=(signal,) if direction is not target else (),
                )
            ]
        )


def a_bot_form(**more: str) -> dict[str, str]:
    """Return a filled-in form of a bot on 1s candles of BTC."""
    values = {
        "name": "alice",
        "instrument": str(BTC),
        "timeframe": Timeframe.S1.value,
        "strategy": "EmaCrossover",
        "parameters.fast": "5",
    }
    return values | {name.replace("__", "."): value for name, value in more.items()}


def from_now(seconds: float) -> datetime:
    """Return the time `seconds` ahead: commands to bots take effect after the current time."""
    return datetime.now(UTC) + timedelta(seconds=seconds)
