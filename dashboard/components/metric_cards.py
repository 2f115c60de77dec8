"""Metrics as cards: title, value, and on a click how the metric is defined."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from backtesting.metrics import METRICS, MetricDefinition, Value
from dashboard.components.elements import attributes
from dashboard.formats import (
    UNKNOWN,
    format_money,
    format_number,
    format_profit,
    format_signed,
    percent,
)

FEW = 30
"""Fewer days or round trips are not significant."""

# Descriptive metrics, without predictive value.
_PLAIN = frozenset(
    {
        "net_profit", "total_return", "benchmark_return", "excess_return", "max_drawdown",
        "max_drawdown_money", "round_trips", "daily_returns",
    }
)  # fmt: skip
_BY_ROUND_TRIPS = frozenset({"trades", "holding"})
_BY_DAYS = frozenset({"return", "risk-adjusted", "drawdown", "tails", "significance", "benchmark"})
_SIGNED = ("return", "profit", "expectancy", "alpha", "cagr")
_TONED_GROUPS = frozenset({"return", "risk-adjusted", "trades", "benchmark"})
_WITHOUT_TONE = frozenset({"win_rate", "winning_days", "payoff", "omega"})


@dataclass(frozen=True, slots=True)
class SampleSize:
    """How much the metrics were measured on."""

    days: int
    round_trips: int


def cards(*content: Component) -> Component:
    """Return a grid of cards."""
    return html.Div(list(content), className="metrics")


def plain_card(title: str, value: str) -> Component:
    """Return the card of a value that needs no definition."""
    body = [
        html.Span(title, className="metric-title"),
        html.Strong(value, className="metric-value"),
    ]
    return _card(html.Div(body, className="metric-plain"))


def metric_cards(
    names: Sequence[str], values: Mapping[str, Value], currency: str, sample: SampleSize
) -> list[Component]:
    """Return the cards of metrics of the catalog; those of a small sample are greyed."""
    return [
        metric_card(METRICS[name].definition, values.get(name), currency, sample)
        for name in names
        if name in METRICS
    ]


def metric_card(
    metric: MetricDefinition, value: Value, currency: str, sample: SampleSize
) -> Component:
    """Return the card of one metric."""
    warning = too_few(metric, sample)
    definition = [
        ("Formula", metric.formula),
        ("Requires", metric.requires),
        ("Source", metric.source),
        ("", metric.notes),
    ]
    text = metric_text(metric, value, currency)
    shown = html.Strong(text, className=f"metric-value {'' if warning else tone(metric, value)}")
    return _card(
        html.Details(
            [
                html.Summary([html.Span(metric.title, className="metric-title"), shown]),
                *(
                    html.P([html.B(f"{name}: ") if name else None, about])
                    for name, about in definition
                    if about
                ),
            ],
            title=warning,
        ),
        more="few" if warning else "",
        **attributes(data_metric=metric.name),
    )


def metric_text(metric: MetricDefinition, value: Value, currency: str) -> str:
    """Return a metric's value in its unit."""
    if value is None:
        return UNKNOWN
    is_signed = any(word in metric.name for word in _SIGNED)
    match metric.unit:
        case "fraction":
            return percent(value, signed=is_signed)
        case "money":
            amount = (format_profit if is_signed else format_money)(value, currency)
            return f"{amount} {currency}".strip()
        case "days":
            return f"{format_number(value, 2 if value < 10 else 1)} d"
        case "count":
            return format_number(value, 0)
    return (format_signed if is_signed else format_number)(value, 0 if abs(value) >= 1000 else 3)


def tone(metric: MetricDefinition, value: Value) -> str:
    """Return the class of a value: `up` if it is good, `down` if it is bad, else ""."""
    has_tone = metric.unit != "count" and metric.better > 0 and metric.group in _TONED_GROUPS
    centre = 1 if metric.name == "profit_factor" else 0
    if not has_tone or metric.name in _WITHOUT_TONE or value is None or value == centre:
        return ""
    return "up" if value > centre else "down"


def too_few(metric: MetricDefinition, sample: SampleSize) -> str:
    """Return what a metric is measured on if that is too little, else ""."""
    by_round_trips = metric.group in _BY_ROUND_TRIPS
    if metric.name in _PLAIN or not (by_round_trips or metric.group in _BY_DAYS):
        return ""
    count = sample.round_trips if by_round_trips else sample.days
    unit = "round trips" if by_round_trips else "days"
    few = f"From {count} {unit} only: fewer than {FEW} are not significant"
    return few if count < FEW else ""


def _card(content: Component, more: str = "", **named: str) -> Component:
    card: Component = dmc.Paper(content, className=f"metric {more}".strip(), **named)
    return card
