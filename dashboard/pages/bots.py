"""The Bots page: all bots in one table that moves, and what is asked of them."""

from dash import ClientsideFunction, Dash, Input, State, dcc, html
from dash.development.base_component import Component

from dashboard import ids
from dashboard.components.elements import attributes
from dashboard.components.grids import Column, figure, grid, text, toned
from dashboard.components.pieces import button
from dashboard.live.hub import LiveHub
from dashboard.pages.page import Page
from dashboard.services import DashboardServices

_STATE_RULES = {
    "state-good": "params.value == 'running'",
    "state-paused": "params.value == 'paused'",
    "state-warn": "params.value == 'degraded' || params.value == 'warming_up' "
    "|| params.value == 'stopping'",
    "state-bad": "params.value == 'failed'",
    "state-off": "params.value == 'stopped' || params.value == 'created' "
    "|| params.value == 'archived'",
}


def layout() -> Component:
    """Return the page, empty."""
    return html.Div(
        [
            dcc.Location(id=ids.BOTS_URL, refresh="callback-nav"),
            html.Div(id=ids.BOTS_KPIS, className="kpis", **attributes(aria_label="All bots")),
            html.Section(
                [_tools(), html.Div(id=ids.BOTS_BULK, className="bulk", hidden=True), _table()],
                className="panel bots-list",
            ),
        ],
        id=ids.BOTS,
        className="bots",
    )


def _tools() -> Component:
    search = dcc.Input(
        id=ids.BOTS_SEARCH,
        type="search",
        placeholder="Search name, strategy, instrument, state",
        className="field bots-search",
    )
    return html.Div(
        [
            search,
            html.Span(id=ids.BOTS_COUNT, className="muted", role="status"),
            html.Span(className="spacer"),
            button(ids.BOTS_KILL_ALL, "Kill all", more="danger"),
            html.Button("New bot", id=ids.BOTS_NEW, type="button", className="solid-button"),
        ],
        className="bots-tools",
    )


def _table() -> Component:
    return html.Div(
        grid(
            ids.BOTS_GRID,
            _columns(),
            "name",
            rowSelection={"mode": "multiRow", "selectAll": "filtered"},
            selectionColumnDef={"width": 44, "pinned": "left"},
        ),
        className="bots-grid",
    )


def _columns() -> list[Column]:
    return [
        text(
            "state",
            "State",
            width=104,
            cellClass="state-cell",
            cellClassRules=_STATE_RULES,
            valueFormatter={"function": "ttState(params.value)"},
            tooltipField="reason",
        ),
        text("name", "Name", minWidth=124, flex=2, cellClass="name-cell"),
        text("strategy", "Strategy", minWidth=96, flex=1, tooltipField="parameters"),
        text(
            "instrument",
            "Instrument",
            minWidth=92,
            flex=1,
            valueFormatter={"function": "ttSymbol(params.value)"},
            tooltipField="instrument",
        ),
        text("timeframe", "TF", width=46),
        figure("position", "Position", "ttSize", width=94, **toned()),
        figure("unrealised", "Unrealised", "ttSigned", 2, width=90, **toned()),
        figure("day", "Today", "ttSigned", 2, width=90, **toned()),
        figure("total", "Total", "ttSigned", 2, width=90, **toned()),
        figure("total_return", "Total %", "ttSignedPercent", width=80, **toned()),
        figure("drawdown", "Drawdown", "ttPercent", width=88),
        figure("fills_today", "Fills", "ttNumber", 0, width=48, headerTooltip="Fills today, UTC"),
        text("did", "Last action", minWidth=104, flex=2, tooltipField="did"),
        figure("did_at", "Ago", "ttAgo", width=68),
        text(
            "verdict",
            "Verified",
            width=84,
            cellClass="verdict-cell",
            valueFormatter={"function": "ttVerdict(params.value)"},
            sortable=False,
        ),
        figure("equity", "Equity", "ttNumber", 2, width=92),
    ]


def register(app: Dash, services: DashboardServices, hub: LiveHub) -> None:  # noqa: ARG001
    """Connect the address and the table with the scripts; they ask the server by themselves."""

    def view(name: str, *links: Input | State, first: bool = False) -> None:
        script = ClientsideFunction("bots", name)
        app.clientside_callback(  # type: ignore[no-untyped-call]
            script, *links, prevent_initial_call=not first
        )

    view("show", Input(ids.BOTS_URL, "search"), first=True)
    view("chosen", Input(ids.BOTS_GRID, "selectedRows"))
    view("opened", Input(ids.BOTS_GRID, "cellClicked"))


PAGE = Page(path="/bots", title="Bots", icon="bots", layout=layout, register=register)
