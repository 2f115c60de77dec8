"""A platform in one process on a virtual clock: random tape, strategy engine and users."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from random import Random
from typing import Any, cast

import msgspec

from bot_manager.domain.config import BotConfig, read_bot
from bot_manager.domain.lifecycle import BotState, LifecycleEvent
from bot_manager.domain.ports import BotStores
from bot_manager.domain.session import sessions_of
from bot_manager.domain.status import CommandRequest, FleetRequest
from bot_manager.domain.verification import BotVerificationRecord
from bot_manager.domain.versions import first_version
from bot_manager.errors import BotError
from bot_manager.groups.signal_view import SignalView, read_signal_view
from bot_manager.runtime.manager import BotManager
from bot_manager.runtime.registry import BotRegistry
from bot_manager.runtime.settings import BotManagerSettings
from bot_manager.verification.replay import ReplayResult, ReplaySegment, replay_segment
from bot_manager.verification.verifier import BotVerifier, BotVerifierStores
from data import EPOCH, Cursor, InstrumentId, TapeBatch, Timeframe, Trade
from strategies import Direction, Group, Signal
from strategies.group_progress import GroupAdvance, Skip
from strategies.requests import RequestStatus
from tests.builders import BTC, ETH, START, a_trade, an_instrument
from tests.fakes import (
    InMemoryBotRepository,
    InMemoryBotVerificationRepository,
    InMemoryCandleRepository,
    InMemoryInstrumentRepository,
    InMemoryLedgerRepository,
    InMemoryRequestRepository,
    InMemorySignalRepository,
    InMemoryStore,
    InMemoryTradeRepository,
)
from tests.fakes.bus import InMemoryBus
from utils.clock import ManualClock
from utils.isolation import Isolation, ItemFailures

RULES = BotManagerSettings(page_trades=7, checkpoint_s=20.0, stale_after_s=90.0)
EVER = (EPOCH, datetime.max.replace(tzinfo=START.tzinfo))


class SimulatedCrash(BaseException):
    """The process was killed: no code may catch it."""


@dataclass
class FaultPlan:
    """Kills at a call to any store, before or after its effect."""

    calls_left: int | None = None
    after: bool = False
    calls: int = 0

    def crash_if_due(self, *, after: bool) -> None:
        """Kill if the plan has a kill here."""
        if self.calls_left == 0 and self.after is after:
            self.calls_left = None
            raise SimulatedCrash
        if after and self.calls_left is not None:
            self.calls_left -= 1


class FaultyRepository:
    """A repository whose calls may kill the caller."""

    def __init__(self, repository: object, fault_plan: FaultPlan) -> None:
        self._repository = repository
        self._fault_plan = fault_plan

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._repository, name)

        def call(*args: Any, **named: Any) -> Any:
            self._fault_plan.calls += 1
            self._fault_plan.crash_if_due(after=False)
            result = method(*args, **named)
            self._fault_plan.crash_if_due(after=True)
            return result

        return call


def stores_over(store: InMemoryStore, fault_plan: FaultPlan | None = None) -> BotStores:
    """Return the repositories over a store."""
    repositories: dict[str, object] = {
        "instruments": InMemoryInstrumentRepository(store),
        "trades": InMemoryTradeRepository(store),
        "requests": InMemoryRequestRepository(store),
        "signals": InMemorySignalRepository(store),
        "bots": InMemoryBotRepository(store),
        "ledger": InMemoryLedgerRepository(store),
    }
    if fault_plan is not None:
        repositories = {
            name: FaultyRepository(one, fault_plan) for name, one in repositories.items()
        }
    return BotStores(**cast(dict[str, Any], repositories))


@dataclass
class Market:
    """State of one instrument's tape."""

    trade_id: int = 0
    price: Decimal = Decimal(100)
    time: datetime = START

    def next_trade(self, instrument: InstrumentId, random: Random) -> Trade:
        """Create one more trade."""
        self.trade_id += random.choice([1, 1, 1, 1, 2, 9])
        self.time += timedelta(seconds=random.choice([0, 0, 0.001, 0.4, 3, 11, 30, 61, 200]))
        thousandths = random.choice([*range(-4, 5)] * 6 + [-40, -25, 25, 40, 120, -110])
        self.price = max(Decimal("0.1"), self.price * (1000 + thousandths) / 1000)
        decimals = random.choice([1] * 400 + [2])
        return a_trade(
            self.trade_id,
            instrument=instrument,
            price=round(self.price, decimals),
            size=Decimal(random.randrange(1, 500)) / 100,
            at_s=(self.time - START).total_seconds(),
        )


