"""The Backtests page: a form, its jobs, the result, and all stored backtests."""

from dash import ClientsideFunction, Dash, Input, State, dcc, html
from dash.development.base_component import Component

from dashboard import ids
from dashboard.components.elements import PLOTLY_SOURCE, attributes, button, panel, placeholder
from dashboard.components.grids import Column, grid, money, number_column, sign_colors, text
from dashboard.features.sweeps.page import sweep_views
from dashboard.live.hub import LiveHub
from dashboard.page import Page
from dashboard.services import DashboardServices


def layout() -> Component:
    """Return the page, empty."""
    return html.Div(
        [
            dcc.Location(id=ids.BACKTESTS_URL, refresh="callback-nav"),
            html.Section(
                [html.H2("New backtest"), html.Div(id=ids.BACKTEST_FORM)],
                className="panel backtest-new",
            ),
            html.Div(
                [
                    html.Div(id=ids.BACKTEST_JOBS, **attributes(aria_live="polite")),
                    _breadcrumbs(),
                    _history(),
                    _result(),
                    _comparison(),
                    *sweep_views(),
                ],
                className="backtest-main",
            ),
        ],
        id=ids.BACKTESTS,
        className="backtests",
        **attributes(data_plotly=PLOTLY_SOURCE),
    )


def _breadcrumbs() -> Component:
    return html.Nav(
        [
            button(ids.BACKTEST_BACK, "← Back", hidden=True),
            button(ids.BACKTEST_SHOW_HISTORY, "Backtests", more="view"),
            button(ids.BACKTEST_SHOW_SWEEPS, "Sweeps", more="view"),
            html.Span(id=ids.BACKTEST_WHERE),
        ],
        className="backtest-where",
        **attributes(aria_label="Where in Backtests"),
    )


def _history() -> Component:
    search = dcc.Input(
        id=ids.BACKTEST_SEARCH,
        type="search",
        placeholder="Search strategy, instrument, note, tag",
        className="field backtest-search",
    )
    return html.Section(
        [
            html.Div(
                [
                    search,
                    html.Span(id=ids.BACKTEST_COUNT, className="muted", role="status"),
                    html.Span(className="spacer"),
                    button(ids.BACKTEST_COMPARE, "Compare", disabled=True),
                    button(
                        ids.BACKTEST_DELETE,
                        "Delete",
                        more="danger",
                        disabled=True,
                        **attributes(data_required_role="operator"),
                    ),
                ],
                className="backtest-tools",
            ),
            html.Div(
                grid(
                    ids.BACKTEST_HISTORY,
                    _history_columns(),
                    "id",
                    rowSelection={"mode": "multiRow", "headerCheckbox": False},
                    selectionColumnDef={"width": 44, "pinned": "left"},
                ),
                className="backtest-grid",
            ),
        ],
        id=ids.BACKTEST_LIST,
        className="panel backtest-list",
    )


def _history_columns() -> list[Column]:
    return [
        number_column("id", "#", "ttNumber", 0, width=52),
        text("strategy", "Strategy", minWidth=124, flex=2),
        text("parameters", "Parameters", minWidth=150, flex=2),
        text("instrument", "Instrument", minWidth=152, flex=2),
        text("timeframe", "TF", width=54),
        number_column("total_return", "Return", "ttSignedPercent", width=92, **sign_colors()),
        number_column("benchmark_return", "Hold", "ttSignedPercent", width=88),
        number_column("max_drawdown", "Drawdown", "ttPercent", width=98),
        number_column("sharpe", "Sharpe", "ttNumber", 2, width=82),
        number_column("profit_factor", "PF", "ttNumber", 2, width=62),
        number_column("round_trips", "Trips", "ttNumber", 0, width=64),
        text(
            "tags",
            "Tags",
            minWidth=80,
            flex=1,
            valueFormatter={"function": "ttTags(params.value)"},
        ),
        text("note", "Note", minWidth=100, flex=2),
        number_column("created_at", "Run at, UTC", "ttTime", width=160),
    ]


def _result() -> Component:
    return html.Section(
        [
            placeholder("head", "panel result-head"),
            placeholder("metrics"),
            panel("Equity, drawdown and exposure", html.Div(id=ids.BACKTEST_EQUITY)),
            html.Div(
                [
                    panel("Monthly returns", placeholder("months", "scroller")),
                    panel("Round trips by return", html.Div(id=ids.BACKTEST_HISTOGRAM)),
                ],
                className="two",
            ),
            panel(
                "Candles with fills",
                placeholder("candles-nav", "candles-nav"),
                html.Div(id=ids.BACKTEST_CANDLES),
            ),
            panel(
                "Round trips",
                html.Div(
                    grid(ids.BACKTEST_ROUND_TRIPS, _round_trip_columns(), "number"),
                    className="round-trips-grid",
                ),
            ),
            placeholder("facts", "panel facts-row"),
        ],
        id=ids.BACKTEST_RESULT,
        hidden=True,
        className="backtest-result",
    )


def _round_trip_columns() -> list[Column]:
    return [
        number_column("number", "#", "ttNumber", 0, width=58),
        text("side", "Side", width=76),
        number_column("entry_time", "Entry, UTC", "ttTime", width=160),
        number_column("entry_price", "Entry price", "ttPrice", minWidth=104, flex=1),
        number_column("exit_time", "Exit, UTC", "ttTime", width=160),
        number_column("exit_price", "Exit price", "ttPrice", minWidth=104, flex=1),
        number_column("size", "Size", "ttPrice", minWidth=92, flex=1),
        money("fees", "Fees", width=96),
        money("profit", "Profit", signed=True, minWidth=104, flex=1, **sign_colors()),
        number_column("return", "Return", "ttSignedPercent", width=96, **sign_colors()),
        text("reason", "Exit reason", minWidth=104, flex=1),
    ]


def _comparison() -> Component:
    return html.Section(
        [
            panel("Growth", html.Div(id=ids.BACKTEST_GROWTH)),
            placeholder("tables", "panel compared-tables"),
        ],
        id=ids.BACKTEST_COMPARISON,
        hidden=True,
        className="backtest-result",
    )


def register(app: Dash, services: DashboardServices, hub: LiveHub) -> None:  # noqa: ARG001
    """Connect the address and the tables with the scripts, which send their own requests."""

    def view(name: str, *links: Input | State, first: bool = False) -> None:
        script = ClientsideFunction("backtests", name)
        app.clientside_callback(  # type: ignore[no-untyped-call]
            script, *links, prevent_initial_call=not first
        )

    rows = State(ids.BACKTEST_HISTORY, "rowData")
    view("show", Input(ids.BACKTESTS_URL, "search"), first=True)
    view("chosen", Input(ids.BACKTEST_HISTORY, "selectedRows"))
    view("opened", Input(ids.BACKTEST_HISTORY, "cellClicked"), rows)
    view("sweep", Input(ids.SWEEPS_GRID, "cellClicked"))
    view("trial", Input(ids.SWEEP_TRIALS, "cellClicked"))
    view(
        "roundTrip",
        Input(ids.BACKTEST_ROUND_TRIPS, "cellClicked"),
        State(ids.BACKTEST_ROUND_TRIPS, "rowData"),
    )


PAGE = Page(
    path="/backtests", title="Backtests", icon="backtests", layout=layout, register=register
)
