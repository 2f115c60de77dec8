"""The contract of backtest repositories."""

from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest

from backtesting.archive.ports import BacktestQuery
from backtesting.data.quality import DataQuality, Gap
from backtesting.errors import BacktestMissing
from backtesting.record import (
    BacktestRecord,
    BacktestSummary,
    Digests,
    EquitySample,
    ReconciliationCheck,
)
from bot_manager.reporting.run_warnings import RunWarning
from bot_manager.trading import OrderReason, RoundTrip
from data import Side
from tests.builders import START, at
from tests.contract.stores import Stores

ROUND_TRIP = RoundTrip(
    account=0,
    side=Side.SELL,
    size=Decimal("1.25"),
    entry_time=at(60),
    exit_time=at(3600.000001),
    entry_price=Decimal("30000.1"),
    exit_price=Decimal("29999.9"),
    entry_value=Decimal("37500.125"),
    exit_value=Decimal("37499.875"),
    fees=Decimal("0.0123456789"),
    profit=Decimal("0.2376543211"),
    adverse=Decimal(0),
    favourable=Decimal("1.5"),
    risk=Decimal(0),
    exit_reason=OrderReason.TAKE_PROFIT,
)


def a_record(
    run: str = "one", *, strategy: str = "EmaCrossover", sharpe: float | None = 1.5, day: int = 0
) -> BacktestRecord:
    """Return a backtest that differs by its data's digest."""
    summary = BacktestSummary(
        created_at=START + timedelta(days=day),
        instrument="okx:BTC-USDT",
        timeframe="1h",
        strategy=strategy,
        start=START,
        end=START + timedelta(days=30),
        config={"capital": "10000", "parameters": {"fast": 5, "width": 0.1}, "gaps": None},
        digests=Digests(config="c", data=run, code="k", intrabar="", outcome="o"),
        quality=DataQuality(
            candles=720, prints=720, missing=0.1, missing_candles=72, incomplete_candles=0,
            gap_count=1, gaps=[Gap(at(0), at(60))], first_print=at(0), last_print=at(3600),
        ),
        reconciled=[ReconciliationCheck(name="fees", what="all", compared=3, different=0)],
        metrics={"total_return": 0.1 + 0.2, "sharpe": sharpe},
        drilled_candles=4,
        warnings=[RunWarning(code="refused_paused", text="1 entry was refused.")],
    )  # fmt: skip
    samples = [
        EquitySample(
            time=at(3600 * hour), equity=Decimal("10000.000000001") + hour,
            position_value=Decimal(-hour), benchmark=Decimal(10_000) if hour else None,
        )
        for hour in range(3)
    ]  # fmt: skip
    return BacktestRecord(summary=summary, round_trips=[ROUND_TRIP, ROUND_TRIP], equity=samples)


def test_metrics_are_read_in_the_order_of_the_catalog(stores: Stores) -> None:
    backtest_id = stores.backtests.save(a_record())
    kept = stores.backtests.get(backtest_id)
    assert kept is not None
    assert list(kept.summary.metrics) == ["total_return", "sharpe"]


def with_id(record: BacktestRecord, backtest_id: int) -> BacktestRecord:
    return msgspec.structs.replace(
        record, summary=msgspec.structs.replace(record.summary, id=backtest_id)
    )


def test_a_backtest_comes_back_as_it_was_kept(stores: Stores) -> None:
    backtest_id = stores.backtests.save(a_record())
    assert stores.again().backtests.get(backtest_id) == with_id(a_record(), backtest_id)


def test_one_without_round_trips_comes_back(stores: Stores) -> None:
    bare = msgspec.structs.replace(a_record(), round_trips=[], equity=[])
    backtest_id = stores.backtests.save(bare)
    assert stores.backtests.get(backtest_id) == with_id(bare, backtest_id)


def test_the_same_run_is_kept_once(stores: Stores) -> None:
    first = stores.backtests.save(a_record())
    assert stores.backtests.save(a_record(sharpe=9.0)) == first
    assert stores.backtests.save(a_record("two")) != first
    assert len(stores.backtests.search(BacktestQuery())) == 2


def test_a_run_is_found_by_its_digests(stores: Stores) -> None:
    backtest_id = stores.backtests.save(a_record())
    found = stores.backtests.find("c", "one", "k")
    assert found == with_id(a_record(), backtest_id).summary
    assert stores.backtests.find("c", "one", "other code") is None


def test_what_is_not_kept_is_none(stores: Stores) -> None:
    assert stores.backtests.get(404) is None
    assert stores.backtests.search(BacktestQuery()) == []


def test_the_newest_are_listed_first(stores: Stores) -> None:
    ids = [stores.backtests.save(a_record(str(day), day=day)) for day in (1, 3, 2)]
    found = stores.backtests.search(BacktestQuery(limit=2))
    assert [summary.id for summary in found] == [ids[1], ids[2]]


def test_the_best_by_a_metric_are_listed_first_and_undefined_last(stores: Stores) -> None:
    for run, sharpe in (("a", 1.0), ("b", None), ("c", 10.5), ("d", -2.0)):
        stores.backtests.save(a_record(run, sharpe=sharpe))
    found = stores.backtests.search(BacktestQuery(metric="sharpe"))
    assert [summary.metrics["sharpe"] for summary in found] == [10.5, 1.0, -2.0, None]


def test_lists_are_narrowed(stores: Stores) -> None:
    one = stores.backtests.save(a_record("a"))
    other = stores.backtests.save(a_record("b", strategy="MacdCross"))
    stores.backtests.annotate(other, "looks good", ["kept", "paper"])

    def ids(**query: str) -> list[int]:
        found = stores.backtests.search(msgspec.convert(query, BacktestQuery))
        return [summary.id for summary in found]

    assert ids(strategy="EmaCrossover") == [one]
    assert ids(tag="paper") == [other]
    assert ids(instrument="okx:ETH-USDT") == []


def test_notes_and_tags_are_replaced(stores: Stores) -> None:
    backtest_id = stores.backtests.save(a_record())
    stores.backtests.annotate(backtest_id, "first", ["a"])
    stores.backtests.annotate(backtest_id, "second; 'quoted'", [])
    kept = stores.backtests.get(backtest_id)
    assert kept is not None
    assert (kept.summary.note, kept.summary.tags) == ("second; 'quoted'", [])
    with pytest.raises(BacktestMissing, match="backtest 404"):
        stores.backtests.annotate(404, "", [])


def test_a_deleted_backtest_is_gone_with_all_its_rows(stores: Stores) -> None:
    backtest_id = stores.backtests.save(a_record())
    assert stores.backtests.delete(backtest_id)
    assert not stores.backtests.delete(backtest_id)
    assert stores.backtests.get(backtest_id) is None
    assert stores.backtests.save(a_record()) != 0