@dataclass
class BotWorld:
    """Everything around a bot manager, generated from one seed."""

    random: Random
    store: InMemoryStore = field(default_factory=InMemoryStore)
    fault_plan: FaultPlan = field(default_factory=FaultPlan)
    clock: ManualClock = field(default_factory=lambda: ManualClock(START))
    instruments: tuple[InstrumentId, ...] = (BTC, ETH)
    manager: BotManager | None = None
    skipping: bool = False
    """Whether strategies skip the candles that close now."""

    def __post_init__(self) -> None:
        self.stores = stores_over(self.store)
        self.stores.instruments.save([an_instrument(one) for one in self.instruments])
        self.markets = {instrument: Market() for instrument in self.instruments}
        self.writer = self.stores.trades.open_writer()
        self.writer.claim(self.instruments)
        self.verifications = InMemoryBotVerificationRepository(self.store)
        self.checker = BotVerifier(
            BotVerifierStores(
                bots=self.stores.bots,
                ledger=self.stores.ledger,
                trades=self.stores.trades,
                candles=InMemoryCandleRepository(self.store),
                signals=self.stores.signals,
                verifications=self.verifications,
            )
        )

    # The market

    def trade(self, count: int) -> None:
        """Create trades of one instrument now; sometimes one is finer than all before.

        No trade may be older than the last turn: a running manager would see it as new, a restarted
        one as stale, since silence is what a process observed.
        """
        instrument = self.random.choice(self.instruments)
        market = self.markets[instrument]
        market.time = max(market.time, self.clock.now())
        trades = [market.next_trade(instrument, self.random) for _ in range(count)]
        self.writer.commit([TapeBatch(instrument=instrument, trades=trades)])
        behind_s = (market.time - self.clock.now()).total_seconds()
        self.clock.advance(max(0.0, behind_s + self.random.choice([0.01, 0.3, 2.0])))

    # The strategy engine

    def evaluate(self) -> None:
        """Answer requests, and evaluate some of the candles that have closed."""
        for status in self.stores.requests.all():
            request = status.request
            if status.group is None:
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
        for status in self.stores.signals.groups():
            self._advance(status.group, status.evaluated_to, status.target)

    def _advance(self, group: Group, start: datetime, target: Direction) -> None:
        closes = self._closes(group, start)
        if not closes:
            return
        evaluated = closes[: self.random.choice([1, 2, len(closes), len(closes)])]
        advance = GroupAdvance(group=group, evaluated_from=start, evaluated_to=evaluated[-1])
        if self.skipping:
            skip = Skip(
                first_close_time=evaluated[0], last_close_time=evaluated[-1], reason="raised"
            )
            self.stores.signals.commit([msgspec.structs.replace(advance, skips=(skip,))])
            return
        signals = []
        for close in _between(start, evaluated[-1], group.timeframe):
            expected = expected_direction(group, close)
            if expected is not Direction.HOLD and expected is not target:
                target = expected
                signals.append(_signal(group, close, expected))
        self.stores.signals.commit([msgspec.structs.replace(advance, signals=tuple(signals))])

    def _closes(self, group: Group, start: datetime) -> list[datetime]:
        """Return the close times of candles with trades that a later trade closed."""
        timeframe = group.timeframe
        times = [trade.time for trade in self.store.tape(group.instrument).on_tape.values()]
        forming = timeframe.floor(max(times, default=START))
        closed = {timeframe.floor(time) + timeframe.duration for time in times if time < forming}
        return sorted(close for close in closed if close > start)

    # Users

    def create(self, name: str, **facts: object) -> None:
        """Create a bot."""
        config = self.config(name, **facts)
        version = first_version(config, actor="ann", reason="", made_at=self.clock.now())
        self.stores.bots.create(version)

    def config(self, name: str, **facts: object) -> BotConfig:
        """Return a bot with a random account."""
        pick = self.random.choice
        exits = {
            "stop_loss_bps": pick([None, 100, 300]),
            "take_profit_bps": pick([None, 150, 500]),
            "trailing_stop_bps": pick([None, None, 200]),
        }
        drawn: dict[str, object] = {
            "name": name,
            "instrument": str(pick(self.instruments)),
            "timeframe": pick(["1m", "1m", "3m"]),
            "strategy": pick(["Moody", "Steady"]),
            "capital": pick(["1000", "250.5"]),
            "exits": exits,
            "costs": {"slippage_bps": pick(["0", "2.5"])},
            "protections": {
                "max_drawdown": pick([None, None, "0.1"]),
                "daily_loss": pick([None, None, "0.05"]),
                "cool_down_s": pick([0, 0, 90]),
            },
            "latency_ms": pick([0, 0, 250, 90_000]),
            "enter_on_start": pick([False, True]),
        }
        return read_bot(drawn | facts)

    def revise(self, name: str) -> None:
        """Store another configuration of a bot, if it differs."""
        versions = self.stores.bots.versions(name)
        config = self.config(name, instrument=versions[-1].config.instrument)
        facts = {"actor": "ann", "reason": "", "made_at": self.clock.now()}
        try:
            version = versions[-1].revised(config, **facts)  # type: ignore[arg-type]
        except BotError:
            return
        self.stores.bots.revise(version)

    def request(self, name: str, command: LifecycleEvent) -> None:
        """Send a command to a bot."""
        request = CommandRequest(
            bot=name, command=command, actor="ann", reason="so", made_at=self.clock.now()
        )
        self.stores.bots.request([request])

    def request_all(self, command: LifecycleEvent) -> None:
        """Send one command to all bots."""
        now = self.clock.now()
        request = FleetRequest(command=command, actor="ann", reason="so", made_at=now)
        self.stores.bots.request_all(request)

    # The manager

    def turn(self) -> bool:
        """Run a turn of the manager, starting it if it was killed; return whether more is due."""
        if self.manager is None:
            stores = stores_over(self.store, self.fault_plan)
            self.manager = BotManager(stores, InMemoryBus(), self.clock, RULES)
        try:
            return self.manager.turn()
        except SimulatedCrash:
            self.manager = None
            return True

    def settle(self) -> None:
        """Run all parts until nothing is due."""
        self.fault_plan.calls_left = None
        for _ in range(200):
            before = self._progress()
            self.evaluate()
            if not self.turn() and self._progress() == before:
                return
        raise AssertionError("it never settles")

    def _progress(self) -> object:
        groups = {group: stored.evaluated_to for group, stored in self.store.groups.items()}
        rows = [
            (bot.checkpoint, len(bot.transitions), len(bot.journal), len(bot.commands))
            for bot in self.store.bots.values()
        ]
        return (
            groups,
            dict(self.store.cursors),
            rows,
            len(self.stores.bots.pending_commands()),
            len(self.stores.bots.pending_fleet_commands()),
        )

    # Results

    def stored(self, name: str) -> ReplayResult:
        """Return a bot's stored money, its account folded up to its group's cursor."""
        orders = self.stores.ledger.orders(name, *EVER)
        marks = self.stores.ledger.equity(name, *EVER)
        return ReplayResult(orders, marks)

    def replayed(self, name: str) -> ReplayResult:
        """Return a bot's money replayed from tape, signals and journal."""
        journal = self.stores.ledger.journal(name)
        sessions = sessions_of(journal, self.stores.bots.versions(name))
        if not sessions:
            return ReplayResult()
        until = None if sessions[-1].end else self.stores.ledger.cursor(sessions[-1].group)
        return replay_segment(
            ReplaySegment(sessions=sessions, until=until), self._tape, self._signal_view
        )

    def verify_next(self, name: str) -> BotVerificationRecord:
        """Verify a bot after its last anchor, at any time, and store the record."""
        verification = self.checker.verify_next(name, self.clock.now())
        self.verifications.add(verification)
        return verification

    def accounts(self) -> dict[str, dict[str, int]]:
        """Return the active accounts as a new manager would load them."""
        registry = BotRegistry(self.stores, Isolation("bots", self.clock, ItemFailures()))
        registry.load()
        return {
            name: bot.account.checkpoint().state
            for name, bot in registry.bots.items()
            if bot.account is not None
        }

    def history(self, name: str) -> list[object]:
        """Return a bot's history: every decision and transition with its cursor."""
        journal = self.stores.ledger.journal(name)
        transitions = self.stores.bots.transitions(name)
        return [
            *((entry.sequence, entry.effective_at, entry.decision) for entry in journal),
            *((one.number, one.event, one.after) for one in transitions),
        ]

    def states(self) -> dict[str, BotState]:
        """Return every bot's state."""
        return {status.name: status.state for status in self.stores.bots.all()}

    def _tape(self, instrument: InstrumentId, start: Cursor) -> Iterator[Sequence[Trade]]:
        cursor = Cursor(start.time, start.trade_id - 1)
        while page := self.stores.trades.after(instrument, cursor, 13):
            yield page
            cursor = page[-1].cursor

    def _signal_view(self, group: Group) -> SignalView:
        signal_view = read_signal_view(self.stores.signals, group, EPOCH)
        assert signal_view is not None
        return signal_view


def expected_direction(group: Group, close: datetime) -> Direction:
    """Return a pseudo-random target of a strategy for a candle: always the same."""
    word = f"{group.strategy}{group.timeframe}{close.isoformat()}".encode()
    number = sha256(word).digest()[0]
    moods = [Direction.LONG, Direction.FLAT, Direction.SHORT, Direction.HOLD]
    return moods[number % 4] if group.strategy == "Moody" else moods[2 * (number % 8 > 4)]


def _between(start: datetime, end: datetime, timeframe: Timeframe) -> Iterator[datetime]:
    close = timeframe.floor(start) + timeframe.duration
    while close <= end:
        yield close
        close += timeframe.duration


def _signal(group: Group, close: datetime, direction: Direction) -> Signal:
    return Signal(
        group=group, close_time=close, direction=direction, reason="mood", window_digest="-"
    )
