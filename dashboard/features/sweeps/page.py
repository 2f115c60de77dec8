"""The Backtests page's views of sweeps: the list, and one sweep with its trials."""

from dash import html
from dash.development.base_component import Component

from dashboard import ids
from dashboard.components.elements import attributes, panel, placeholder
from dashboard.components.grids import Column, grid, number_column, text


def sweep_views() -> list[Component]:
    """Return the list of sweeps and the view of one, both hidden."""
    return [_list(), _result()]


def _list() -> Component:
    return html.Section(
        [
            html.P(id=ids.SWEEP_COUNT, className="sweep-count muted", role="status"),
            html.Div(grid(ids.SWEEPS_GRID, _columns(), "sweep"), className="backtest-grid"),
        ],
        id=ids.SWEEP_LIST,
        hidden=True,
        className="panel backtest-list",
    )


def _columns() -> list[Column]:
    return [
        text("strategy", "Strategy", minWidth=110, flex=2),
        text("instrument", "Instrument", minWidth=152, flex=2),
        text("timeframe", "TF", width=54),
        number_column("start", "From, UTC", "ttTime", width=148),
        number_column("end", "To, UTC", "ttTime", width=148),
        number_column("trials", "Trials", "ttNumber", 0, width=74),
        number_column("failed", "Failed", "ttNumber", 0, width=70),
        number_column("best_sharpe", "Best Sharpe", "ttNumber", 2, width=106),
        number_column("started_at", "Started at, UTC", "ttTime", width=148),
    ]


def _result() -> Component:
    return html.Section(
        [
            placeholder("head", "panel result-head"),
            panel("Overfitting check", placeholder("selection-bias")),
            panel(
                "By two parameters, with the best value over all others",
                placeholder("axes", "sweep-axes"),
                html.Div(id=ids.SWEEP_HEAT),
            ),
            panel("Every trial, by all parameters", html.Div(id=ids.SWEEP_PARALLEL)),
            panel(
                "Trials",
                html.P(
                    "Click a trial to copy its parameters into the form.",
                    className="muted sweep-taken",
                    role="status",
                    **attributes(data_slot="taken"),
                ),
                html.Div(grid(ids.SWEEP_TRIALS, [], "trial"), className="round-trips-grid"),
            ),
        ],
        id=ids.SWEEP_RESULT,
        hidden=True,
        className="backtest-result",
    )
