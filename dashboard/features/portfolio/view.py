"""The portfolio of all bots as what the page shows: texts, cards, figures, rows. Pure.

`portfolio` is what `BotServices.portfolio` returns.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from dashboard.components import plots
from dashboard.components.address import Query, search_of
from dashboard.components.elements import attributes
from dashboard.components.metric_cards import SampleSize, cards, metric_cards, plain_card
from dashboard.features.portfolio.query import FIELDS, NO_CURRENCY, PROFITS_BY
from dashboard.figures.bars import allocation, profit_by, profit_by_day, returns_histogram
from dashboard.figures.equity import equity_with_drawdown, growth
from dashboard.figures.monthly_returns import monthly_returns
from dashboard.figures.round_trips import excursions, holding
from dashboard.formats import format_money, format_profit, format_time, percent

Portfolio = Mapping[str, Any]
Row = dict[str, Any]

HEADLINE = (
    "net_profit", "total_return", "max_drawdown", "sharpe", "sortino", "calmar", "profit_factor",
    "expectancy", "win_rate", "round_trips", "fees",
)  # fmt: skip
READ = tuple(field.name for field in FIELDS if field.is_read)
_DAY_S = 86_400


def about(portfolio: Portfolio) -> str:
    """Return which bots and which span are shown."""
    bots = portfolio["bots"]
    if not bots:
        return "No bot has started in this span yet: start one on the Bots page."
    daily = portfolio["daily_before"]
    before = f", daily before {format_time(daily, _DAY_S)}" if daily else ""
    span = f"{format_time(portfolio['start'])} to {format_time(portfolio['end'])} UTC"
    return (
        f"{bots} {'bot' if bots == 1 else 'bots'}, {span}; "
        f"maximum drawdown over candle closes and fills{before}"
    )


def currency_links(portfolio: Portfolio, query: Query) -> list[Component]:
    """Return a link for each quote currency: money of different ones is never added.

    Nothing if there is only one and the address, whose values `query` are, names none.
    """
    shown, known = portfolio["currency"], portfolio["currencies"]
    if len(known) < 2 and not query["currency"]:
        return []
    return [
        dmc.Anchor(
            currency or "other",
            underline="never",
            refresh=False,
            href="/portfolio" + search_of(query | {"currency": currency or NO_CURRENCY}, FIELDS),
            className="text-button",
            **attributes(
                data_currency=currency or NO_CURRENCY, aria_current=_is(currency == shown)
            ),
        )
        for currency in ([] if shown in known else [shown]) + known
    ]


def metrics(portfolio: Portfolio) -> Component:
    """Return the cards of the newest values, and of the metrics as defined for backtests."""
    currency, curve = portfolio["currency"], portfolio["curve"]
    benchmark = portfolio.get("benchmark")
    equity = f"{format_money(curve['equity'][-1], currency)} {currency}".strip()
    newest = [
        plain_card("Equity", equity),
        plain_card("Drawdown now", percent(abs(curve["drawdown"][-1]))),
    ]
    if benchmark is not None:
        newest.append(plain_card("Buy and hold", percent(benchmark["return"], signed=True)))
    sample = SampleSize(days=int(portfolio["days"]), round_trips=portfolio["round_trips"])
    return cards(*newest, *metric_cards(HEADLINE, portfolio["metrics"], currency, sample))


def reconciliation(portfolio: Portfolio) -> list[Component]:
    """Return whether the stored fills explain the equity; differences are exact, as text."""
    sums, currency = portfolio["reconciliation"], portfolio["currency"]
    wrong = {bot: text for bot, text in sums["differences"].items() if text != "0"}
    parts = (
        f"realised {format_profit(sums['realised'], currency)}, "
        f"unrealised {format_profit(sums['unrealised'], currency)}, "
        f"fees {format_money(sums['fees'], currency)}"
    )
    change = f"equity changed by {format_profit(sums['change'], currency)}"
    if not wrong:
        return [
            html.Strong("✓ Reconciled", className="up"),
            html.Span(f"{parts} = {change} since the bots began", className="muted"),
        ]
    named = ", ".join(f"{bot} differs by {text}" for bot, text in wrong.items())
    return [
        html.Strong(f"✕ Fills do not explain the equity: {named}", className="down"),
        html.Span(f"fills: {parts}; {change}", className="muted"),
    ]


def benchmark_note(portfolio: Portfolio) -> str:
    """Return why buy and hold is not drawn, "" if it is, or is not to be."""
    missing = (portfolio.get("benchmark") or {"missing": []})["missing"]
    return f"Buy and hold is not drawn: {'; '.join(missing)}." if missing else ""


def figures(portfolio: Portfolio, query: Query) -> dict[str, plots.Figures]:
    """Return the figures of all plots by a name for each; `query` is what is drawn."""
    view = urlencode({name: query[name] for name in READ})
    currency = portfolio["currency"]
    held = (portfolio.get("benchmark") or {"curve": None})["curve"]
    instruments = {member["name"]: member["instrument"] for member in portfolio["members"]}
    round_trips = [
        {**row, "instrument": instruments[row["bot"]]} for row in portfolio["closed_round_trips"]
    ]
    equity = {member["name"]: member["equity"] for member in portfolio["members"]}
    days = portfolio["day_profits"]
    drawn = {
        "equity": equity_with_drawdown(portfolio["curve"], held, currency),
        "growth": growth(portfolio["growth_curves"]),
        "allocation": allocation(equity, currency),
        "days": profit_by_day(days["time"], days["profit"], currency),
        "histogram": returns_histogram(**portfolio["histogram"]),
        "months": monthly_returns(portfolio["months"]),
    }
    return {
        **{name: plots.figures(view, only=figure) for name, figure in drawn.items()},
        "scatter": plots.figures(
            view,
            excursions=excursions(round_trips, currency),
            holding=holding(round_trips, currency),
        ),
        "profit_by": plots.figures(
            view,
            **{name: profit_by(portfolio["profit_by"][name], currency) for name in PROFITS_BY},
        ),
    }


def ranking(portfolio: Portfolio) -> list[Row]:
    """Return the bots as rows, the highest profit first."""
    ranked = sorted(portfolio["members"], key=lambda member: -member["profit"])
    differences = portfolio["reconciliation"]["differences"]
    return [
        {
            **member,
            "rank": _rank(at, len(ranked)),
            "market": f"{member['instrument']} {member['timeframe']}",
            "reconciled": _difference(differences.get(member["name"])),
            "currency": portfolio["currency"],
        }
        for at, member in enumerate(ranked)
    ]


def round_trip_rows(portfolio: Portfolio) -> list[Row]:
    """Return the closed round trips as rows, the newest first."""
    return [{**row, "currency": portfolio["currency"]} for row in portfolio["closed_round_trips"]]


def file_address(name: str, query: Query) -> str:
    """Return where the file of what the page shows is downloaded."""
    return f"/api/v1/portfolio/{name}?{urlencode({each: query[each] for each in READ})}"


def _rank(at: int, count: int) -> str:
    if at == 0:
        return "▲ best"
    return "▼ worst" if at == count - 1 else ""


def _difference(text: str | None) -> str:
    if text is None:
        return ""
    return "✓" if text == "0" else f"✕ {text}"


def _is(holds: bool) -> str:
    return "true" if holds else "false"
