"""The portfolio as texts, cards, figures and rows of its page."""

from typing import Any

import pytest

from dashboard.components.address import query_of
from dashboard.features.portfolio import view
from dashboard.features.portfolio.page import OUTPUTS, PLOTS, outputs, shown
from dashboard.features.portfolio.query import FIELDS, PortfolioQuery
from data.errors import InvalidValue
from tests.unit.dashboard.components.test_metric_cards import texts_of
from tests.unit.dashboard.features.bots.test_portfolio_payload import history, payload_of

QUERY = query_of("", FIELDS)


@pytest.fixture
def portfolio() -> dict[str, Any]:
    """Return alice, who won 100 of 1,000, and bob, who lost 50 of 500."""
    return payload_of(history())


def test_an_address_selects_bots_of_one_currency() -> None:
    assert PortfolioQuery.of(QUERY) == PortfolioQuery(
        span="30d", search_text="", currency=None, benchmark=False
    )
    selected = PortfolioQuery.of(query_of("?range=all&currency=none&benchmark=1", FIELDS))
    assert (selected.span, selected.currency, selected.benchmark) == ("all", "", True)


def test_an_unknown_range_is_refused() -> None:
    with pytest.raises(InvalidValue, match="range must be one of 1d, 7d"):
        PortfolioQuery.of(QUERY | {"range": "2d"})


def test_everything_that_is_shown_has_an_output(portfolio: dict[str, Any]) -> None:
    changes = shown(portfolio, QUERY)
    assert set(outputs(**changes)) == set(OUTPUTS)
    assert set(PLOTS) <= set(changes)
    assert changes["hidden"] is False


def test_without_bots_the_page_describes_how_to_start_one() -> None:
    empty = payload_of(history(), "nobody")
    changes = shown(empty, QUERY)
    assert changes == {
        "about": "No bot has started in this span yet: start one on the Bots page.",
        "currencies": [],
        "hidden": True,
    }


def test_one_currency_has_no_choice_of_currencies(portfolio: dict[str, Any]) -> None:
    assert view.currency_links(portfolio, QUERY) == []


def test_links_of_currencies_keep_the_rest_of_the_address(portfolio: dict[str, Any]) -> None:
    several = portfolio | {"currency": "USDT", "currencies": ["USDT", "", "BTC"]}
    links = view.currency_links(several, QUERY | {"range": "7d", "by": "hour"})
    assert [link.children for link in links] == ["USDT", "other", "BTC"]
    assert links[1].href == "/portfolio?range=7d&currency=none&by=hour"
    assert [getattr(link, "aria-current") for link in links] == ["true", "false", "false"]


def test_cards_have_the_newest_equity_and_the_benchmark_on_request(
    portfolio: dict[str, Any],
) -> None:
    plain = texts_of(view.metrics(portfolio))
    assert plain.startswith("Equity1,550.00 USDTDrawdown now0.00 %Net profit+50.00 USDT")
    held = portfolio | {"benchmark": {"missing": [], "curve": None, "return": -0.05}}
    assert "Buy and hold−5.00 %" in texts_of(view.metrics(held))


def test_fills_that_do_not_explain_the_equity_are_named(portfolio: dict[str, Any]) -> None:
    differences = {"alice": "0", "bob": "-0.01"}
    wrong = portfolio | {
        "reconciliation": portfolio["reconciliation"] | {"differences": differences}
    }
    assert texts_of(view.reconciliation(wrong)).startswith(
        "✕ Fills do not explain the equity: bob differs by -0.01"
    )
    right = portfolio | {"reconciliation": wrong["reconciliation"] | {"differences": {"bob": "0"}}}
    assert texts_of(view.reconciliation(right)).startswith("✓ Reconciled")


def test_missing_prices_of_the_benchmark_are_named(portfolio: dict[str, Any]) -> None:
    missing = {"missing": ["no candle of a", "no candle of b"], "curve": None, "return": None}
    note = view.benchmark_note(portfolio | {"benchmark": missing})
    assert note == "Buy and hold is not drawn: no candle of a; no candle of b."
    assert view.benchmark_note(portfolio) == ""


def test_bots_are_ranked_by_profit(portfolio: dict[str, Any]) -> None:
    rows = view.ranking(portfolio)
    assert [(row["rank"], row["name"]) for row in rows] == [("▲ best", "alice"), ("▼ worst", "bob")]
    assert rows[0]["market"].count(" ") == 1
    assert {row["currency"] for row in rows} == {portfolio["currency"]}


def test_a_plot_with_a_choice_has_a_plotly_dict_for_each(portfolio: dict[str, Any]) -> None:
    drawn = view.figures(portfolio, QUERY)
    assert set(drawn["scatter"]) == {"excursions", "holding"}
    assert set(drawn["profit_by"]) == {"strategy", "instrument", "hour"}
    assert drawn["scatter"]["excursions"]["data"][0]["customdata"] == ["alice"]


def test_files_are_of_what_the_page_shows() -> None:
    address = view.file_address("days.csv", QUERY | {"range": "7d", "search": "a b"})
    assert address == ("/api/v1/portfolio/days.csv?range=7d&search=a+b&currency=&benchmark=")
