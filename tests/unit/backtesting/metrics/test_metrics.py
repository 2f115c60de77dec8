"""Every metric on an example computed by hand, and where it is undefined."""

from dataclasses import replace
from math import e, sqrt
from statistics import NormalDist

import numpy as np
import pytest

from backtesting.metrics import (
    METRICS,
    EquityCurve,
    Holdings,
    MaxDrawdown,
    MetricInput,
    RoundTripColumns,
    TrialStats,
    measure,
)
from backtesting.metrics.metric_input import DAY_US, no_round_trips
from tests.unit.backtesting.metrics.examples import LONG_RUN, ROUND_TRIPS, RUN, curve, days

phi, z = NormalDist().cdf, NormalDist().inv_cdf


ULCER = sqrt((0.1**2 + 0.1**2 + 0.01**2) / 5)
# Each round of the long run leaves its equity 0.01 below its peak, from which the next gains 0.1:
# above the peak, so that every round looks like the first.
LONG_ULCER = sqrt(8 * (0.1**2 + 0.1**2 + 0.01**2) / 33)
DAILY_SHARPE = 0.025 / sqrt(0.0275 / 3)
SKEW = (-0.001125 / 4) / (0.0275 / 4) ** 1.5
KURTOSIS = (3.078125e-4 / 4) / (0.0275 / 4) ** 2
SHARPE_VARIANCE = 1 - SKEW * DAILY_SHARPE + (KURTOSIS - 1) / 4 * DAILY_SHARPE**2
CHANCE = 0.1 * ((1 - 0.5772156649015329) * z(0.9) + 0.5772156649015329 * z(1 - 1 / (10 * e)))
# benchmark: +0.05, -0.05, +0.1, 0; mean 0.025; deviations 0.025, -0.075, 0.075, -0.025
COVARIANCE = (0.075 * 0.025 + 0.125 * 0.075 - 0.025 * 0.075 - 0.075 * 0.025) / 3
BENCHMARK_VARIANCE = (0.025**2 + 0.075**2 + 0.075**2 + 0.025**2) / 3
BETA = COVARIANCE / BENCHMARK_VARIANCE
# profits: mean 4, deviations 26, -14, -4, 16, -24, squares sum to 1720
SQN = sqrt(5) * 4 / sqrt(1720 / 4)
T_SHARE = SQN / sqrt(4 + SQN**2)

