"""The Bots page: all bots in one live table, and commands to them."""

from dash import ClientsideFunction, Dash, Input, State, dcc, html
from dash.development.base_component import Component

from dashboard import ids
from dashboard.components.elements import attributes, button
from dashboard.components.grids import Column, grid, money, number_column, sign_colors, text
from dashboard.live.hub import LiveHub
from dashboard.page import Page
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
_EVENT_RULES = {
    "state-bad": "params.data.state == 'failed'",
    "state-warn": "params.data.state == 'degraded' || params.data.state == 'warming_up'",
}
_GROUPS = (
    ("", "None"),
    ("strategy", "Strategy"),
    ("instrument", "Instrument"),
    ("state", "State"),
)
# From this share of its drawdown limit on, a bot is highlighted.
_NEAR = 0.8


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
            _groups(),
            button(ids.BOTS_COLUMNS, "Columns", **attributes(aria_haspopup="true")),
            button(ids.BOTS_CSV, "CSV", title="Export the visible rows"),
            button(
                ids.BOTS_KILL_ALL,
                "Kill all",
                more="danger",
                **attributes(data_required_role="operator"),
            ),
            html.Button(
                "New bot",
                id=ids.BOTS_NEW,
                type="button",
                className="solid-button",
                **attributes(data_required_role="operator"),
            ),
        ],
        className="bots-tools",
    )


def _groups() -> Component:
    return html.Div(
        [
            html.Span("Group by", className="muted"),
            *(
                html.Button(
                    label, type="button", className="text-button", **attributes(data_group=name)
                )
                for name, label in _GROUPS
            ),
        ],
        id=ids.BOTS_GROUPS,
        className="ranges",
        role="group",
        **attributes(aria_label="Group by"),
    )


def _table() -> Component:
    return html.Div(
        grid(
            ids.BOTS_GRID,
            _columns(),
            "name",
            rowSelection={
                "mode": "multiRow",
                "selectAll": "filtered",
                "isRowSelectable": {"function": "!ttIsGroup(params.data)"},
            },
            selectionColumnDef={"width": 36, "pinned": "left"},
            suppressDragLeaveHidesColumns=True,
            isFullWidthRow={"function": "ttIsGroup(params.rowNode.data)"},
            fullWidthCellRenderer="BotGroup",
            postSortRows={"function": "ttBotGroups(params)"},
        ),
        className="bots-grid",
    )


def _columns() -> list[Column]:
    return [*_identity_columns(), *_money_columns(), *_activity_columns()]


def _identity_columns() -> list[Column]:
    """Return the columns of a bot's identity."""
    return [
        text(
            "state",
            "State",
            width=94,
            cellClass="state-cell",
            cellClassRules=_STATE_RULES,
            valueFormatter={"function": "ttState(params.value)"},
            tooltipField="last_event_detail",
        ),
        text(
            "name",
            "Name",
            minWidth=138,
            flex=3,
            tooltipField="name",
            cellClass="name-cell",
            lockVisible=True,
        ),
        text("strategy", "Strategy", minWidth=128, flex=1, tooltipField="parameters"),
        text(
            "instrument",
            "Instrument",
            minWidth=116,
            flex=1,
            valueFormatter={"function": "ttSymbol(params.value)"},
            tooltipField="instrument",
        ),
        text("timeframe", "TF", width=34),
    ]


def _money_columns() -> list[Column]:
    """Return the columns of a bot's position and profit."""
    return [
        number_column("position", "Position", "ttSize", width=98, **sign_colors()),
        money("unrealised", "Unrealised", signed=True, width=92, hide=True, **sign_colors()),
        money("profit_today", "Today", signed=True, width=90, **sign_colors()),
        money("total_profit", "Total", signed=True, width=90, **sign_colors()),
        number_column("total_return", "Total %", "ttSignedPercent", width=76, **sign_colors()),
        _drawdown(),
        number_column(
            "round_trips",
            "Trips",
            "ttNumber",
            0,
            width=48,
            hide=True,
            headerTooltip="Closed round trips",
        ),
        number_column(
            "win_rate", "Won", "ttShare", width=56, headerTooltip="Of the closed round trips"
        ),
    ]


def _activity_columns() -> list[Column]:
    """Return the columns of a bot's activity, its start, and its last replay."""
    return [
        number_column(
            "fills_today",
            "Fills",
            "ttNumber",
            0,
            width=46,
            headerTooltip="Fills today, UTC",
            hide=True,
        ),
        text(
            "last_event",
            "Last event",
            minWidth=126,
            flex=4,
            tooltipField="last_event_detail",
            cellClass="event-cell",
            cellClassRules=_EVENT_RULES,
            headerTooltip="The problem and the next automatic step, or else the last order",
        ),
        number_column("last_event_at", "Ago", "ttAgo", width=58),
        number_column(
            "started_at",
            "Uptime",
            "ttAgo",
            width=66,
            headerTooltip="Since its last start",
            hide=True,
        ),
        text(
            "verification",
            "Verified",
            width=82,
            cellClass="verification-cell",
            valueFormatter={"function": "ttVerification(params.value)"},
            sortable=False,
        ),
        money("equity", "Equity", width=92, hide=True),
    ]


def _drawdown() -> Column:
    return {
        **number_column("drawdown", "Drawdown", "ttPercent", width=120),
        "valueFormatter": {"function": "ttOfLimit(params.value, params.data.drawdown_limit)"},
        "cellClassRules": {
            "state-warn": "params.data.drawdown_limit"
            f" && params.value >= {_NEAR} * params.data.drawdown_limit"
        },
        "headerTooltip": "Now, of the limit at which its protection stops it",
    }


def register(app: Dash, services: DashboardServices, hub: LiveHub) -> None:  # noqa: ARG001
    """Connect the address and the table with the scripts, which send their own requests."""

    def view(name: str, *links: Input | State, first: bool = False) -> None:
        script = ClientsideFunction("bots", name)
        app.clientside_callback(  # type: ignore[no-untyped-call]
            script, *links, prevent_initial_call=not first
        )

    view("show", Input(ids.BOTS_URL, "search"), first=True)
    view("chosen", Input(ids.BOTS_GRID, "selectedRows"))
    view("opened", Input(ids.BOTS_GRID, "cellClicked"))


PAGE = Page(path="/bots", title="Bots", icon="bots", layout=layout, register=register)
