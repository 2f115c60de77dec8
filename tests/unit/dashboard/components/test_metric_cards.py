"""A metric as a card: its value in its unit, and whether its sample is large enough."""

from typing import Any

import pytest
from dash.development.base_component import Component

from backtesting.metrics import METRICS, MetricDefinition
from dashboard.components.metric_cards import (
    FEW,
    SampleSize,
    metric_card,
    metric_cards,
    metric_text,
    tone,
    too_few,
)

ENOUGH = SampleSize(days=FEW, round_trips=FEW)


def card_of(name: str) -> MetricDefinition:
    return METRICS[name].definition


def texts_of(component: Any) -> str:
    if isinstance(component, Component):
        return texts_of(getattr(component, "children", ""))
    if isinstance(component, list | tuple):
        return "".join(texts_of(each) for each in component)
    return str(component or "")


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("total_return", 0.1234, "+12.34 %"),
        ("max_drawdown", 0.1234, "12.34 %"),
        ("net_profit", -12.5, "−12.50 USDT"),
        ("fees", 12.5, "12.50 USDT"),
        ("round_trips", 1234, "1,234"),
        ("sharpe", 1.5, "1.500"),
        ("sharpe", None, "—"),
    ],
)
def test_a_value_is_in_its_unit(name: str, value: float | None, text: str) -> None:
    assert metric_text(card_of(name), value, "USDT") == text


def test_a_loss_is_bad_and_a_profit_factor_below_one_too() -> None:
    assert tone(card_of("net_profit"), -1) == "down"
    assert tone(card_of("net_profit"), 1) == "up"
    assert tone(card_of("profit_factor"), 0.9) == "down"
    assert tone(card_of("profit_factor"), 1) == ""
    assert tone(card_of("win_rate"), 0.9) == ""
    assert tone(card_of("fees"), 5) == ""


def test_a_metric_of_few_days_is_greyed_without_a_tone() -> None:
    few = SampleSize(days=FEW - 1, round_trips=FEW)
    greyed = metric_card(card_of("sharpe"), 2.0, "USDT", few)
    assert "few" in greyed.className.split()
    assert too_few(card_of("sharpe"), few) == "From 29 days only: fewer than 30 are not significant"
    assert too_few(card_of("sharpe"), ENOUGH) == ""
    assert too_few(card_of("expectancy"), SampleSize(days=FEW, round_trips=3)).startswith(
        "From 3 round"
    )


def test_what_only_describes_is_never_greyed() -> None:
    assert too_few(card_of("max_drawdown"), SampleSize(days=0, round_trips=0)) == ""


def test_a_card_has_the_definition_of_its_metric() -> None:
    card = card_of("sharpe")
    text = texts_of(metric_card(card, 2.0, "USDT", ENOUGH))
    assert card.title in text
    assert f"Formula: {card.formula}" in text
    assert f"Requires: {card.requires}" in text


def test_cards_come_in_the_given_order() -> None:
    found = metric_cards(["fees", "sharpe"], {"fees": 1.0}, "USDT", ENOUGH)
    assert [getattr(card, "data-metric") for card in found] == ["fees", "sharpe"]
