"""Kill -9 anywhere: tape, candles and money come out as if nothing had happened.

A whole platform collects a simulated exchange, and bots trade on it; users command them meanwhile.
One process after the other is killed, the next one as soon as every tape and some bot commit again.
Afterwards the stored tape is the exchange's ledger up to the last id seen, the candles are the fold
of their tape, and every stored order and mark is that of a replay of the exchange's own ledger with
the journal.

TRUETAPE_KILLS=200 kills more often. The default kills each process a few times: chance decides
where a kill happens, and the laws of tapes and bots (tests/laws) stop at every point.
"""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest
from sqlalchemy import text

from bot_manager.domain.lifecycle import MANAGED_STATES, BotState, LifecycleEvent
from bot_manager.domain.session import sessions_of
from bot_manager.errors import IllegalTransition, UnknownBot
from bot_manager.groups.signal_view import SignalView, read_signal_view
from bot_manager.runtime.command_service import BotCommandService
from bot_manager.verification.replay import ReplaySegment, digest_of, replay_segment
from data import EPOCH, CandleSource, Cursor, InstrumentId, Timeframe, Trade, aggregate
from data.errors import RepositoryUnavailable
from database import (
    Database,
    SqlCandleRepository,
    SqlCollectorStatusRepository,
    SqlHoleRepository,
    SqlTradeRepository,
    open_database,
)
from database.embedded import embedded_servers
from scripts.composition.bots import bot_checker, bot_stores
from strategies import Group
from tests.fakes.bus import InMemoryBus
from tests.integration.live_platform import Market, Platform, simulated_market
from tests.integration.waits import eventually, gone
from utils.clock import SystemClock
from utils.compiled_cache import compiled_cache

pytestmark = [
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.timeout(3600),
    pytest.mark.embedded,
]

KILLS = int(os.environ.get("TRUETAPE_KILLS", "24"))
SYMBOLS = ("BTC-USDT", "ETH-USDT", "SOL-USDT")
TIMEFRAMES = (Timeframe.S1, Timeframe.M1, Timeframe.M5, Timeframe.H1)
RATE = 20.0
EVER = (EPOCH, datetime.max.replace(tzinfo=UTC))
ACCOUNT = {"timeframe": "1s", "capital": "5000"}
BOTS = [
    {
        "name": "ema",
        "instrument": "simulated:BTC-USDT",
        "strategy": "EmaCrossover",
        "parameters": {"fast": 2, "slow": 4},
        "exits": {"stop_loss_bps": 5, "take_profit_bps": 5},
    },
    {
        "name": "ema-too",
        "instrument": "simulated:BTC-USDT",
        "strategy": "EmaCrossover",
        "parameters": {"fast": 2, "slow": 4},
        "protections": {"max_drawdown": "0.02", "cool_down_s": 3},
    },
    {
        "name": "donchian",
        "instrument": "simulated:ETH-USDT",
        "strategy": "DonchianBreakout",
        "parameters": {"length": 5},
        "exits": {"trailing_stop_bps": 5},
    },
]
COMMANDS = (
    LifecycleEvent.PAUSE,
    LifecycleEvent.RESUME,
    LifecycleEvent.FLATTEN,
    LifecycleEvent.STOP,
    LifecycleEvent.START,
    LifecycleEvent.KILL,
    LifecycleEvent.START,
)
VICTIMS = (
    "bots", "collector", "PostgreSQL", "bots", "main", "collector", "bots", "Redis",
    "PostgreSQL", "bots", "collector", "main",
)  # fmt: skip


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    files = tmp_path / "bots"
    files.mkdir()
    for bot in BOTS:
        (files / f"{bot['name']}.json").write_text(json.dumps(ACCOUNT | bot))
    empty = tmp_path / "nobody"
    empty.mkdir()
    idle = {"strategy": "EmaCrossover", "title": "Nobody's", "instruments": []}
    (empty / "idle.json").write_text(json.dumps(idle))
    compiled = compiled_cache().folder.parent
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "compiled").symlink_to(compiled, target_is_directory=True)
    settings = {
        "BOTS_DIR": str(files),
        "BOTS_START_NEW": "true",
        "STRATEGIES_HISTORY_CANDLES": "30",
        "STRATEGIES_DIR": str(empty),
        "SUPERVISOR_LONGEST_DELAY_S": "0.5",
    }
    with simulated_market(*SYMBOLS, rate=RATE) as market:
        platform = Platform(market, tmp_path, SYMBOLS, TIMEFRAMES, settings=settings, warmup_days=1)
        try:
            yield platform
        finally:
            platform.end()


