"""A parameter space in words, from a strategy's own model."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtesting.search import Choice, FloatRange, IntRange, parameter_fields, parse_space
from strategies.library import BollingerReversion, EmaCrossover, RsiReversion
from strategies.strategy_handle import LocalType
from utils.errors import ConfigError


def test_a_range_counts_from_the_low_end_by_its_step() -> None:
    space = parse_space(LocalType(EmaCrossover), ["fast=5..20:5"])
    assert list(space.dimensions[0].values()) == [5, 10, 15, 20]


def test_a_range_ends_at_its_last_whole_step() -> None:
    assert list(IntRange("n", 1, 10, 4).values()) == [1, 5, 9]
    assert FloatRange("x", 0.1, 0.55, 0.2).values() == [0.1, 0.3, 0.5]


def test_steps_of_fractions_are_the_decimals_they_look_like() -> None:
    assert FloatRange("x", 0.0, 0.5, 0.1).values() == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]


def test_a_bare_name_is_all_that_the_strategy_allows() -> None:
    space = parse_space(LocalType(BollingerReversion), ["length", "width"])
    assert space.dimensions == (IntRange("length", 2, 1_000), FloatRange("width", 0, 10))
    assert space.size is None


def test_values_may_be_listed_and_none_is_one_of_them() -> None:
    space = parse_space(LocalType(EmaCrossover), ["exits.stop_loss_bps=none,100,200"])
    assert space.dimensions == (Choice("exits.stop_loss_bps", (None, 100, 200)),)


def test_what_does_not_vary_keeps_its_value_inside_and_out() -> None:
    base = {"slow": 50, "exits": {"take_profit_bps": 300}}
    space = parse_space(LocalType(EmaCrossover), ["fast=5,10", "exits.stop_loss_bps=100,200"], base)
    exits = {"stop_loss_bps": 200, "take_profit_bps": 300, "trailing_stop_bps": None}
    assert space.strategy((10, 200)).parameters == {"fast": 10, "slow": 50, "exits": exits}


def test_the_strategy_itself_defines_what_is_allowed() -> None:
    space = parse_space(LocalType(EmaCrossover), ["fast=5..20:5", "slow=10"])
    assert [space.allows((fast, 10)) for fast in (5, 10, 15)] == [True, False, False]


def test_every_parameter_of_a_strategy_is_known_with_its_bounds() -> None:
    fields = parameter_fields(LocalType(RsiReversion))
    assert {"length", "oversold", "overbought", "middle", "exits.trailing_stop_bps"} <= set(fields)
    oversold = fields["oversold"]
    assert (oversold.low, oversold.high, oversold.open_low, oversold.open_high) == (
        0,
        50,
        True,
        True,
    )
    assert fields["exits.trailing_stop_bps"].optional


@pytest.mark.parametrize(
    ("word", "problem"),
    [
        ("speed=1..2", "there are: exits.stop_loss_bps"),
        ("fast=a..9", "must be a whole number, was 'a'"),
        ("fast=9..1", "must have an end not below its start"),
        ("fast=1..9:0", "requires a step above 0"),
        ("fast=5,5", "each of them once"),
        ("fast=none", "must be a whole number"),
    ],
)
def test_invalid_ranges_are_refused_by_name(word: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        parse_space(LocalType(EmaCrossover), [word])


def test_a_parameter_is_named_once() -> None:
    with pytest.raises(ConfigError, match="once"):
        parse_space(LocalType(EmaCrossover), ["fast=1,2", "fast=3,4"])


def test_a_space_varies_something() -> None:
    with pytest.raises(ConfigError, match="at least one"):
        parse_space(LocalType(EmaCrossover), [])


@given(st.integers(1, 50), st.integers(0, 60), st.integers(1, 9))
def test_values_are_ranked_in_their_order(low: int, more: int, step: int) -> None:
    dimension = IntRange("n", low, low + more, step)
    ranks = [dimension.rank(value) for value in dimension.values()]
    assert ranks == sorted(ranks)
    assert len(ranks) == dimension.size
