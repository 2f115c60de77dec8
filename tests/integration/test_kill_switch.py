"""The kill switch on a real database: one row latches every bot, also without Redis and main."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from bot_manager.domain.lifecycle import BotState, LifecycleEvent
from bot_manager.domain.ports import BotStores
from bot_manager.runtime.command_service import BotCommandService
from bot_manager.runtime.manager import BotManager
from bot_manager.runtime.settings import BotManagerSettings
from bot_manager.trading import OrderReason
from data import EPOCH, TapeBatch, Timeframe, Trade
from data.ports import TapeWriter
from database import open_bus, open_database
from database.migrate import migrate
from scripts.composition.bots import bot_stores
from strategies import Direction, Group, Signal
from strategies.group_progress import GroupAdvance, GroupStatus
from strategies.requests import RequestStatus
from tests.builders import BTC, a_trade, an_instrument
from tests.integration.waits import eventually
from tests.unit.bot_manager.bot_builders import a_bot
from utils.clock import SystemClock

pytestmark = [pytest.mark.integration]

NAMES = [f"bot-{number:02}" for number in range(20)]
ROUNDS = 3
ACCEPTED_WITHIN = timedelta(seconds=1)
CLOCK = SystemClock()


@contextmanager
def running_manager(stores: BotStores) -> Iterator[None]:
    """Run a manager that receives no notifications."""
    bus = open_bus("redis://127.0.0.1:1/0", prefix="deaf")
    stop = threading.Event()
    manager = BotManager(stores, bus, CLOCK, BotManagerSettings())
    thread = threading.Thread(target=manager.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        bus.close()


class LiveMarket:
    """Trades and evaluations by hand, in real time."""

    def __init__(self, stores: BotStores, writer: TapeWriter) -> None:
        self._stores = stores
        self._writer = writer
        self._trade_id = 0

    def trade(self) -> int:
        """Store one trade now; return its id."""
        self._trade_id += 1
        trade = a_trade(self._trade_id, price=Decimal(100))
        now = CLOCK.now()
        trade = Trade(**_facts(trade) | {"time": now, "exchange_time": now})
        self._writer.commit([TapeBatch(instrument=BTC, trades=[trade])])
        return self._trade_id

    def evaluate(self, direction: Direction) -> None:
        """Answer every request, and evaluate the newest minute so."""
        for status in self._stores.requests.all():
            request = status.request
            group = Group(
                instrument=BTC,
                timeframe=Timeframe.M1,
                strategy=request.strategy,
                version="v1",
                parameters=request.parameters,
            )
            close = Timeframe.M1.floor(CLOCK.now()) + Timeframe.M1.duration
            group_status = self._stores.signals.begin(group, close - timedelta(minutes=9))
            if group_status.evaluated_to < close:
                self._stores.signals.commit([_advance(group_status, close, direction)])
            self._stores.requests.save_statuses([RequestStatus(request=request, group=group)])


def _advance(group_status: GroupStatus, close: datetime, direction: Direction) -> GroupAdvance:
    """Evaluate all minutes up to one: the first time a target, then nothing new."""
    decided = group_status.started_from + timedelta(minutes=1)
    signal = Signal(
        group=group_status.group,
        close_time=decided,
        direction=direction,
        reason="mood",
        window_digest="-",
    )
    return GroupAdvance(
        group=group_status.group,
        evaluated_from=group_status.evaluated_to,
        evaluated_to=close,
        signals=(signal,) if group_status.evaluated_to < decided else (),
    )


def _facts(trade: Trade) -> dict[str, object]:
    return {name: getattr(trade, name) for name in trade.__struct_fields__}


def test_one_row_stops_all_within_a_second_without_redis_and_across_a_restart(
    database_url: str,
) -> None:
    migrate(database_url)
    database = open_database(database_url)
    stores = bot_stores(database)
    stores.instruments.save([an_instrument()])
    writer = stores.trades.open_writer()
    writer.claim([BTC])
    market = LiveMarket(stores, writer)
    bus = open_bus("redis://127.0.0.1:1/0", prefix="deaf")
    service = BotCommandService(stores.bots, stores.instruments, bus, CLOCK, "ann")
    for name in NAMES:
        service.create(a_bot(name, enter_on_start=True))
    accepted = []
    with running_manager(stores):
        for _ in range(ROUNDS):
            start_all(market, stores, service)
            accepted.append(kill_all(stores, service))
            if min(accepted) < ACCEPTED_WITHIN:
                break
            market.trade()
            eventually(lambda: states(stores) == {BotState.STOPPED}, within_s=60)
    assert min(accepted) < ACCEPTED_WITHIN
    assert states(stores) == {BotState.STOPPING}
    with running_manager(stores):
        closing = market.trade()
        eventually(lambda: states(stores) == {BotState.STOPPED}, within_s=60)
    for name in NAMES:
        last = stores.ledger.orders(name, EPOCH, CLOCK.now() + timedelta(days=1))[-1]
        assert (last.trade_id, last.reason, last.position) == (closing, OrderReason.KILL, 0)
        assert stores.bots.commands(name)[-1].request.command is LifecycleEvent.KILL
    assert {status.desired_state for status in stores.bots.all()} == {BotState.STOPPED}
    writer.close()
    database.close()


def start_all(market: LiveMarket, stores: BotStores, service: BotCommandService) -> None:
    """Start every bot, and wait until each of them enters."""
    service.command_all(LifecycleEvent.START)
    eventually(lambda: len(stores.requests.all()) == len(NAMES), within_s=60)

    def entered() -> bool:
        time.sleep(0.2)
        market.evaluate(Direction.LONG)
        market.trade()
        found = stores.ledger.checkpoints(NAMES)
        return len(found) == len(NAMES) and all(one.state["size"] for one in found.values())

    eventually(entered, within_s=120)

    def all_processed() -> bool:
        [group] = {status.group for status in stores.requests.all() if status.group}
        return stores.ledger.cursor(group) == stores.trades.end(BTC)

    eventually(all_processed, within_s=60)


def kill_all(stores: BotStores, service: BotCommandService) -> timedelta:
    """Kill every bot; return how long it took until that was accepted."""
    command = service.command_all(LifecycleEvent.KILL, "enough")
    eventually(lambda: not stores.bots.pending_fleet_commands(), within_s=60)
    latch = stores.bots.commands(NAMES[0])[-1].answered_at
    assert latch is not None
    return latch - command.request.made_at


def states(stores: BotStores) -> set[BotState]:
    return {status.state for status in stores.bots.all()}
