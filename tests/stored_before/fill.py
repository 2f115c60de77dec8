"""Fill an empty database through the repositories: every table and every kind of column.

Its values are those that the fixtures of all revisions hold; a new table needs rows here.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from backtesting.archive.record_builder import record_of
from backtesting.config import read_config
from backtesting.data.stored import MarketStore
from backtesting.run.engine import BacktestingEngine
from backtesting.sweeps.trial import SweepTrial
from bot_manager.domain.journal import (
    CommandAccepted,
    Decision,
    SessionEnded,
    SessionStarted,
    UnitsRescaled,
)
from bot_manager.domain.lifecycle import BotState, LifecycleEvent
from bot_manager.domain.ports import LedgerStep
from bot_manager.domain.status import CommandResult, FleetCommandResult, FleetRequest
from bot_manager.domain.verification import Cause
from bot_manager.trading import AccountCommand
from bot_manager.verification.replay import digest_of
from bot_manager.verification.verifier import BotVerifier, BotVerifierStores
from data import EPOCH, TapeBatch, Timeframe
from data.ports import TapeWriter
from data.retention import DayDeletion, DropReason
from database import Database
from database.repositories.sweep_trials import SqlTrialRepository
from strategies import Direction
from strategies.charts import BUILT_IN_LAYOUTS
from strategies.hosts.registry import StrategyRegistry
from strategies.requests import RequestStatus
from strategies.strategy_files import (
    FileProblem,
    StrategyFacts,
    StrategyFile,
    StrategyVerificationResult,
)
from tests.builders import BTC, ETH, START, an_instrument, at
from tests.contract.stores import Stores, sql_stores
from tests.contract.test_alerts import HOUR, KEY, MINUTE, NOON, a_delivery, a_mute, an_alert
from tests.contract.test_audit import an_entry as an_audit_entry
from tests.contract.test_backtests import a_record
from tests.contract.test_chart_layouts import a_layout
from tests.contract.test_instruments import a_status
from tests.contract.test_telemetry import a_report, a_sample, a_snapshot
from tests.contract.test_trials import OTHER, SWEEP_KEY, trial
from tests.stored_before import market
from tests.stored_before.bots import BOTS, run_bots
from tests.unit.bot_manager import bot_builders as made
from tests.unit.strategies.signal_builders import (
    a_group,
    a_request,
    a_signal,
    a_skip,
    an_advance,
)
from utils.alerts import AlertStep, DeliveryState

EVER = (EPOCH, datetime.max.replace(tzinfo=START.tzinfo))

# Values by hand

STATUSES = [a_status(), a_status("okx-swap-1", clock_offset_ms=None)]
GROUP, OTHER_GROUP = a_group(), a_group("RsiReversion", ETH)
ADVANCES = [
    an_advance(0, 120, a_signal(60), skips=(a_skip(120),)),
    an_advance(120, 240, a_signal(180, Direction.SHORT), a_signal(240, Direction.FLAT)),
]
OTHER_ADVANCE = an_advance(0, 60, group=OTHER_GROUP)
REQUESTS = [
    RequestStatus(request=a_request("chart:1"), group=GROUP),
    RequestStatus(
        request=a_request("config:7", strategy="Nope", instrument=ETH, allow_unverified=True),
        problem="'Nope' is no strategy",
    ),
]
FACTS = StrategyFacts(name="Mine", title="", description="It's", line=3, parameters="{}")
FILE = StrategyFile(path="mine.py", version="v1", seen_at=START, strategies=(FACTS,))
BROKEN = replace(
    FILE,
    path="broken.py",
    version="v2",
    strategies=(),
    problems=(FileProblem(line=7, message="SyntaxError: no"),),
)
FILES = [replace(FILE, path="/z.py", built_in=True), BROKEN, FILE]
FAILED = StrategyVerificationResult(
    strategy="Mine",
    version="v1",
    parameters="{}",
    passed=False,
    report=("Mine: NOT CLEAN", "  look-ahead"),
    verified_at=START,
)
PASSED = replace(FAILED, version="v0", passed=True, report=("Mine: clean",))
LAYOUTS = [a_layout(), a_layout("Empty", ()), BUILT_IN_LAYOUTS[0]]
RUNS: tuple[dict[str, Any], ...] = (
    {"resolution": "trades"},
    {
        "parameters": {"length": 4},
        "exits": {"stop_loss_bps": 40, "take_profit_bps": 90},
        "costs": {"slippage_bps": "1"},
    },
)
TRIALS = [
    trial("a"),
    SweepTrial(parameters="b", metrics={"sharpe": -0.0, "x": 1e-320, "y": 1e22, "z": None}),
    trial("c", problem='broke: "why"'),
]
ALICE = made.a_version("alice", parameters={"fast": 5, "deep": {"a": [1.5, "é"]}})
ALICE_COMMANDS = [
    made.a_command("alice", rule, at_s=1) for rule in (LifecycleEvent.START, LifecycleEvent.FLATTEN)
]
ALICE_DECISIONS: tuple[Decision, ...] = (
    SessionStarted(version=1, group=GROUP, instrument=an_instrument(), scales=made.SCALES),
    CommandAccepted(command=AccountCommand.FLATTEN),
    UnitsRescaled(scales=made.SCALES),
    SessionEnded(flatten=True, kill=True),
)
ALICE_STEP = LedgerStep(
    results=(CommandResult(bot="alice", number=1, answered_at=at(3), refusal="not now"),),
    entries=tuple(made.an_entry(*numbered) for numbered in enumerate(ALICE_DECISIONS)),
    transitions=(
        made.a_transition(1),
        replace(made.a_transition(2, BotState.ARCHIVED, LifecycleEvent.ARCHIVE), cursor=None),
    ),
    orders=(made.an_order(0), made.an_order(1, at_s=30)),
    marks=(made.a_mark(60), made.a_mark(120)),
    checkpoints=(made.a_checkpoint(),),
)
VERIFICATIONS = [
    made.a_verification(1),
    made.a_verification(
        2,
        anchor=None,
        until=None,
        replayed_digest="x",
        settled=True,
        cause=Cause.DATA,
        difference='it\'s "gone"',
    ),
]
PAUSE_ALL = FleetRequest(command=LifecycleEvent.PAUSE, actor="ann", reason="enough", made_at=at(1))
KILL_ALL = FleetRequest(command=LifecycleEvent.KILL, actor="ann", reason="now", made_at=at(2))
SAMPLES = [a_sample(value, value * MINUTE) for value in range(25)]
LOAD = a_sample(9, name="load", subject="a:b")
REPORTS = [a_report(), a_report("lonely", metrics={"writer.rows": 12.5}, loop_lag_ms=0.75)]
SNAPSHOTS = [a_snapshot(), a_snapshot("arbiter", state="waiting", restarts=2)]
OPEN_ALERT = an_alert(acknowledged_at=NOON + MINUTE, acknowledged_by="me")
OVER = an_alert("data-stale", -MINUTE, resolved_at=NOON + MINUTE, resolution="free 9 GB")
DELIVERIES = [
    a_delivery(),
    a_delivery("mail", state=DeliveryState.SENT, attempts=1, settled_at=NOON + MINUTE),
]
MUTE = a_mute()
AUDIT = [an_audit_entry(1, action="a"), an_audit_entry(2, action="/backtests/run")]
PROBLEM = "2 candles missing"
DROPPED = DayDeletion(at=market.RETIRED, reason=DropReason.DISK, forced="bots still need it")
HISTORY_REQUESTS = {(BTC, Timeframe.D1): at(0), (ETH, Timeframe.H1): at(60)}


def run_config(changes: dict[str, Any]) -> dict[str, Any]:
    """Return the values of a backtest over the stored tape."""
    return {
        "instrument": "okx:BTC-USDT",
        "timeframe": "1m",
        "start": at(600),
        "end": at(2_340),
        "strategy": "DonchianBreakout",
        "parameters": {"length": 3},
        "sizing": {"rule": "equity_fraction", "amount": "0.9"},
    } | changes


@dataclass
class Filling:
    """An empty database, which is filled; `facts` holds the digests of what was computed."""

    database: Database

    def __post_init__(self) -> None:
        self.stores: Stores = sql_stores(self.database)
        self.writer: TapeWriter = self.stores.trades.open_writer()
        self.facts: dict[str, Any] = {}

    def fill(self) -> dict[str, Any]:
        """Fill every table; return the digests."""
        self.fill_market_data()
        self.fill_signals()
        for layout in LAYOUTS:
            self.stores.layouts.save(layout)
        self.fill_bots()
        self.fill_backtests()
        self.fill_trials()
        self.fill_fleet()
        self.fill_telemetry()
        self.stores.audit.add(AUDIT)
        self.fill_retention()
        self.stores.history_requests.replace(HISTORY_REQUESTS)
        self.writer.close()
        return self.facts

    def commit(self, part: market.Part) -> None:
        """Commit a part of the tape; the holes come with the second."""
        holes = market.HOLES if part is market.PARTS[1] else []
        self.writer.commit([part.batch(holes)])

    def fill_market_data(self) -> None:
        """Store instruments, tapes, candles in all versions, coverage, collector statuses."""
        stores = self.stores
        stores.instruments.save([market.SWAP, market.SPOT])
        self.writer.claim([BTC, ETH])
        self.commit(market.PARTS[0])
        self.writer.commit([TapeBatch(instrument=ETH, trades=market.ETH_TRADES)])
        stores.trades.add_late([market.LATE_TRADE])
        stores.candles.save(market.OLD_CANDLES)
        stores.candles.save(market.OTHER_VERSIONS)
        stores.candles.add_coverage(BTC, market.M1, [market.BTC_COVERAGE])
        stores.candles.add_coverage(ETH, market.H1, market.ETH_COVERAGE)
        stores.statuses.save(STATUSES)

    def fill_signals(self) -> None:
        """Store groups with signals and a skip, requests, strategy files, verifications."""
        stores = self.stores
        for group in (GROUP, OTHER_GROUP):
            stores.signals.begin(group, START)
        stores.signals.commit([ADVANCES[0], OTHER_ADVANCE])
        stores.signals.commit([ADVANCES[1]])
        stores.requests.put([status.request for status in REQUESTS])
        stores.requests.save_statuses(REQUESTS)
        stores.strategies.save_files(FILES)
        for result in (FAILED, PASSED):
            stores.strategies.save_verification_result(result)

    def fill_bots(self) -> None:
        """Store bots that ran on the tape, with verifications, and one written by hand."""
        stores = self.stores
        run_bots(stores, self.commit)
        verifier = BotVerifier(
            BotVerifierStores(
                bots=stores.bots,
                ledger=stores.ledger,
                trades=stores.trades,
                candles=stores.candles,
                signals=stores.signals,
                verifications=stores.verifications,
            ),
            code="0123",
        )
        for name in BOTS:
            orders, marks = stores.ledger.orders(name, *EVER), stores.ledger.equity(name, *EVER)
            found = verifier.verify_next(name, market.TRADES[-1].time)
            assert found.identical, found
            stores.verifications.add(found)
            status = stores.bots.get(name)
            assert status is not None
            self.facts.setdefault("bots", {})[name] = {
                "digest": digest_of(orders, marks),
                "orders": len(orders),
                "marks": len(marks),
                "state": status.state.value,
                "transitions": len(stores.bots.transitions(name)),
                "journal": len(stores.ledger.journal(name)),
            }
        stores.bots.create(ALICE)
        for request in ALICE_COMMANDS:
            stores.bots.request([request])
        stores.ledger.commit(ALICE_STEP)

    def fill_backtests(self) -> None:
        """Store two backtests over the tape, and one written by hand."""
        stores = self.stores
        market = MarketStore(
            instruments=stores.instruments,
            candles=stores.candles,
            trades=stores.trades,
            holes=stores.holes,
        )
        engine = BacktestingEngine(market, StrategyRegistry())
        for changes in RUNS:
            result = engine.run(read_config(run_config(changes)))
            record = record_of(result, at(90_000))
            number = stores.backtests.save(record)
            self.facts.setdefault("backtests", {})[str(number)] = {
                "config": record.summary.digests.config,
                "outcome": record.summary.digests.outcome,
                "round_trips": len(record.round_trips),
            }
        number = stores.backtests.save(a_record())
        stores.backtests.annotate(number, "second; 'quoted'", ["kept", "paper"])

    def fill_trials(self) -> None:
        """Store two sweeps and the trials of one."""
        trials = SqlTrialRepository(self.database)
        for key in (SWEEP_KEY, OTHER):
            trials.begin(key)
        trials.add(SWEEP_KEY, TRIALS)

    def fill_fleet(self) -> None:
        """Store verifications of the bot written by hand, and commands to all bots."""
        stores = self.stores
        for verification in VERIFICATIONS:
            stores.verifications.add(verification)
        paused = stores.bots.request_all(PAUSE_ALL)
        answer = FleetCommandResult(number=paused.number, answered_at=at(2), bot_count=3)
        stores.ledger.commit(LedgerStep(fleet_results=(answer,)))
        stores.bots.request_all(KILL_ALL)

    def fill_telemetry(self) -> None:
        """Store samples, their long history, processes, alerts, deliveries and a mute."""
        telemetry, alerts = self.stores.telemetry, self.stores.alerts
        telemetry.record([*SAMPLES, LOAD])
        telemetry.condense(NOON, NOON + HOUR)
        for report in REPORTS:
            telemetry.report(report)
        telemetry.save_snapshots(SNAPSHOTS)
        opened = (an_alert(), an_alert("data-stale", -MINUTE))
        alerts.take(AlertStep(opened=opened, deliveries=(a_delivery(), a_delivery("mail"))))
        alerts.acknowledge(KEY, "me", NOON + MINUTE)
        alerts.take(AlertStep(resolved=(OVER,)))
        alerts.settle(DELIVERIES[1:])
        alerts.mute(MUTE)

    def fill_retention(self) -> None:
        """Verify a day, drop another, and drop candles."""
        retention = self.stores.retention
        day = retention.summarize_day(BTC, START, market.RETIRED)
        assert day is not None
        self.facts["tape_digest"] = day.digest
        retention.note(replace(day, problem=PROBLEM))
        self.writer.commit([TapeBatch(instrument=ETH, trades=[market.NEXT_DAY_TRADE])])
        other = retention.summarize_day(ETH, START, START + timedelta(days=9))
        assert other is not None
        retention.drop_day(other, DROPPED)
        self.stores.trades.add_late([market.SECOND_LATE_TRADE])
        retention.drop_candles(BTC, market.M1, market.DROPPED_BEFORE)