EXPECTED: dict[str, float | None] = {
    "net_profit": 8.9,
    "total_return": 0.089,
    "cagr": None,
    "volatility": None,
    "mean_daily_return": 0.025,
    "best_day": 0.1,
    "worst_day": -0.1,
    "winning_days": 0.5,
    "sharpe": None,
    "sortino": None,
    "omega": 0.2 / 0.1,
    "max_drawdown": 0.1,
    "max_drawdown_money": 11.0,
    "calmar": None,
    "max_drawdown_days": 3.0,
    "max_drawdown_is_open": 1.0,
    "max_underwater_days": 3.0,
    "underwater_share": 3 / 4,
    "recovery_days": None,
    "recovery_factor": 8.9 / 11,
    "ulcer_index": ULCER,
    "martin": None,
    "conditional_drawdown_95": 0.1,
    "serenity": None,
    # the 5th percentile lies 0.15 of the way from -0.1 to 0
    "value_at_risk_95": -0.085,
    "conditional_value_at_risk_95": -0.1,
    "tail_ratio": 0.1 / 0.085,
    "skew": SKEW,
    "excess_kurtosis": KURTOSIS - 3,
    "daily_returns": 4.0,
    "probabilistic_sharpe": phi(DAILY_SHARPE * sqrt(3) / sqrt(SHARPE_VARIANCE)),
    "deflated_sharpe": phi((DAILY_SHARPE - CHANCE) * sqrt(3) / sqrt(SHARPE_VARIANCE)),
    # with four degrees of freedom the distribution has a closed form
    "trade_p_value": 1 - T_SHARE * (3 - T_SHARE**2) / 2,
    "trade_p_value_bootstrap": None,
    "round_trips": 5.0,
    "win_rate": 2 / 5,
    "loss_rate": 2 / 5,
    "draw_rate": 1 / 5,
    "profit_factor": 50 / 30,
    "expectancy": 4.0,
    "expectancy_fraction": (0.3 - 0.05 + 0 + 0.4 - 0.2) / 5,
    "expectancy_r": (3 - 0.5 + 2 - 2) / 4,
    "expectancy_ratio": (1 + 25 / 15) * 0.4 - 1,
    "sqn": SQN,
    "sqn_100": SQN,
    "payoff": 25 / 15,
    "average_win": 25.0,
    "average_loss": -15.0,
    "largest_win": 30.0,
    "largest_loss": -20.0,
    "winning_streak": 1.0,
    "losing_streak": 1.0,
    "average_adverse_excursion": (0.05 + 0.1 + 0.1 + 0 + 0.25) / 5,
    "average_favourable_excursion": (0.4 + 0.05 + 0.1 + 0.4 + 0) / 5,
    "edge_ratio": 0.95 / 0.5,
    "holding_days": (0.25 + 0.5 + 1 + 1 + 0.5) / 5,
    "holding_days_min": 0.25,
    "holding_days_max": 1.0,
    "winner_days": (0.25 + 1) / 2,
    "winner_days_min": 0.25,
    "winner_days_max": 1.0,
    "loser_days": 0.5,
    "loser_days_min": 0.5,
    "loser_days_max": 0.5,
    # 3.25 days of round trips and the last quarter of a day, of 4
    "exposure": 3.5 / 4,
    "mean_gross_exposure": 0.5,
    "turnover": 1100 / ((100 + 110 + 99 + 99 + 108.9) / 5),
    "fees": 5.1,
    "fee_drag": 5.1 / (8.9 + 5.1),
    "average_fee": 1.0,
    "benchmark_return": 19.45 / 200,
    "excess_return": 0.089 - 19.45 / 200,
    "beta": BETA,
    "alpha": None,
    "correlation": COVARIANCE / sqrt(0.0275 / 3 * BENCHMARK_VARIANCE),
    "information_ratio": None,
    "refused_orders": 7.0,
    "timed_out_orders": 1.0,
    "cancelled_orders": 2.0,
    "replaced_orders": 3.0,
    "left_open": 4.0,
    "locks": 5.0,
    "gap_candles": 6.0,
    "ambiguous_candles": 8.0,
}


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_is_what_one_works_out_by_hand(name: str) -> None:
    expected = EXPECTED[name]
    assert METRICS[name](RUN) == (None if expected is None else pytest.approx(expected, rel=1e-7))


LONG_CAGR = 1.089 ** (8 * 365 / 32) - 1
LONG_VOLATILITY = sqrt(8 * 0.0275 / 31 * 365)
# differences from the benchmark: 0.05, -0.05, -0.1, 0.1; mean 0, squares sum to 0.025
ANNUALISED: dict[str, float] = {
    "cagr": LONG_CAGR,
    "volatility": LONG_VOLATILITY,
    "sharpe": 0.025 / sqrt(8 * 0.0275 / 31) * sqrt(365),
    "sortino": 0.025 / sqrt(0.01 / 4) * sqrt(365),
    "calmar": LONG_CAGR / 0.1,
    "martin": LONG_CAGR / LONG_ULCER,
    "serenity": LONG_CAGR / (LONG_ULCER * 0.1 / LONG_VOLATILITY),
    "alpha": (0.025 - BETA * 0.025) * 365,
    "information_ratio": 0.0,
}


@pytest.mark.parametrize("name", ANNUALISED)
def test_an_annual_metric_is_what_one_works_out_by_hand(name: str) -> None:
    assert METRICS[name](LONG_RUN) == pytest.approx(ANNUALISED[name], rel=1e-7, abs=1e-12)