@contextmanager
def opened(platform: Platform) -> Iterator[Database]:
    database = open_database(platform.info.database_url, pool_size=1)
    try:
        yield database
    finally:
        database.close()


def places(database: Database) -> list[tuple[object, ...]]:
    """Return how far each group is folded; nothing while the store cannot be read."""
    try:
        with database.session("looking at the groups") as session:
            rows = session.execute(text("SELECT group_id, time, trade_id FROM bot_group"))
            return [tuple(row) for row in rows]
    except RepositoryUnavailable:
        return []


def ends(platform: Platform, database: Database) -> list[int]:
    """Return the last committed id of each tape; zeros while the store is unavailable."""
    trades = SqlTradeRepository(database)
    try:
        found = [trades.end(instrument) for instrument in platform.instruments]
    except RepositoryUnavailable:
        return [0 for _ in platform.instruments]
    return [end.trade_id if end else 0 for end in found]


def commit_again(platform: Platform) -> None:
    """Wait until every tape has grown and some group is folded further than it was.

    Where all bots have ended, one is started.
    """
    with opened(platform) as database:
        eventually(lambda: all(ends(platform, database)), within_s=300)
        first, before = ends(platform, database), places(database)

        def grown() -> bool:
            now = zip(ends(platform, database), first, strict=True)
            return all(end > begin for end, begin in now)

        def moved() -> bool:
            start_one_of_none(database)
            now = places(database)
            before.extend([] if before else now)
            return bool(before) and bool(now) and now != before

        eventually(grown, within_s=300)
        eventually(moved, within_s=300)


def start_one_of_none(database: Database) -> None:
    """Start a bot if none is active: commands take as long as kills and the machine allow."""
    stores = bot_stores(database)
    try:
        alive = any(
            bot.state in MANAGED_STATES or bot.desired_state in MANAGED_STATES
            for bot in stores.bots.all()
        )
        if alive or stores.bots.pending_commands():
            return
        service = BotCommandService(
            stores.bots, stores.instruments, InMemoryBus(), SystemClock(), "ann"
        )
        service.command([str(BOTS[0]["name"])], LifecycleEvent.START, "none lives")
    except (IllegalTransition, RepositoryUnavailable, UnknownBot):
        return


def command(platform: Platform, number: int) -> None:
    """Send a command to a bot, if its state allows it."""
    turn, bot = divmod(number, len(BOTS))
    name, rule = BOTS[bot]["name"], COMMANDS[(turn + 2 * bot) % len(COMMANDS)]
    with opened(platform) as database:
        stores = bot_stores(database)
        service = BotCommandService(
            stores.bots, stores.instruments, InMemoryBus(), SystemClock(), "ann"
        )
        try:
            service.command([str(name)], rule, f"before kill {number}")
        except (IllegalTransition, RepositoryUnavailable):
            return


def kill_bots(platform: Platform) -> None:
    """Kill the process that runs bots: the last that reported."""
    log = platform.data_dir / "log" / "bots.jsonl"
    pids = [
        json.loads(line)["pid"]
        for line in log.read_text().splitlines()
        if '"bot manager starts"' in line
    ]
    try:
        os.kill(pids[-1], signal.SIGKILL)
    except ProcessLookupError:
        return


def kill_collector(platform: Platform) -> None:
    """Kill the process that writes the tapes."""
    with opened(platform) as database:
        statuses = SqlCollectorStatusRepository(database)

        def running() -> int:
            pid = statuses.all()[0].pid
            return 0 if gone(pid) else pid

        os.kill(eventually(running), signal.SIGKILL)


def kill_child_named(name: str) -> Callable[[Platform], None]:
    def found(platform: Platform) -> list[psutil.Process]:
        """Return the server's first process: those it forked have it as their parent."""
        alike = [child for child in platform.tree()[1:] if name in _program(child)]
        pids = {child.pid for child in alike}
        return [child for child in alike if _parent(child) not in pids]

    def kill(platform: Platform) -> None:
        eventually(lambda: found(platform))[0].kill()

    return kill


