"""The health probe of the engine, by the progress of its groups."""

from strategies.engine.status_probe import SignalsProbe
from strategies.engine.status_samples import SignalStats
from strategies.strategy_files import FileProblem, StrategyFile
from tests.builders import START
from tests.engine_world import World, some_candles
from tests.unit.strategies.signal_builders import a_request

CANDLES = some_candles(60, 3, quiet=0.0)


def test_groups_that_follow_their_candles_are_healthy() -> None:
    world = World()
    world.close(CANDLES[:40])
    world.request(a_request())
    world.work(2)
    world.close(CANDLES[40:41])
    (finding,) = SignalsProbe(world.signals, world.candles, world.strategies).check()
    assert (finding.healthy, finding.detail) == (True, "1 groups of signals")


def test_a_group_that_stays_behind_is_reported() -> None:
    world = World()
    world.close(CANDLES[:40])
    world.request(a_request())
    world.work(2)
    world.close(CANDLES[40:])
    (finding,) = SignalsProbe(world.signals, world.candles, world.strategies).check()
    assert not finding.healthy
    assert "1 behind, the first EmaCrossover" in finding.detail


def test_a_file_that_does_not_work_is_named() -> None:
    world = World()
    problem = FileProblem(line=None, message="is not valid JSON")
    file = StrategyFile(path="a.json", version="", seen_at=START, problems=(problem,))
    world.strategies.save_files([file])
    (finding,) = SignalsProbe(world.signals, world.candles, world.strategies).check()
    assert (finding.healthy, finding.detail) == (
        True,
        "0 groups of signals; 1 files with errors, the first a.json: is not valid JSON",
    )
    stats = SignalStats(world.signals, world.candles, world.strategies)
    assert [one.value for one in stats.read(START) if one.name == "broken_files"] == [1]
