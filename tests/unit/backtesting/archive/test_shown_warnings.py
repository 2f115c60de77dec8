"""Everything that changes or empties a result has a warning."""

from datetime import timedelta
from pathlib import Path

import pytest

from backtesting.archive.record_builder import record_of
from backtesting.archive.shown_warnings import shown_warnings, warnings_of_trials
from backtesting.record import BacktestRecord
from backtesting.report.page import report_page
from backtesting.sweeps.trial import NOT_TRADED, SweepTrial
from tests.backtest_world import SPOT, SWAP, World
from tests.builders import START
from tests.user_registry import make_registry

RULES = '''
import numpy as np
from strategies import Strategy

class Turns(Strategy):
    """Long, flat, short, flat."""

    def directions(self, frame):
        number = frame.open_time.astype("datetime64[s]").astype(np.int64) // 300
        return np.array([1, 0, -1, 0], np.int8)[number % 4]

class Always(Strategy):
    """Long for ever."""

    def directions(self, frame):
        return np.ones(len(frame), np.int8)

class Silent(Strategy):
    """Flat for ever."""

    def directions(self, frame):
        return np.zeros(len(frame), np.int8)
'''


def record(world: World, folder: Path, **changes: object) -> BacktestRecord:
    (folder / "rules.py").write_text(RULES)
    values = {"start": START + timedelta(hours=1), "end": START + timedelta(hours=4)} | changes
    return record_of(world.engine(make_registry(folder)).run(world.config(**values)), START)


def codes(record: BacktestRecord) -> list[str]:
    return [warning.code for warning in record.summary.warnings]


@pytest.fixture(scope="module", params=[SPOT, SWAP], ids=["spot", "swap"])
def world(request: pytest.FixtureRequest) -> World:
    world = World(request.param)
    world.add_minutes(300)
    return world


def test_shorts_that_a_spot_instrument_drops_are_counted(world: World, tmp_path: Path) -> None:
    made = record(world, tmp_path, strategy="Turns")
    if world.instrument is SWAP:
        assert codes(made) == []
    else:
        assert codes(made) == ["shorts_taken_as_flat"]
        assert made.summary.warnings[0].text.startswith(
            "9 short targets were treated as flat: okx:"
        )


def test_entries_refused_for_size_have_a_reason(world: World, tmp_path: Path) -> None:
    made = record(world, tmp_path, strategy="Turns", capital="0.01")
    found = {warning.code: warning.text for warning in made.summary.warnings}
    number = 18 if world.instrument is SWAP else 9
    assert found["refused_below_min_size"].startswith(
        f"{number} entries were refused: the size was below the minimum size of "
    )
    assert "a capital above 0.01 USDT" in found["refused_below_min_size"]


def test_buy_and_hold_that_could_not_buy_is_undefined(world: World, tmp_path: Path) -> None:
    made = record(world, tmp_path, strategy="Turns", capital="0.01")
    assert made.summary.metrics["benchmark_return"] is None
    assert made.summary.metrics["excess_return"] is None
    assert {sample.benchmark for sample in made.equity} == {None}
    assert "benchmark_undefined" in codes(made)


def test_a_run_that_only_waits_has_a_warning(world: World, tmp_path: Path) -> None:
    assert codes(record(world, tmp_path, strategy="Always")) == ["target_in_force_never_changed"]
    assert codes(record(world, tmp_path, strategy="Silent")) == ["no_target"]
    assert codes(record(world, tmp_path, strategy="Always", enter_on_start=True)) == []


def test_steps_that_are_not_used_are_reported(world: World, tmp_path: Path) -> None:
    steps = {"price_step": "1", "size_step": "1", "min_size": "1"}
    assert "steps_not_used" in codes(record(world, tmp_path, strategy="Turns", steps=steps))


def test_the_report_begins_with_them(world: World, tmp_path: Path) -> None:
    made = record(world, tmp_path, strategy="Always")
    [first, *_] = shown_warnings(made.summary, made.round_trips)
    page = report_page(made, "")
    assert page.index(first) < page.index("Total return")


def test_trials_that_were_not_traded_are_counted() -> None:
    fine = SweepTrial(parameters="{}", metrics={})
    cold = SweepTrial(parameters="{}", metrics={}, problem=f"{NOT_TRADED}it needs more")
    assert warnings_of_trials([fine]) == []
    assert warnings_of_trials([fine, cold])[0].startswith("1 of 2 trials were not traded")