def _program(process: psutil.Process) -> str:
    """Return what a process runs; nothing if it has just ended."""
    try:
        return " ".join(process.cmdline()[:1])
    except psutil.NoSuchProcess:
        return ""


def _parent(process: psutil.Process) -> int | None:
    try:
        return process.ppid()
    except psutil.NoSuchProcess:
        return None


def kill_main(platform: Platform) -> None:
    platform.kill_main()
    platform.start()


def test_tape_and_money_survive_every_kill(platform: Platform) -> None:
    kills = {
        "collector": kill_collector,
        "PostgreSQL": kill_child_named("postgres"),
        "Redis": kill_child_named("valkey"),
        "bots": kill_bots,
        "main": kill_main,
    }
    platform.start()
    commit_again(platform)
    for number in range(KILLS):
        victim = VICTIMS[number % len(VICTIMS)]
        command(platform, number)
        kills[victim](platform)
        began_s = time.monotonic()
        commit_again(platform)
        print(f"{victim}: {time.monotonic() - began_s:.1f} s")
    print(f"Ctrl+C took {platform.interrupt():.1f} s")
    with embedded_servers(platform.data_dir) as servers:
        database = open_database(servers.database_url)
        for instrument in platform.instruments:
            compare_tape(platform, database, instrument)
        orders = sum(compare(platform.market, database, str(bot["name"])) for bot in BOTS)
        database.close()
    print(f"{orders} orders")
    assert orders > 0


def compare_tape(platform: Platform, database: Database, instrument: InstrumentId) -> None:
    tape = _tape(database, instrument)
    ledger = platform.market.ledger(instrument, tape[0].trade_id, tape[-1].trade_id)
    assert SqlHoleRepository(database).of(instrument) == []
    assert tape == ledger
    candles = SqlCandleRepository(database)
    folded = aggregate(instrument, TIMEFRAMES, tape)
    for timeframe in TIMEFRAMES:
        opening, closing = timeframe.floor(tape[0].time), tape[-1].time
        announced = candles.announced(instrument, timeframe, opening, closing)
        ours = [candle for candle in announced if candle.source is CandleSource.TRADES]
        assert ours == [candle for candle in folded if candle.timeframe is timeframe]


def _tape(database: Database, instrument: InstrumentId) -> list[Trade]:
    trades = SqlTradeRepository(database)
    end = trades.end(instrument)
    assert end is not None
    first = trades.latest(instrument, 1)[0].time.replace(hour=0, minute=0, second=0, microsecond=0)
    span = Timeframe.W1.duration
    pages = trades.between(instrument, first - span, end.time + span)
    return [trade for page in pages for trade in page]


def compare(market: Market, database: Database, name: str) -> int:
    """Hold what is stored of a bot against the exchange's ledger; return how many orders."""
    stores = bot_stores(database)
    journal, versions = stores.ledger.journal(name), stores.bots.versions(name)
    sessions = sessions_of(journal, versions)
    status = stores.bots.get(name)
    assert status is not None
    found = bot_checker(database).verify(name, SystemClock().now())
    assert found.identical, found.difference
    stands = None if status.state is BotState.STOPPED else found.until
    end = stores.trades.end(sessions[0].group.instrument)
    assert end is not None

    def ledger(instrument: InstrumentId, place: Cursor) -> Iterator[Sequence[Trade]]:
        first = stores.trades.after(instrument, Cursor(place.time, place.trade_id - 1), 1)
        if first:
            yield market.ledger(instrument, first[0].trade_id, end.trade_id)

    def signal_view(group: Group) -> SignalView:
        view = read_signal_view(stores.signals, group, EPOCH)
        assert view is not None
        return view

    replayed = replay_segment(ReplaySegment(sessions=sessions, until=stands), ledger, signal_view)
    orders, marks = stores.ledger.orders(name, *EVER), stores.ledger.equity(name, *EVER)
    assert digest_of(orders, marks) == replayed.digest
    assert [order.sequence for order in orders] == list(range(len(orders)))
    assert len({mark.time for mark in marks}) == len(marks)
    numbers = [one.number for one in stores.bots.transitions(name)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert all(one.answered_at for one in stores.bots.commands(name)[:-1])
    return len(orders)
