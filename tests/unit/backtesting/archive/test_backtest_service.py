"""The same configuration on the same data is run once, then read from the store."""

from datetime import timedelta

import msgspec
import pytest

from backtesting.archive.backtest_service import BacktestService
from backtesting.archive.ports import BacktestQuery
from data import Timeframe
from tests.backtest_world import SWAP, World, folded, random_minutes
from tests.builders import START
from tests.fakes import InMemoryBacktestRepository
from utils.clock import ManualClock


@pytest.fixture
def world() -> World:
    world = World()
    world.add_minutes(5 * 1440)
    return world


def service_over(world: World) -> BacktestService:
    kept = InMemoryBacktestRepository(world.store)
    return BacktestService(world.engine(), kept, ManualClock(START))


def test_a_second_run_is_served_from_store(world: World) -> None:
    service = service_over(world)
    config = world.config(end=START + timedelta(days=4))
    first, second = service.run(config), service.run(config)
    assert (first.is_new, second.is_new) == (True, False)
    assert second.id == first.id
    assert service.read(first.id).summary.agrees
    assert len(service.kept.search(BacktestQuery())) == 1


def test_other_data_are_another_run(world: World) -> None:
    service = service_over(world)
    config = world.config(end=START + timedelta(days=4))
    first = service.run(config)
    later = START + timedelta(days=3, hours=4)
    candle = world.market.candles.best(SWAP.id, Timeframe.M5, later, later + timedelta(hours=1))[0]
    truer = msgspec.structs.replace(candle, high=candle.high + 1)
    world.market.candles.save([truer])
    second = service.run(config)
    assert second.is_new
    before, after = (service.read(stored.id).summary.digests for stored in (first, second))
    assert after.config == before.config
    assert after.data != before.data


def test_of_a_long_curve_evenly_spaced_points_are_kept() -> None:
    world = World()
    minutes = random_minutes(SWAP.id, 9 * 1440, 5, START)
    world.market.candles.save(folded(minutes, Timeframe.M1))
    config = world.config(timeframe="1m")
    service = service_over(world)
    record = service.read(service.run(config).id)
    times = [sample.time for sample in record.equity]
    assert 2_000 <= len(times) <= 2_005
    assert {config.start + timedelta(days=day) for day in range(1, 6)} <= set(times)
    assert times[0] == config.start + timedelta(minutes=1)
    assert times[-1] == config.end
    assert times == sorted(set(times))