@pytest.mark.parametrize("name", ANNUALISED)
def test_ten_minutes_are_not_scaled_to_a_year(name: str) -> None:
    times = np.array([0, 600_000_000], np.int64)
    short = MetricInput(
        curve=EquityCurve(times, np.array([100.0, 110.0])),
        benchmark=EquityCurve(times, np.array([100.0, 105.0])),
    )
    assert METRICS[name](short) is None


def test_a_growth_is_compounded_from_thirty_days_on() -> None:
    assert measure(MetricInput(curve=curve(*range(100, 130))))["cagr"] is None
    assert measure(MetricInput(curve=curve(*range(100, 131))))["cagr"] == pytest.approx(
        1.3 ** (365 / 30) - 1
    )


def test_a_daily_statistic_is_scaled_from_seven_returns_on() -> None:
    steps = [1.0, 2.0, 1.0, 3.0, 2.0, 5.0, 4.0, 6.0]
    assert measure(MetricInput(curve=curve(*steps[:-1])))["sharpe"] is None
    assert measure(MetricInput(curve=curve(*steps)))["sharpe"] is not None


@pytest.mark.parametrize("rate", [0.005, 1e-4, 1e-7, -0.003])
def test_a_constant_return_has_no_dispersion(rate: float) -> None:
    """The returns differ by the rounding of E_t / E_(t-1), which is large relative to them."""
    equity = [float(f"{100 * (1 + rate) ** day:.12f}") for day in range(200)]
    held = [100 * 1.0001**day for day in range(200)]
    measured = measure(MetricInput(curve=curve(*equity), benchmark=curve(*held)))
    undefined = {"sharpe", "probabilistic_sharpe", "skew", "excess_kurtosis", "beta", "alpha",
                 "correlation", "information_ratio"}  # fmt: skip
    assert {name for name in undefined if measured[name] is not None} == set()
    assert measured["volatility"] == 0.0


def test_rounding_is_no_drawdown_and_no_loss() -> None:
    measured = measure(MetricInput(curve=curve(*([100.0, 100.0 * (1 - 1e-15)] * 20))))
    assert measured["max_drawdown"] == measured["underwater_share"] == measured["ulcer_index"] == 0
    for name in ("calmar", "martin", "sortino", "omega", "recovery_days"):
        assert measured[name] is None


def test_a_profit_that_only_pays_the_fees_has_no_fee_drag() -> None:
    run = MetricInput(curve=curve(0.05, 0.05 - 0.00345732), holdings=Holdings(fees=0.00345732))
    assert measure(run)["fee_drag"] is None


