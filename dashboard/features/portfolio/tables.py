"""The tables of the Portfolio page."""

from typing import Any

from dash.development.base_component import Component

from dashboard import ids
from dashboard.components.grids import grid, link, money, number_column, sign_colors, text

FEW_ROUND_TRIPS = 30
# Tables are made while their page is hidden and has no width: AG Grid would leave out columns that
# lie outside of that width.
ALL_COLUMNS = {"suppressColumnVirtualisation": True}


def ranking_table() -> Component:
    """Return the table of the bots, the best first."""
    return grid(
        ids.PORTFOLIO_RANKING,
        [
            text("rank", "", width=82),
            link("name", "Bot", "/bots/", minWidth=120, flex=2),
            text("state", "State", width=124, valueFormatter=_function("ttState")),
            text("strategy", "Strategy", minWidth=110, flex=2),
            text("market", "Market", minWidth=190, flex=2),
            money("profit", "Profit", signed=True, minWidth=104, flex=1, **sign_colors()),
            number_column("return", "Return", "ttSignedPercent", width=96, **sign_colors()),
            number_column("round_trips", "Round trips", "ttNumber", 0, width=104),
            number_column(
                "win_rate",
                "Won",
                "ttPercent",
                width=82,
                cellClassRules={"few": f"params.data.round_trips < {FEW_ROUND_TRIPS}"},
            ),
            money("equity", "Equity", minWidth=112, flex=1),
            text(
                "reconciled",
                "Reconciled",
                width=112,
                type="rightAligned",
                cellClassRules={
                    "up": "params.value === '✓'",
                    "down": "params.value && params.value !== '✓'",
                },
            ),
        ],
        "name",
        domLayout="autoHeight",
        **ALL_COLUMNS,
    )


def round_trips_table() -> Component:
    """Return the table of the closed round trips."""
    return grid(
        ids.PORTFOLIO_ROUND_TRIPS,
        [
            link("bot", "Bot", "/bots/", minWidth=120, flex=2),
            text("side", "Side", width=76),
            number_column("entry_time", "Entry, UTC", "ttSecond", width=172),
            number_column("exit_time", "Exit, UTC", "ttSecond", width=172),
            number_column("entry_price", "Entry", "ttPrice", minWidth=104, flex=1),
            number_column("exit_price", "Exit", "ttPrice", minWidth=104, flex=1),
            money("fees", "Fees", width=96),
            money("profit", "Profit", signed=True, minWidth=104, flex=1, **sign_colors()),
            number_column("return", "Return", "ttSignedPercent", width=96, **sign_colors()),
            text("reason", "Exit reason", minWidth=112, flex=1),
        ],
        "number",
        localeText={"noRowsToShow": "No round trip was closed in this span."},
        suppressNoRowsOverlay=False,
        **ALL_COLUMNS,
    )


def _function(name: str) -> dict[str, Any]:
    return {"function": f"{name}(params.value)"}
