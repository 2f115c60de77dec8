"""Metrics of round trips, net of fees. A profit of exactly 0 is a draw, counted in n."""

from math import sqrt

import numpy as np

from backtesting.metrics.definition import Value, metric
from backtesting.metrics.metric_input import MetricInput
from backtesting.metrics.serial import mean, ratio, spread, total


@metric("Round trips", "trades", "count", "n, closed ones only", requires="any run")
def round_trips(run: MetricInput) -> Value:
    """A position still open is none."""
    return float(len(run.round_trips))


@metric("Win rate", "trades", "fraction", "wins / n", requires="30 round trips", better=1)
def win_rate(run: MetricInput) -> Value:
    """Draws count among n."""
    return ratio(float(len(run.wins)), float(len(run.round_trips)))


@metric("Loss rate", "trades", "fraction", "losses / n", requires="30 round trips", better=-1)
def loss_rate(run: MetricInput) -> Value:
    """Draws are no losses."""
    return ratio(float(len(run.losses)), float(len(run.round_trips)))


@metric("Draw rate", "trades", "fraction", "draws / n", requires="30 round trips")
def draw_rate(run: MetricInput) -> Value:
    """Profits of exactly 0."""
    return ratio(float((run.round_trips.profit == 0).sum()), float(len(run.round_trips)))


@metric(
    "Profit factor",
    "trades",
    "ratio",
    "sum of wins / abs(sum of losses)",
    requires="30 round trips, some of them losses",
    better=1,
)
def profit_factor(run: MetricInput) -> Value:
    """Undefined without a loss."""
    return ratio(total(run.wins), -total(run.losses))


@metric("Expectancy", "trades", "money", "mean profit", requires="30 round trips", better=1)
def expectancy(run: MetricInput) -> Value:
    """What a round trip earns on average."""
    return mean(run.round_trips.profit)


@metric(
    "Expectancy in percent of the entry",
    "trades",
    "fraction",
    "mean of profit / value at entry",
    requires="30 round trips",
    better=1,
)
def expectancy_fraction(run: MetricInput) -> Value:
    """Each round trip weighs the same."""
    return mean(run.round_trips.profit / run.round_trips.entry_value)


@metric(
    "Expectancy in R",
    "trades",
    "ratio",
    "mean of profit / loss at the first stop, over round trips that had one",
    source="Tharp 1998",
    requires="30 round trips with a stop",
    better=1,
)
def expectancy_r(run: MetricInput) -> Value:
    """Undefined without stops."""
    stopped = run.round_trips.risk > 0
    return mean(run.round_trips.profit[stopped] / run.round_trips.risk[stopped])


@metric(
    "Expectancy ratio",
    "trades",
    "ratio",
    "(1 + payoff) x win rate - 1",
    requires="30 round trips",
    better=1,
)
def expectancy_ratio(run: MetricInput) -> Value:
    """What one unit of average loss earns."""
    edge, rate = payoff(run), win_rate(run)
    return None if edge is None or rate is None else (1.0 + edge) * rate - 1.0


@metric(
    "System quality number",
    "trades",
    "score",
    "sqrt(n) x mean profit / std(profit, ddof 1)",
    source="Tharp 2008",
    requires="30 round trips",
    better=1,
)
def sqn(run: MetricInput) -> Value:
    """Grows with the number of round trips; see the one at 100."""
    quality = ratio(mean(run.round_trips.profit), spread(run.round_trips.profit))
    return None if quality is None else quality * sqrt(len(run.round_trips))


@metric(
    "System quality number, n at most 100",
    "trades",
    "score",
    "sqrt(min(n, 100)) x mean profit / std(profit, ddof 1)",
    source="Tharp 2008",
    requires="30 round trips",
    better=1,
)
def sqn_100(run: MetricInput) -> Value:
    """Comparable between runs of different length."""
    quality = ratio(mean(run.round_trips.profit), spread(run.round_trips.profit))
    return None if quality is None else quality * sqrt(min(len(run.round_trips), 100))


@metric(
    "Payoff",
    "trades",
    "ratio",
    "average win / abs(average loss)",
    requires="30 round trips, of both kinds",
    better=1,
)
def payoff(run: MetricInput) -> Value:
    """Undefined without wins or without losses."""
    won, lost = average_win(run), average_loss(run)
    return None if lost is None else ratio(won, -lost)


@metric("Average win", "trades", "money", "mean of profits > 0", requires="30 wins", better=1)
def average_win(run: MetricInput) -> Value:
    """Undefined without a win."""
    return mean(run.wins)


@metric("Average loss", "trades", "money", "mean of profits < 0", requires="30 losses", better=1)
def average_loss(run: MetricInput) -> Value:
    """Below 0; undefined without a loss."""
    return mean(run.losses)


@metric("Largest win", "trades", "money", "max of profits > 0", requires="1 win", better=1)
def largest_win(run: MetricInput) -> Value:
    """Undefined without a win."""
    return float(run.wins.max()) if len(run.wins) else None


@metric("Largest loss", "trades", "money", "min of profits < 0", requires="1 loss", better=1)
def largest_loss(run: MetricInput) -> Value:
    """Below 0; undefined without a loss."""
    return float(run.losses.min()) if len(run.losses) else None


@metric(
    "Longest winning streak", "trades", "count", "most wins in a row", requires="30 round trips"
)
def winning_streak(run: MetricInput) -> Value:
    """In the order of exits; a draw ends it."""
    return _longest(run.round_trips.profit > 0)


@metric(
    "Longest losing streak", "trades", "count", "most losses in a row", requires="30 round trips"
)
def losing_streak(run: MetricInput) -> Value:
    """In the order of exits; a draw ends it."""
    return _longest(run.round_trips.profit < 0)


def _longest(hits: np.ndarray) -> float:
    misses = np.flatnonzero(np.concatenate(([True], ~hits, [True])))
    return float(np.diff(misses).max() - 1)


@metric(
    "Average adverse excursion",
    "trades",
    "fraction",
    "mean of the worst loss while held / value at entry",
    source="Sweeney 1996",
    requires="30 round trips",
    better=-1,
)
def average_adverse_excursion(run: MetricInput) -> Value:
    """MAE, from 0 up, before fees."""
    return mean(run.round_trips.adverse / run.round_trips.entry_value)


@metric(
    "Average favourable excursion",
    "trades",
    "fraction",
    "mean of the best profit while held / value at entry",
    source="Sweeney 1996",
    requires="30 round trips",
    better=1,
)
def average_favourable_excursion(run: MetricInput) -> Value:
    """MFE, from 0 up, before fees."""
    return mean(run.round_trips.favourable / run.round_trips.entry_value)


@metric(
    "Edge ratio",
    "trades",
    "ratio",
    "average favourable / average adverse excursion",
    source="Faith 2007, without his scaling by volatility",
    requires="30 round trips",
    better=1,
)
def edge_ratio(run: MetricInput) -> Value:
    """Above 1: entries are followed by more for than against."""
    return ratio(average_favourable_excursion(run), average_adverse_excursion(run))
