"""What holds for every indicator of the catalog, also for those to come."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba.core.runtime import _nrt_python, rtsys
from pydantic import ValidationError

from data import CandleFrame, Timeframe
from strategies.charts import evaluate_indicators
from strategies.indicators import (
    CATALOG,
    INDICATORS,
    Donchian,
    Ema,
    Ichimoku,
    Indicator,
    Obv,
    Pane,
    create_indicator,
)
from strategies.window import anchors_of
from tests.candle_frames import a_frame_of, a_random_frame, with_missing
from utils.errors import ConfigError

each = pytest.mark.parametrize("indicator", [kind() for kind in INDICATORS], ids=lambda i: i.name)
FRAME = a_random_frame(4_000, 11)


@each
def test_the_future_changes_nothing(indicator: Indicator) -> None:
    full = indicator.values(FRAME)
    for rows in (1, 2, 57, 1_000, 1_777, 3_999):
        for name, column in indicator.values(FRAME.take(slice(0, rows))).items():
            np.testing.assert_array_equal(column, full[name][:rows])


@each
def test_after_the_warmup_the_start_of_the_frame_counts_no_more(indicator: Indicator) -> None:
    warmup = indicator.warmup(FRAME.timeframe)
    late = indicator.values(FRAME.take(slice(1_234, None)))
    for name, column in indicator.values(FRAME).items():
        after, before = late[name][warmup:], column[1_234 + warmup :]
        if isinstance(indicator, Obv):
            after, before = after - after[0], before - before[0]
        np.testing.assert_allclose(after, before, rtol=1e-9, atol=1e-9)
        assert not np.isnan(after).any()


@each
def test_behind_a_missing_candle_everything_starts_anew(indicator: Indicator) -> None:
    frame = with_missing(FRAME, [0, 1, 2, 900, 1_700, 1_701])
    values = indicator.values(frame)
    for start, stop in ((3, 900), (901, 1_700), (1_702, 4_000)):
        alone = indicator.values(frame.take(slice(start, stop)))
        for name, column in values.items():
            if not name.startswith("span"):  # drawn ahead of the candles that made them
                np.testing.assert_allclose(column[start:stop], alone[name], rtol=1e-9, atol=1e-9)
                assert np.isnan(column[[0, 1, 2, 900, 1_700, 1_701]]).all()


@each
@settings(max_examples=25, deadline=None)
@given(st.sets(st.integers(0, 99)), st.integers(0, 100))
def test_any_pattern_of_missing_candles_is_survived(
    indicator: Indicator, missing: set[int], rows: int
) -> None:
    frame = with_missing(a_random_frame(100, 3), sorted(missing)).take(slice(0, rows))
    assert all(len(column) == rows for column in indicator.values(frame).values())


@each
def test_no_value_is_made_from_a_missing_candle(indicator: Indicator) -> None:
    nothing = with_missing(FRAME.take(slice(0, 50)), range(50))
    assert all(np.isnan(column).all() for column in indicator.values(nothing).values())


@each
def test_a_flat_market_gives_numbers_without_noise(indicator: Indicator) -> None:
    flat = indicator.values(a_frame_of([0.1] * 2_000))
    for name, column in flat.items():
        settled = column[indicator.warmup(Timeframe.M1) :]
        if (indicator.name, name) in (("supertrend", "line"), ("supertrend", "trend")):
            assert np.isnan(settled).all(), "no trend is known before the first turn"
        elif indicator.name != "obv":
            assert len(set(settled)) == 1, f"{name} moves though no price does"


@pytest.mark.parametrize("indicator", [Ema(), Donchian()], ids=lambda i: i.name)
def test_read_only_and_strided_columns_serve_as_well(indicator: Indicator) -> None:
    columns = {name: np.repeat(column, 2)[::2] for name, column in FRAME.columns().items()}
    for column in columns.values():
        column.flags.writeable = False
    strided = CandleFrame(instrument=FRAME.instrument, timeframe=FRAME.timeframe, **columns)
    expected = indicator.values(FRAME)
    for name, column in indicator.values(strided).items():
        np.testing.assert_array_equal(column, expected[name])


@each
def test_computing_frees_what_it_took(indicator: Indicator) -> None:
    _nrt_python.memsys_enable_stats()
    indicator.values(FRAME)
    before = rtsys.get_allocation_stats()
    for _ in range(3):
        indicator.values(FRAME)
    after = rtsys.get_allocation_stats()
    assert after.alloc - after.free == before.alloc - before.free


@each
def test_it_describes_what_a_chart_and_a_form_require(indicator: Indicator) -> None:
    kind = type(indicator)
    names = [output.name for output in kind.outputs]
    assert len(set(names)) == len(names) > 0
    assert kind.pane in Pane
    assert kind.filled is None or set(kind.filled) <= set(names)
    assert kind.__doc__ is not None
    assert "Source:" in kind.__doc__
    for name, field in kind.model_fields.items():
        assert field.description, name
        assert not field.is_required(), name


@each
def test_a_parameter_out_of_bounds_or_unknown_is_refused(indicator: Indicator) -> None:
    kind = type(indicator)
    for name, schema in kind.model_json_schema().get("properties", {}).items():
        if "maximum" in schema:
            with pytest.raises(ConfigError, match=f"{name}: must be at most {schema['maximum']:,}"):
                create_indicator(kind.name, {name: schema["maximum"] + 1})
    with pytest.raises(ConfigError, match="nonsense: is not a parameter"):
        create_indicator(kind.name, {"nonsense": 1})


def test_parameters_are_frozen() -> None:
    indicator = create_indicator("ema", {"length": 9})
    with pytest.raises(ValidationError):
        indicator.length = 10  # type: ignore[attr-defined]


def test_an_unknown_indicator_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="'emma' is not an indicator; there are: sma, ema"):
        create_indicator("emma", {})


def test_a_fast_average_must_be_faster() -> None:
    with pytest.raises(ConfigError, match=r"fast \(30\) must be below slow \(26\)"):
        create_indicator("macd", {"fast": 30})


def test_the_catalog_finds_each_by_its_name() -> None:
    assert [CATALOG[kind.name] for kind in INDICATORS] == list(INDICATORS)
    assert len(CATALOG) == len(INDICATORS)


def test_reading_the_catalog_loads_neither_compiler_nor_pandas() -> None:
    code = (
        "import sys, strategies.built_in, strategies.batch, strategies.frame_reader;"
        "sys.exit(bool({'numba', 'pandas'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@each
def test_a_value_is_drawn_at_its_own_row_or_shifted_by_its_parameter(
    indicator: Indicator,
) -> None:
    assert len(indicator.shifts()) == len(indicator.outputs)
    assert indicator.shifts() == (
        (0, 0, 0, 0, -25) if indicator.name == "ichimoku" else (0,) * len(indicator.outputs)
    )


def test_chikou_follows_the_displacement() -> None:
    assert Ichimoku(displacement=30).shifts()[-1] == -29
    assert Ichimoku(displacement=1).shifts()[-1] == 0


def test_a_cumulative_value_is_drawn_without_a_line_from_window_to_window() -> None:
    frame = a_random_frame(9_000, 4)
    drawn = evaluate_indicators(frame, [Obv()], frame.open_time[0]).columns[0][0]
    anchors = np.flatnonzero(np.isin(frame.open_time, anchors_of(frame.open_time, Timeframe.M1)))
    assert len(anchors) == 2
    assert np.flatnonzero(np.isnan(drawn)).tolist() == anchors.tolist()
    steps = np.diff(drawn)
    assert np.nanmax(np.abs(steps)) <= frame.volume.max()
    late = evaluate_indicators(frame, [Obv()], frame.open_time[-30]).columns[0][0]
    np.testing.assert_array_equal(late, drawn[-30:])