def test_the_maximum_drawdown_is_over_all_marks_where_there_are_more_than_days() -> None:
    deep = MaxDrawdown(fraction=0.3, money=33.0, recovery_us=DAY_US // 2)
    measured = measure(replace(RUN, given_max_drawdown=deep))
    assert (measured["max_drawdown"], measured["max_drawdown_money"]) == (0.3, 33.0)
    assert measured["recovery_days"] == 0.5
    assert measured["recovery_factor"] == pytest.approx(8.9 / 33)
    assert measured["ulcer_index"] == pytest.approx(ULCER)


def test_measuring_a_run_measures_everything() -> None:
    assert list(measure(RUN)) == list(METRICS) == list(EXPECTED)


REQUIRES_RETURNS = {
    "volatility", "sharpe", "sortino", "omega", "value_at_risk_95", "tail_ratio", "skew",
    "conditional_value_at_risk_95", "excess_kurtosis", "probabilistic_sharpe", "best_day",
    "worst_day", "mean_daily_return", "winning_days", "calmar", "martin", "serenity", "cagr",
}  # fmt: skip


def test_without_a_day_ratios_are_undefined() -> None:
    measured = measure(MetricInput(curve=curve(100)))
    assert {name for name in REQUIRES_RETURNS if measured[name] is not None} == set()


def test_without_round_trips_their_metrics_are_undefined() -> None:
    measured = measure(replace(RUN, round_trips=no_round_trips()))
    counts = {"round_trips", "winning_streak", "losing_streak"}
    assert {name: measured[name] for name in counts} == dict.fromkeys(counts, 0.0)
    others = {
        name for name, metric in METRICS.items() if metric.definition.group in ("trades", "holding")
    }
    assert {name for name in others - counts if measured[name] is not None} == set()
    assert measured["trade_p_value"] is None
    assert measured["average_fee"] is None


def test_without_a_loss_ratios_of_losses_are_undefined() -> None:
    winning = replace(RUN, round_trips=_with_profits(1.0, 2.0), curve=curve(100, 101, 103))
    measured = measure(winning)
    for name in ("profit_factor", "payoff", "expectancy_ratio", "average_loss", "largest_loss"):
        assert measured[name] is None
    for name in ("sortino", "omega", "calmar", "martin", "serenity", "recovery_factor"):
        assert measured[name] is None
    assert measured["max_drawdown"] == measured["max_drawdown_days"] == 0.0
    assert measured["recovery_days"] is None


def test_without_a_win_ratios_of_wins_are_undefined() -> None:
    measured = measure(replace(RUN, round_trips=_with_profits(-1.0, -2.0)))
    assert measured["profit_factor"] == 0.0
    for name in ("payoff", "average_win", "largest_win", "winner_days"):
        assert measured[name] is None


def _with_profits(*profits: float) -> RoundTripColumns:
    count = len(profits)
    ones = np.ones(count)
    return RoundTripColumns(
        entry_us=days(*range(count)), exit_us=days(*(n + 1 for n in range(count))),
        entry_value=ones, profit=np.array(profits), fees=ones, adverse=ones, favourable=ones,
        risk=ones,
    )  # fmt: skip


@pytest.mark.parametrize("equity", [(100, 100, 100, 100), (100, 110, 121.00000000000001, 133.1)])
def test_returns_that_do_not_vary_have_no_sharpe_ratio(equity: tuple[float, ...]) -> None:
    measured = measure(MetricInput(curve=curve(*equity)))
    for name in ("sharpe", "probabilistic_sharpe", "skew", "excess_kurtosis"):
        assert measured[name] is None


def test_a_total_loss_is_minus_one_and_a_debt_has_no_growth_rate() -> None:
    assert measure(MetricInput(curve=curve(*[100] * 30, 0)))["cagr"] == -1.0
    indebted = measure(MetricInput(curve=curve(*[100] * 30, 50, -10)))
    assert indebted["cagr"] is None
    assert indebted["total_return"] == pytest.approx(-1.1)
    assert indebted["max_drawdown"] == pytest.approx(1.1)


def test_returns_from_nothing_are_undefined() -> None:
    measured = measure(MetricInput(curve=curve(100, 0, 0)))
    assert measured["sharpe"] is None
    assert measured["max_drawdown"] == 1.0


def test_growth_beyond_all_numbers_is_undefined() -> None:
    assert measure(MetricInput(curve=curve(*[1.0] * 30, 1e50)))["cagr"] is None


def test_a_drawdown_that_ended_has_its_recovery() -> None:
    measured = measure(MetricInput(curve=curve(100, 90, 80, 95, 100, 99, 101)))
    # from the peak on day 0 to day 4; the last point below it is day 3; the trough is day 2
    assert measured["max_drawdown_days"] == 4.0
    assert measured["max_drawdown_is_open"] == 0.0
    assert measured["max_underwater_days"] == 3.0
    assert measured["recovery_days"] == 2.0
    assert measured["underwater_share"] == pytest.approx(4 / 6)


def test_the_risk_free_rate_is_taken_off_day_by_day() -> None:
    daily = 1.1 ** (1 / 365) - 1
    measured = measure(replace(LONG_RUN, risk_free=0.1))
    assert measured["sharpe"] == pytest.approx((0.025 - daily) / sqrt(8 * 0.0275 / 31) * sqrt(365))
    assert measured["alpha"] == pytest.approx((0.025 - daily - BETA * (0.025 - daily)) * 365)


def test_the_system_quality_number_is_capped_at_a_hundred_round_trips() -> None:
    profits = [3.0, -1.0] * 100
    measured = measure(replace(RUN, round_trips=_with_profits(*profits)))
    quality = 1.0 / sqrt(200 * 4 / 199)
    assert measured["sqn"] == pytest.approx(sqrt(200) * quality)
    assert measured["sqn_100"] == pytest.approx(10 * quality)


def test_streaks_are_ended_by_draws() -> None:
    measured = measure(replace(RUN, round_trips=_with_profits(1, 1, 0, 1, -1, -1, -1, 1, 1, 1, 1)))
    assert (measured["winning_streak"], measured["losing_streak"]) == (4.0, 3.0)


def test_without_stops_there_is_no_r() -> None:
    without_risk = replace(ROUND_TRIPS, risk=np.zeros(5))
    assert measure(replace(RUN, round_trips=without_risk))["expectancy_r"] is None


def test_without_a_profit_before_fees_there_is_no_fee_drag() -> None:
    assert (
        measure(MetricInput(curve=curve(100, 90), holdings=Holdings(fees=5.0)))["fee_drag"] is None
    )


def test_without_a_benchmark_nothing_is_compared() -> None:
    alone = measure(replace(RUN, benchmark=None))
    names = [name for name, metric in METRICS.items() if metric.definition.group == "benchmark"]
    assert {name for name in names if alone[name] is not None} == set()


def test_a_benchmark_that_does_not_move_has_no_beta() -> None:
    still = measure(replace(RUN, benchmark=curve(1, 1, 1, 1, 1)))
    assert (still["beta"], still["alpha"], still["correlation"]) == (None, None, None)
    assert still["benchmark_return"] == 0.0


def test_a_run_that_does_not_move_has_no_correlation() -> None:
    still = measure(replace(RUN, curve=curve(100, 100, 100, 100, 100)))
    assert still["correlation"] is None
    assert still["beta"] == 0.0


def test_one_trial_deflates_nothing() -> None:
    measured = measure(replace(RUN, trials=TrialStats(count=1, sharpe_variance=0.0)))
    assert measured["deflated_sharpe"] == measured["probabilistic_sharpe"]


def test_more_trials_deflate_more() -> None:
    values = [
        measure(replace(RUN, trials=TrialStats(count=count, sharpe_variance=0.01)))[
            "deflated_sharpe"
        ]
        for count in (2, 10, 1000)
    ]
    assert values == sorted(values, key=lambda value: -(value or 0.0))


def test_uncounted_trials_deflate_nothing_at_all() -> None:
    assert measure(replace(RUN, trials=None))["deflated_sharpe"] is None


def test_the_bootstrap_is_the_same_each_time_and_near_the_t_test() -> None:
    random = np.random.Generator(np.random.PCG64(1))
    without_risk = _with_profits(*(random.normal(0.25, 1.0, 60)))
    one = measure(replace(RUN, round_trips=without_risk, bootstrap=2000))
    assert one == measure(replace(RUN, round_trips=without_risk, bootstrap=2000))
    assert one["trade_p_value_bootstrap"] == pytest.approx(one["trade_p_value"], abs=0.03)


def test_the_same_numbers_in_another_layout_measure_the_same() -> None:
    table = np.array([RUN.curve.equity, RUN.curve.equity]).T
    other = EquityCurve(RUN.curve.time_us, table[:, 1])
    assert measure(replace(RUN, curve=other)) == measure(RUN)
