"""A small exchange, store and bus in memory, and a dashboard that serves them."""

import random
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn
from argon2 import PasswordHasher

from backtesting.monitor import RunMonitor
from bot_manager.reporting.bot_warnings import BotWarnings
from bot_manager.runtime.command_service import BotCommandService
from dashboard.features.backtests.reads import BacktestReads
from dashboard.features.bots.buy_and_hold_reads import BuyAndHoldReads
from dashboard.features.bots.reads import BotReads
from dashboard.features.bots.services import BotServices
from dashboard.features.bots.verification import BotVerifications
from dashboard.features.market.indicator_reads import IndicatorReads
from dashboard.features.market.reads import MarketReads
from dashboard.features.strategies.chart_requests import ChartRequests
from dashboard.features.strategies.reads import SignalReads
from dashboard.features.system.channels import ChannelService
from dashboard.features.system.data_jobs import DataJobSpec, data_job_queue
from dashboard.features.system.logs import LogReader, LogTail
from dashboard.features.system.metrics import MonitoringContext
from dashboard.features.system.quality import QualityReads
from dashboard.features.system.runbook import Runbook
from dashboard.features.system.services import SystemServices, SystemStores
from dashboard.jobs.function_runner import FunctionRunner
from dashboard.jobs.run_jobs import RunKind, RunWorker, StoredRun, run_queue
from dashboard.jobs.worker import WorkFailed
from dashboard.security.audit_log import AuditLog
from dashboard.security.authenticator import Authenticator
from dashboard.security.instance_key import new_instance_key
from dashboard.security.keys import Keys, User
from dashboard.security.listen_address import ListenAddress
from dashboard.security.login_grants import LoginGrants
from dashboard.security.roles import Role
from dashboard.security.sessions import SessionStore
from dashboard.server import create_server
from dashboard.services import DashboardServices
from dashboard.shell import Site
from dashboard.thread_pools import ThreadPools
from data import (
    Candle,
    CandleAggregator,
    CandleSource,
    Instrument,
    InstrumentId,
    InstrumentKind,
    InstrumentState,
    Side,
    TapeBatch,
    Timeframe,
    Trade,
)
from data.status import CollectorState, CollectorStatus
from data.topics import CANDLES, TRADES, CandlesClosed, TapeAdvanced
from tests.alert_world import shipped_rules
from tests.background import repeating
from tests.dashboard_reporter import StatusReporter
from tests.fakes import (
    InMemoryAlertRepository,
    InMemoryAuditRepository,
    InMemoryBacktestRepository,
    InMemoryBotRepository,
    InMemoryBotVerificationRepository,
    InMemoryCandleRepository,
    InMemoryChartLayoutRepository,
    InMemoryCollectorStatusRepository,
    InMemoryFleetRepository,
    InMemoryHoleRepository,
    InMemoryInstrumentRepository,
    InMemoryLedgerRepository,
    InMemoryRequestRepository,
    InMemorySignalRepository,
    InMemoryStore,
    InMemoryStrategyRepository,
    InMemoryTelemetryRepository,
    InMemoryTradeRepository,
)
from tests.fakes.bot_verification import replay_of
from tests.fakes.bus import InMemoryAsyncBus, InMemoryBus
from tests.fakes.function_runner import InlineFunctionRunner
from tests.fakes.trials import InMemoryTrialRepository
from tests.fakes.worker import InlineWorker
from utils.alerts import Severity
from utils.alerts.notify.channel import ChannelSetup
from utils.alerts.notify.channels import LogChannel, PageChannel
from utils.alerts.notify.notifications import ChannelPolicy
from utils.clock import SystemClock
from utils.supervision import RestartRequests

TIMEFRAMES = (Timeframe.S1, Timeframe.M1, Timeframe.M5, Timeframe.H1)
BTC = InstrumentId("simulated", "BTC-USDT")
ETH = InstrumentId("simulated", "ETH-USDT")
STEP = Decimal("0.1")
PASSWORD = "correct horse"
INSTANCE_KEY = new_instance_key()
OPERATIONS = Path(__file__).parents[1] / "docs" / "operations.md"


def an_instrument(name: InstrumentId) -> Instrument:
    """Return a spot instrument with a price step of 0.1."""
    base, _, quote = name.symbol.partition("-")
    return Instrument(
        id=name,
        kind=InstrumentKind.SPOT,
        state=InstrumentState.LIVE,
        base=base,
        quote=quote,
        price_step=STEP,
        size_step=Decimal("0.0001"),
        min_size=Decimal("0.0001"),
    )


def exchange_candle(open_time: datetime) -> Candle:
    """Return a minute of BTC as in the exchange's history."""
    price = Decimal("64000")
    return Candle(
        instrument=BTC,
        timeframe=Timeframe.M1,
        open_time=open_time,
        open=price,
        high=price + 10,
        low=price - 10,
        close=price,
        volume=Decimal(1),
        trade_count=None,
        first_trade_id=None,
        last_trade_id=None,
        complete=True,
        source=CandleSource.EXCHANGE,
    )


