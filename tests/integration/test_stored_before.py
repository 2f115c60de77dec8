"""Databases filled by the code of every earlier revision: they upgrade, and are read as written.

`tests/stored_before` holds the values, and the command that writes the fixture of a new revision.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from msgspec.structs import replace
from sqlalchemy.engine import make_url

from backtesting.config import read_config
from bot_manager.domain.session import sessions_of
from bot_manager.domain.verification import Cause
from bot_manager.verification.replay import digest_of
from bot_manager.verification.verifier import BotVerifier, BotVerifierStores
from data import Candle, TapeBatch, Timeframe, TimeSpan
from database import Database, open_database
from database.migrate import exclusive_transaction, migrate, upgrade_to
from database.repositories.sweep_trials import SqlTrialRepository
from tests.builders import BTC, ETH, START, a_trade, at
from tests.conftest import Servers, scratch_database
from tests.contract.stores import Stores, sql_stores
from tests.contract.test_alerts import HOUR, MINUTE, NOON
from tests.contract.test_backtests import a_record
from tests.contract.test_trials import OTHER, SWEEP_KEY
from tests.fakes import InMemoryBotVerificationRepository, InMemoryStore
from tests.stored_before import fill, market
from tests.stored_before.bots import BOTS, CONFIGS, SECOND_CONFIG
from tests.stored_before.columns import unfilled
from utils.telemetry import HistoryPoint, ProcessRecord

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "tests" / "fixtures" / "stored_before"
SCRIPTS = ScriptDirectory(ROOT / "database" / "migrations")
REVISIONS = [script.revision for script in SCRIPTS.walk_revisions()]
"""The newest comes first."""
NO_FIXTURE = f"no fixture: uv run python -m tests.stored_before writes that of {REVISIONS[0]}"


@dataclass(frozen=True, slots=True)
class Upgraded:
    """A database written at a revision, at the newest one now."""

    revision: str
    database: Database
    stores: Stores
    facts: dict[str, Any]
    unfilled: list[str]

    def since(self, revision: str) -> bool:
        """Return whether its rows were written at that revision or later."""
        return self.revision >= revision


@pytest.fixture(scope="module")
def schemas(servers: Servers, database_url: str) -> Iterator[dict[str, str]]:
    """Yield the URL of an empty database of each revision."""
    with ExitStack() as databases:
        urls = {}
        for revision in reversed(REVISIONS):
            template = open_database(database_url, pool_size=1)
            with exclusive_transaction(template.engine, "making a template") as connection:
                upgrade_to(connection, revision)
            template.close()
            name = str(make_url(database_url).database)
            copy = scratch_database(servers.database_url, template=name)
            urls[revision] = databases.enter_context(copy)
        yield urls


@pytest.fixture(scope="module")
def old(request: pytest.FixtureRequest, schemas: dict[str, str]) -> Iterator[Upgraded]:
    """Yield the database of a revision, filled at it and upgraded."""
    revision: str = request.param
    rows = FIXTURES / f"revision_{revision}.sql"
    assert rows.is_file(), NO_FIXTURE
    database = open_database(schemas[revision])
    with database.engine.begin() as connection:
        connection.connection.cursor().execute(rows.read_text(encoding="utf-8"))
    with database.engine.connect() as connection:
        missing = unfilled(connection)
    migrate(schemas[revision])
    facts = json.loads(rows.with_suffix(".json").read_text(encoding="utf-8"))
    yield Upgraded(revision, database, sql_stores(database), facts, missing)
    database.close()


def since(revision: str) -> pytest.MarkDecorator:
    """Run a test on the databases written at a revision or later."""
    later = [one for one in REVISIONS if one >= revision]
    return pytest.mark.parametrize("old", later, indirect=True)


@since("0001")
def test_a_fixture_fills_every_table_and_column(old: Upgraded) -> None:
    assert old.unfilled == []


@since("0001")
def test_instruments(old: Upgraded) -> None:
    assert old.stores.instruments.all() == [market.SWAP, market.SPOT]
    assert old.stores.instruments.names() == [market.SWAP.id, BTC, ETH]


@since("0001")
def test_tapes(old: Upgraded) -> None:
    trades, holes = old.stores.trades, old.stores.holes
    stored = [trade for page in trades.between(BTC, START, at(9_000)) for trade in page]
    assert stored == market.TRADES
    assert trades.end(BTC) == market.TRADES[-1].cursor
    assert holes.of(BTC) == market.HOLES
    rows = [row for page in trades.rows(ETH, START, at(90_000)) for row in page]
    if old.since("0010"):  # retention dropped the first day
        late = [market.SECOND_LATE_TRADE] if old.since("0014") else []
        assert [row.trade for row in rows] == [*late, market.NEXT_DAY_TRADE]
        return
    assert [(row.trade, row.on_tape) for row in rows] == [
        (market.ODD_TRADE, True), (market.LATE_TRADE, False), (market.ETH_TRADES[1], True),
    ]  # fmt: skip


@since("0001")
def test_seals_cover_what_was_stored_with_them(old: Upgraded) -> None:
    seals = old.stores.trades.seals(BTC, START, at(8_000))
    assert seals.complete is old.since("0014")


@since("0001")
def test_candles(old: Upgraded) -> None:
    candles = old.stores.candles

    def found(timeframe: Timeframe) -> list[Candle]:
        return candles.announced(BTC, timeframe, at(-3_600), at(9_000))

    kept = [
        candle
        for candle in market.OLD_CANDLES
        if not old.since("0010") or candle.open_time >= market.DROPPED_BEFORE
    ]
    minutes = [candle for candle in market.ANNOUNCED if candle.timeframe is market.M1]
    assert found(market.M1) == kept + minutes
    assert found(market.M5) == [
        candle for candle in market.ANNOUNCED if candle.timeframe is market.M5
    ]
    assert candles.versions(BTC, market.M1, at(-3_600), at(9_000)) == market.OTHER_VERSIONS
    known_from = market.DROPPED_BEFORE if old.since("0010") else market.BTC_COVERAGE.start
    # What the tape covers begins with its first trade.
    assert candles.coverage(BTC, market.M1, at(-3_600), at(60)) == [
        TimeSpan(known_from, START), TimeSpan(market.TRADES[0].time, at(60)),
    ]  # fmt: skip
    # Retention came with a trade of the next day, up to which all is known since.
    known = [TimeSpan(START, at(36_000))] if old.since("0010") else market.ETH_COVERAGE
    assert candles.coverage(ETH, market.H1, START, at(36_000)) == known


@since("0001")
def test_collectors(old: Upgraded) -> None:
    assert old.stores.statuses.all() == fill.STATUSES


@since("0002")
def test_signals(old: Upgraded) -> None:
    signals, requests = old.stores.signals, old.stores.requests
    first, second = fill.ADVANCES
    assert signals.signals(fill.GROUP, START, at(999)) == [*first.signals, *second.signals]
    assert signals.skips(fill.GROUP, START, at(999)) == list(first.skips)
    status = signals.group(fill.GROUP)
    assert status is not None
    assert (status.started_from, status.evaluated_to) == (START, second.evaluated_to)
    other = signals.group(fill.OTHER_GROUP)
    assert other is not None
    assert other.evaluated_to == fill.OTHER_ADVANCE.evaluated_to
    stored = {one.request.requester: one for one in requests.all()}
    assert [stored[one.request.requester] for one in fill.REQUESTS] == fill.REQUESTS


@since("0002")
def test_strategies(old: Upgraded) -> None:
    strategies = old.stores.strategies
    assert strategies.files() == fill.FILES
    for result in (fill.FAILED, fill.PASSED):
        key = (result.strategy, result.version, result.parameters)
        assert strategies.verification_result(*key) == result
    assert strategies.verification_results() == [fill.FAILED]


@since("0003")
def test_chart_layouts(old: Upgraded) -> None:
    assert old.stores.layouts.all() == sorted(fill.LAYOUTS, key=lambda layout: layout.name)


@since("0004")
def test_backtests(old: Upgraded) -> None:
    for number, facts in old.facts["backtests"].items():
        record = old.stores.backtests.get(int(number))
        assert record is not None
        summary = record.summary
        assert (summary.digests.config, summary.digests.outcome, len(record.round_trips)) == (
            facts["config"], facts["outcome"], facts["round_trips"],
        )  # fmt: skip
        config = read_config(summary.config)
        assert config.digest() == facts["config"]
        assert (summary.start, config.parameters["length"]) == (at(600), 2 + int(number))
        assert (summary.created_at, summary.strategy) == (at(90_000), config.strategy)
        assert len(record.equity) == 29
        assert {"sharpe", "net_profit", "max_drawdown"} <= set(summary.metrics)


@since("0004")
def test_a_backtest_comes_back_to_the_last_digit(old: Upgraded) -> None:
    expected = a_record()
    summary = replace(expected.summary, id=3, note="second; 'quoted'", tags=["kept", "paper"])
    equity = expected.equity
    if not old.since("0013"):  # when there were no warnings, and buy and hold always bought
        summary = replace(summary, warnings=[])
        equity = [replace(one, benchmark=equity[1].benchmark) for one in equity]
    assert old.stores.backtests.get(3) == replace(expected, summary=summary, equity=equity)


@since("0005")
def test_sweeps(old: Upgraded) -> None:
    trials = SqlTrialRepository(old.database)
    assert trials.of(SWEEP_KEY) == fill.TRIALS
    assert str(trials.of(SWEEP_KEY)[1].metrics["sharpe"]) == "-0.0"
    assert {each.sweep_key.data_digest: each.trials for each in trials.sweeps(9)} == {
        SWEEP_KEY.data_digest: 3, OTHER.data_digest: 0,
    }  # fmt: skip
    assert trials.sweep(SWEEP_KEY.digest) == SWEEP_KEY


@since("0006")
@pytest.mark.parametrize("name", BOTS)
def test_a_bot_equals_its_replay_and_has_the_digest_of_before(old: Upgraded, name: str) -> None:
    stores = old.stores
    verifier = BotVerifier(
        BotVerifierStores(
            bots=stores.bots,
            ledger=stores.ledger,
            trades=stores.trades,
            candles=stores.candles,
            signals=stores.signals,
            verifications=InMemoryBotVerificationRepository(InMemoryStore()),  # so from the start
        )
    )
    found = verifier.verify(name, at(100_000))
    assert found.identical, found.difference
    facts = old.facts["bots"][name]
    orders, marks = stores.ledger.orders(name, *fill.EVER), stores.ledger.equity(name, *fill.EVER)
    assert digest_of(orders, marks) == found.stored_digest == facts["digest"]
    status = stores.bots.get(name)
    assert status is not None
    assert {
        "digest": found.stored_digest,
        "orders": len(orders),
        "marks": len(marks),
        "state": status.state.value,
        "transitions": status.transitions,
        "journal": status.entries,
    } == facts


@since("0006")
def test_versions_of_bots(old: Upgraded) -> None:
    bots = old.stores.bots
    configs = {config.name: config for config in CONFIGS}
    for name in BOTS:
        assert bots.versions(name)[0].config == configs[name]
    first, second = bots.versions("ann")
    assert (second.config, second.actor, second.reason) == (SECOND_CONFIG, "bob", "less")
    assert first.digest != second.digest
    assert bots.versions("alice") == [fill.ALICE]


@since("0006")
def test_sessions_keep_the_start_rule_that_they_had(old: Upgraded) -> None:
    for name in BOTS:
        versions = old.stores.bots.versions(name)
        sessions = sessions_of(old.stores.ledger.journal(name), versions)
        assert sessions
        # Before it was a rule of the configuration, a session acted on its first target.
        before = not old.since("0011")
        assert [session.facts.enter_on_start for session in sessions] == [before] * len(sessions)
        # Revision 0006 did not store with a session which configuration it had.
        assert [session.facts.config_digest for session in sessions] == [
            versions[session.facts.version - 1].digest if old.since("0007") else ""
            for session in sessions
        ]
        assert not versions[-1].config.enter_on_start


@since("0006")
def test_the_ledger_of_a_bot_comes_back_to_the_last_digit(old: Upgraded) -> None:
    stores, step = old.stores, fill.ALICE_STEP
    started, *others = stores.ledger.journal("alice")
    assert others == list(step.entries[1:])
    assert (started.effective_at, started.made_at) == (
        step.entries[0].effective_at,
        step.entries[0].made_at,
    )
    assert tuple(stores.ledger.orders("alice", *fill.EVER)) == step.orders
    assert tuple(stores.ledger.equity("alice", *fill.EVER)) == step.marks
    assert tuple(stores.bots.transitions("alice")) == step.transitions
    assert stores.ledger.checkpoints(["alice"]) == {"alice": step.checkpoints[0]}
    assert stores.ledger.daily_before([*BOTS, "alice"]) == {}


@since("0006")
def test_commands(old: Upgraded) -> None:
    bots = old.stores.bots
    refused, waiting = bots.commands("alice")
    assert [refused.request, waiting.request] == fill.ALICE_COMMANDS
    assert (refused.refusal, refused.answered_at) == ("not now", at(3))
    assert waiting.answered_at is None
    unanswered = [(one.request.bot, one.number) for one in bots.pending_commands()]
    assert sorted(unanswered) == [("alice", 2), ("scout", len(bots.commands("scout")))]
    if old.since("0007"):
        (kill,) = bots.pending_fleet_commands()
        assert kill.request == fill.KILL_ALL


@since("0007")
def test_verifications(old: Upgraded) -> None:
    assert old.stores.verifications.history("alice") == fill.VERIFICATIONS
    newest = old.stores.verifications.latest()
    assert newest["alice"].cause is Cause.DATA
    for name in BOTS:
        assert newest[name].identical
        assert newest[name].stored_digest == old.facts["bots"][name]["digest"]


@since("0006")
def test_the_fleet(old: Upgraded) -> None:
    rows = {row.status.name: row for row in old.stores.fleet.rows(START)}
    assert sorted(rows) == sorted([*BOTS, "alice"])
    assert all(row.checkpoint is not None for row in rows.values())
    assert {one.bot for one in old.stores.fleet.paid_in()} == set(rows)


@since("0008")
def test_telemetry(old: Upgraded) -> None:
    telemetry = old.stores.telemetry
    assert telemetry.latest(NOON) == [fill.LOAD, fill.SAMPLES[-1]]
    recent = telemetry.history("host", "cpu_percent", NOON, NOON + 25 * MINUTE, 25)
    assert [point.mean for point in recent] == [sample.value for sample in fill.SAMPLES]
    assert telemetry.history("host", "cpu_percent", NOON, NOON + 20 * HOUR, 60) == [
        HistoryPoint(time=NOON, low=0, mean=9.5, high=19),
        HistoryPoint(time=NOON + 20 * MINUTE, low=20, mean=22, high=24),
    ]
    bots, arbiter = fill.SNAPSHOTS
    assert telemetry.processes() == [
        ProcessRecord(process="arbiter", snapshot=arbiter),
        ProcessRecord(process="bots", report=fill.REPORTS[0], snapshot=bots),
        ProcessRecord(process="lonely", report=fill.REPORTS[1]),
    ]


@since("0008")
def test_alerts(old: Upgraded) -> None:
    alerts = old.stores.alerts
    assert alerts.open() == [fill.OPEN_ALERT]
    assert alerts.history(NOON - HOUR, NOON + HOUR, 9) == [fill.OPEN_ALERT, fill.OVER]
    assert alerts.deliveries(9) == fill.DELIVERIES
    assert alerts.due(NOON, 9) == [fill.DELIVERIES[0]]
    assert alerts.mutes(NOON) == [fill.MUTE]


@since("0009")
def test_the_audit_log(old: Upgraded) -> None:
    assert old.stores.audit.latest(9) == fill.AUDIT[::-1]


@since("0010")
def test_retention(old: Upgraded) -> None:
    retention = old.stores.retention
    kept, dropped = sorted(retention.days(), key=lambda day: str(day.instrument))
    assert (kept.instrument, kept.problem, kept.dropped) == (BTC, fill.PROBLEM, None)
    assert (kept.rows, kept.digest) == (len(market.TRADES), old.facts["tape_digest"])
    assert (dropped.instrument, dropped.rows, dropped.dropped) == (ETH, 3, fill.DROPPED)
    day = retention.summarize_day(BTC, START, START + timedelta(days=9))
    assert day is not None
    assert day.digest == kept.digest


@since("0011")
def test_history_requests(old: Upgraded) -> None:
    assert old.stores.history_requests.of([BTC, ETH]) == fill.HISTORY_REQUESTS


@since("0004")
def test_new_rows_get_new_numbers(old: Upgraded) -> None:
    assert old.stores.backtests.save(a_record("two")) == 4


@since("0006")
def test_a_group_of_bots_keeps_its_cursor(old: Upgraded) -> None:
    group = next(
        status.group for status in old.stores.signals.groups() if status.group.strategy == "Steady"
    )
    cursor = old.stores.ledger.cursor(group)
    assert cursor is not None
    assert market.TRADES[-8].cursor <= cursor <= market.TRADES[-1].cursor


@since("0001")
def test_a_tape_goes_on_behind_its_end(old: Upgraded) -> None:
    trade = a_trade(market.TRADES[-1].trade_id + 1, at_s=9_000)
    writer = old.stores.trades.open_writer()
    writer.claim([BTC])
    writer.commit([TapeBatch(instrument=BTC, trades=[trade])])
    writer.close()
    assert old.stores.trades.latest(BTC, 1) == [trade]
