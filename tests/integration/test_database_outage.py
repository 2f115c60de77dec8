"""Losing a real PostgreSQL: typed errors, nothing half done, and everything recovers."""

import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from data import TapeBatch, Timeframe
from data.errors import RepositoryError, RepositoryUnavailable
from database import (
    Database,
    SqlCandleRepository,
    SqlCollectorStatusRepository,
    SqlInstrumentRepository,
    SqlTradeRepository,
    open_database,
)
from database.migrate import migrate
from tests.builders import BTC, a_candle, a_trade, an_instrument, at, ids_of, trades_at
from tests.integration.proxy import Proxy, database_proxy

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def migrated_url(database_url: str) -> str:
    migrate(database_url)
    return database_url


@pytest.fixture
def database(migrated_url: str) -> Iterator[Database]:
    """Yield a database that is never disturbed."""
    database = open_database(migrated_url)
    with database.session("emptying the tables") as session:
        session.execute(text("TRUNCATE trade, tape_end, hole, candle, candle_check"))
    yield database
    database.close()


@pytest.fixture
def wire(migrated_url: str, database: Database) -> Iterator[tuple[Proxy, Database]]:
    """Yield a wire to the same database, and a pool that goes through it."""
    del database
    with database_proxy(migrated_url) as (proxy, url):
        through = open_database(url)
        yield proxy, through
        through.close()


def eventually(check: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + 30
    while not check():
        assert time.monotonic() < deadline_s
        time.sleep(0.02)


def end_others(database: Database) -> None:
    """End every other back end of this database."""
    with database.session("ending back ends") as session:
        session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                # A vacuum worker may be there at any time, and is not ours to end.
                " AND backend_type = 'client backend'"
            )
        )


def run_sql(database: Database, *statements: str, **values: object) -> None:
    with database.session("asking") as session:
        for statement in statements:
            session.execute(text(statement), values)


def shown(error: BaseException) -> str:
    """Return what a log would show: messages and causes, without our own source lines."""
    lines = traceback.format_exception(error)
    return "".join(line for line in lines if not line.startswith("  File"))


def test_a_pool_whose_back_ends_were_ended_serves_the_next_call(
    database: Database, migrated_url: str
) -> None:
    pooled = open_database(migrated_url)
    instruments = SqlInstrumentRepository(pooled)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: instruments.all(), range(8)))
    end_others(database)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: instruments.all(), range(8)))
    pooled.close()


def test_a_back_end_that_ends_within_a_transaction_is_unavailable_and_leaves_nothing(
    database: Database, migrated_url: str
) -> None:
    pooled = open_database(migrated_url)

    def add_a_row() -> None:
        with pooled.session("adding a row") as session:
            session.execute(text("INSERT INTO instrument (exchange, symbol) VALUES ('x', 'y')"))
            end_others(database)
            session.execute(text("SELECT 1"))

    with pytest.raises(RepositoryUnavailable, match="adding a row"):
        add_a_row()
    with pooled.session("reading it") as session:
        query = text("SELECT count(*) FROM instrument WHERE exchange = 'x'")
        assert session.scalar(query) == 0
    pooled.close()


def test_a_writer_whose_back_end_ended_fails_and_the_next_one_goes_on(
    database: Database, migrated_url: str
) -> None:
    trades = SqlTradeRepository(open_database(migrated_url))
    writer = trades.open_writer()
    writer.claim([BTC])
    writer.commit([TapeBatch(instrument=BTC, trades=trades_at(0, 1))])
    end_others(database)
    with pytest.raises(RepositoryUnavailable, match="committing 1 trades of okx:BTC-USDT"):
        writer.commit([TapeBatch(instrument=BTC, trades=[a_trade(3, at_s=2)])])
    with pytest.raises(RepositoryUnavailable, match="open another"):
        writer.commit([TapeBatch(instrument=BTC, trades=[a_trade(3, at_s=2)])])
    writer.close()
    following = trades.open_writer()
    following.claim([BTC])
    assert following.end(BTC) == a_trade(2, at_s=1).cursor
    following.commit([TapeBatch(instrument=BTC, trades=[a_trade(3, at_s=2)])])
    following.close()
    assert ids_of(SqlTradeRepository(database).latest(BTC, 9)) == [1, 2, 3]


def test_a_commit_of_unknown_outcome_is_unavailable_and_decided_by_the_stored_end(
    database: Database, wire: tuple[Proxy, Database]
) -> None:
    proxy, through = wire
    writer = SqlTradeRepository(through).open_writer()
    writer.claim([BTC])
    errors: list[Exception] = []

    def commit() -> None:
        try:
            writer.commit([TapeBatch(instrument=BTC, trades=trades_at(0, 1))])
        except RepositoryUnavailable as error:
            errors.append(error)

    proxy.hold_reply_to(b"COMMIT")
    thread = threading.Thread(target=commit)
    trades = SqlTradeRepository(database)
    thread.start()
    eventually(lambda: trades.end(BTC) is not None)
    proxy.cut()
    thread.join()
    assert len(errors) == 1
    assert ids_of(trades.latest(BTC, 9)) == [1, 2]
    proxy.restore()
    following = SqlTradeRepository(through).open_writer()
    following.claim([BTC])
    assert following.end(BTC) == a_trade(2, at_s=1).cursor
    following.close()