def a_user(name: str = "admin", role: Role = Role.ADMIN, password: str = PASSWORD) -> User:
    """Return a user whose password hash is quick to verify."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8192)
    return User(name=name, role=role, password_hash=hasher.hash(password))


def an_authenticator(keys: Keys | None = None) -> Authenticator:
    """Return an authenticator with these users and tokens, on loopback."""
    current = keys or Keys()
    sessions = SessionStore(SystemClock())
    return Authenticator(lambda: current, sessions, INSTANCE_KEY, is_local=True)


class Tape:
    """One instrument's trades: made, stored and published in the platform's own order."""

    def __init__(self, world: "World", name: InstrumentId, price: Decimal) -> None:
        self._world = world
        self._name = name
        self._rng = random.Random(str(name))
        self._aggregator = CandleAggregator(name, TIMEFRAMES)
        self._writer = world.trades.open_writer()
        self._writer.claim([name])
        self.price = price
        self.next_id = 1

    def add_random_walk(self, start: datetime, count: int, step_s: float) -> None:
        """Store a random walk of trades, without publishing them."""
        trades = [self._next(start + timedelta(seconds=at * step_s)) for at in range(count)]
        self._store(trades)

    def trade(self, price: str | Decimal | None = None, at: datetime | None = None) -> Trade:
        """Store and publish one trade, by default now."""
        self.price = Decimal(price) if price is not None else self.price
        return self.publish([self._next(at or datetime.now(UTC), moves=price is None)])[-1]

    def publish(self, trades: list[Trade]) -> list[Trade]:
        """Store trades, then publish them."""
        closed = self._store(trades)
        first, last = trades[0], trades[-1]
        previous = first.trade_id - 1 or None
        event = TapeAdvanced(
            instrument=self._name,
            first=first.cursor,
            last=last.cursor,
            previous_id=previous,
            count=len(trades),
            trades=trades,
        )
        self._world.bus.publish(TRADES, str(self._name), event)
        if closed:
            message = CandlesClosed(instrument=self._name, candles=closed)
            self._world.bus.publish(CANDLES, str(self._name), message)
        return trades

    def make(self, times: Iterable[datetime]) -> list[Trade]:
        """Return the next trades, neither stored nor published."""
        return [self._next(time) for time in times]

    def _next(self, at: datetime, *, moves: bool = True) -> Trade:
        if moves:
            change = Decimal(self._rng.gauss(0, float(self.price) * 0.0004))
            self.price = max(STEP, (self.price + change).quantize(STEP))
        trade = Trade(
            instrument=self._name,
            trade_id=self.next_id,
            price=self.price,
            size=Decimal(self._rng.randint(1, 9000)) / 10_000,
            side=self._rng.choice(list(Side)),
            time=at,
            exchange_time=at,
        )
        self.next_id += 1
        return trade

    def _store(self, trades: list[Trade]) -> list[Candle]:
        closed = [candle for trade in trades for candle in self._aggregator.add(trade)]
        batch = TapeBatch(instrument=self._name, trades=trades, candles=closed)
        self._writer.commit([batch])
        return closed


class World:
    """Store, bus and tapes of an exchange; `serve` puts a dashboard on them."""

    def __init__(
        self,
        function_runner: FunctionRunner | None = None,
        runs: RunWorker | None = None,
        folder: Path = Path("/nowhere"),
    ) -> None:
        self.function_runner = function_runner or InlineFunctionRunner()
        self.runs = runs or InlineWorker(_refuse_run)
        self.sweeps: RunWorker = InlineWorker(_refuse_run)
        self.trials = InMemoryTrialRepository()
        self.store = InMemoryStore()
        self.backtests = InMemoryBacktestRepository(self.store)
        self.bus = InMemoryBus()
        self.folder = folder
        self.data_jobs = InlineWorker(_do_data_job)
        self.channels = [
            ChannelSetup(
                channel_policy=ChannelPolicy(channel=ours.name, least=Severity.INFO), channel=ours
            )
            for ours in (PageChannel(self.bus), LogChannel())
        ]
        self.grants = LoginGrants(folder / "login", SystemClock())
        self.telemetry = InMemoryTelemetryRepository(self.store)
        self.alerts = InMemoryAlertRepository(self.store)
        self.trades = InMemoryTradeRepository(self.store)
        self.candles = InMemoryCandleRepository(self.store)
        self.instruments = InMemoryInstrumentRepository(self.store)
        self.collectors = InMemoryCollectorStatusRepository(self.store)
        self.reporter = StatusReporter(self.collectors, self.telemetry, self.bus)
        self.layouts = InMemoryChartLayoutRepository(self.store)
        self.requests = InMemoryRequestRepository(self.store)
        self.signals = InMemorySignalRepository(self.store)
        self.strategies = InMemoryStrategyRepository(self.store)
        self.bots = InMemoryBotRepository(self.store)
        self.ledger = InMemoryLedgerRepository(self.store)
        self.fleet = InMemoryFleetRepository(self.store)
        self.instruments.save([an_instrument(BTC), an_instrument(ETH)])
        self.btc = Tape(self, BTC, Decimal("64000"))
        self.eth = Tape(self, ETH, Decimal("3400"))

    def fill(self, minutes: int, *, until: datetime | None = None) -> None:
        """Store a history of BTC that ends now, five trades a minute."""
        end = until or datetime.now(UTC)
        self.btc.add_random_walk(end - timedelta(minutes=minutes), minutes * 5, 12)

    def report(self, state: CollectorState, **facts: object) -> None:
        """Publish the status of the one collector."""
        now = datetime.now(UTC)
        status = CollectorStatus(
            name="simulated-1",
            exchange="simulated",
            endpoint="ws://127.0.0.1:9999",
            state=state,
            since=now,
            reported_at=now,
            pid=1,
            **facts,  # type: ignore[arg-type]
        )
        self.reporter.publish(status)

    def services(self) -> DashboardServices:
        """Return the dashboard's services over this world."""
        reads = MarketReads(self.instruments, self.trades, self.candles, TIMEFRAMES)
        thread_pools = ThreadPools()
        bus = InMemoryAsyncBus(self.bus)
        workers = {RunKind.BACKTEST: self.runs, RunKind.SWEEP: self.sweeps}
        return DashboardServices(
            thread_pools=thread_pools,
            market=reads,
            collectors=self.collectors,
            indicators=IndicatorReads(reads),
            function_runner=self.function_runner,
            layouts=self.layouts,
            signals=SignalReads(self.requests, self.signals, self.strategies),
            chart_requests=ChartRequests(self.requests, bus, thread_pools),
            backtests=BacktestReads(
                kept=self.backtests,
                trials=self.trials,
                instruments=self.instruments,
                candles=self.candles,
                strategies=self.strategies,
            ),
            runs=run_queue(workers, SystemClock()),
            bots=self._bots(),
            audit=AuditLog(InMemoryAuditRepository(self.store), thread_pools),
            system=self._system(thread_pools),
        )

    def _system(self, thread_pools: ThreadPools) -> SystemServices:
        stores = SystemStores(
            telemetry=self.telemetry,
            alerts=self.alerts,
            collectors=self.collectors,
            instruments=self.instruments,
        )
        holes = InMemoryHoleRepository(self.store)
        return SystemServices(
            stores,
            QualityReads(self.instruments, self.candles, holes, TIMEFRAMES),
            data_job_queue(self.data_jobs, SystemClock()),
            ChannelService(self.channels, self.alerts, SystemClock(), thread_pools),
            Runbook(OPERATIONS),
            LogReader(self.folder / "log"),
            LogTail(self.folder / "log"),
            shipped_rules,
            RestartRequests(self.folder / "restarts"),
            SystemClock(),
            thread_pools,
        )

    def monitoring(self) -> MonitoringContext:
        """Return the monitoring context of this world."""
        return MonitoringContext(
            telemetry=InMemoryTelemetryRepository(self.store),
            alerts=InMemoryAlertRepository(self.store),
        )

    def _bots(self) -> BotServices:
        reads = BotReads(
            bots=self.bots,
            ledger=self.ledger,
            fleet=self.fleet,
            instruments=self.instruments,
            trades=self.trades,
            warnings=BotWarnings(self.signals, self.strategies),
        )
        clock = SystemClock()
        return BotServices(
            reads,
            BuyAndHoldReads(self.candles),
            self.strategies,
            BotVerifications(
                InMemoryBotVerificationRepository(self.store),
                InlineFunctionRunner(),
                partial(replay_of, self.store),
            ),
            partial(BotCommandService, self.bots, self.instruments, self.bus, clock),
            clock,
        )

    @contextmanager
    def serve(
        self, port: int, *, keys: Keys | None = None, simulated: bool = True
    ) -> Iterator[str]:
        """Serve the dashboard in a thread; yields its address."""
        app = create_server(
            self.services(),
            InMemoryAsyncBus(self.bus),
            SystemClock(),
            site=Site(simulated=simulated),
            listen_address=ListenAddress(),
            authenticator=an_authenticator(keys),
            grants=self.grants,
            monitoring=self.monitoring(),
        )
        config = uvicorn.Config(
            app, "127.0.0.1", port, log_config=None, timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive(), f"no dashboard could be served at port {port}"
            time.sleep(0.02)
        try:
            with self.reporter.reporting():
                yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join(timeout=10)


def _refuse_run(config: dict[str, Any], _: RunMonitor) -> StoredRun:
    raise WorkFailed(f"{config.get('strategy', 'a sweep')} is not run here")


def _do_data_job(spec: DataJobSpec, _: RunMonitor) -> str:
    return f"did {spec.kind} of {spec.instrument}"


def trading(world: World, every_s: float) -> AbstractContextManager[None]:
    """Publish trades of BTC at this pace in the background."""
    return repeating(world.btc.trade, every_s)