def test_a_commit_that_is_cut_before_its_end_leaves_nothing(
    database: Database, wire: tuple[Proxy, Database]
) -> None:
    proxy, through = wire
    writer = SqlTradeRepository(through).open_writer()
    writer.claim([BTC])
    proxy.hold_reply_to(b"COPY")
    batch = TapeBatch(instrument=BTC, trades=trades_at(0, 1), candles=[a_candle()])
    with ThreadPoolExecutor(1) as pool:
        outcome = pool.submit(writer.commit, [batch])
        time.sleep(0.2)
        proxy.cut()
        with pytest.raises(RepositoryUnavailable):
            outcome.result()
    assert SqlTradeRepository(database).end(BTC) is None
    assert SqlTradeRepository(database).latest(BTC, 9) == []
    assert SqlCandleRepository(database).latest(BTC, Timeframe.M1, 9) == []


def test_every_call_is_unavailable_while_the_server_is_down_and_works_again_after(
    wire: tuple[Proxy, Database],
) -> None:
    proxy, through = wire
    trades, candles = SqlTradeRepository(through), SqlCandleRepository(through)
    trades.add_late([a_trade()])
    proxy.cut()
    calls: list[Callable[[], object]] = [
        lambda: trades.latest(BTC, 1),
        lambda: trades.add_late([a_trade(2)]),
        lambda: list(trades.between(BTC, at(0), at(9))),
        trades.open_writer,
        lambda: candles.save([a_candle()]),
        lambda: candles.frame(BTC, Timeframe.M1, at(0), at(60)),
        lambda: SqlInstrumentRepository(through).save([an_instrument()]),
    ]
    for call in calls:
        with pytest.raises(RepositoryUnavailable):
            call()
    proxy.restore()
    for call in calls[:-1]:
        call()


def test_a_statement_over_its_time_is_unavailable(database: Database) -> None:
    with pytest.raises(RepositoryUnavailable, match=r"asking: .*query_canceled \(57014\)"):
        run_sql(
            database, "SELECT set_config('statement_timeout', '50', true)", "SELECT pg_sleep(5)"
        )


def test_a_disk_that_is_full_is_unavailable(database: Database) -> None:
    with pytest.raises(RepositoryUnavailable, match=r"disk_full \(53100\)"):
        run_sql(database, "DO $$ BEGIN RAISE EXCEPTION '' USING ERRCODE = '53100'; END $$")


def test_an_error_of_an_unknown_kind_is_our_fault(database: Database) -> None:
    with pytest.raises(RepositoryError, match=r"reported error \(ZZ999\)"):
        run_sql(database, "DO $$ BEGIN RAISE EXCEPTION '' USING ERRCODE = 'ZZ999'; END $$")


def test_a_status_of_another_version_is_refused_by_name(database: Database) -> None:
    run_sql(database, "INSERT INTO collector_status VALUES (now(), 'old', '{\"name\": 1}')")
    with pytest.raises(RepositoryError, match="collectors' statuses: one is of another version"):
        SqlCollectorStatusRepository(database).all()
    run_sql(database, "DELETE FROM collector_status")


def test_a_full_pool_is_unavailable(migrated_url: str) -> None:
    tiny = open_database(migrated_url, pool_size=1, pool_timeout_s=0.1)
    with tiny.session("first") as first, tiny.session("second") as second:
        first.connection()
        second.connection()
        with pytest.raises(RepositoryUnavailable, match="asking: every connection of the pool"):
            run_sql(tiny, "SELECT 1")
    tiny.close()


def test_what_the_database_refuses_is_our_fault_and_shows_no_value(database: Database) -> None:
    for statement in ("SELECT nothing WHERE 'a' = :value", "SELECT CAST(:value AS integer)"):
        with pytest.raises(RepositoryError, match="asking: the database reported") as caught:
            run_sql(database, statement, value="canary")
        assert "canary" not in shown(caught.value)
    with pytest.raises(RepositoryError, match=r'undefined_column \(42703\): column "nothing"'):
        run_sql(database, "SELECT nothing")


def test_a_refused_log_in_is_our_fault_and_shows_no_password(migrated_url: str) -> None:
    url = make_url(migrated_url).set(username="nobody", password="canary-password")
    other = open_database(url.render_as_string(hide_password=False))
    with pytest.raises((RepositoryError, RepositoryUnavailable)) as caught:
        SqlInstrumentRepository(other).all()
    assert isinstance(caught.value, RepositoryError)
    assert "canary-password" not in shown(caught.value)
    assert "canary-password" not in repr(other.engine)
    other.close()


def test_connections_keep_utc_and_commit_for_sure(database: Database) -> None:
    with database.session("asking") as session:
        assert session.scalar(text("SHOW timezone")) == "UTC"
        assert session.scalar(text("SHOW synchronous_commit")) == "on"
        assert session.scalar(text("SHOW statement_timeout")) == "1min"
