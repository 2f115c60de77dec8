"""The frame around every page: header, navigation, banner, theme, and their placeholders."""

from dataclasses import dataclass
from typing import Any

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, dcc, html
from dash.development.base_component import Component

from dashboard import ids
from dashboard.components.elements import attributes, icon, slot
from dashboard.features.registry import listed_pages, page_at
from dashboard.page import Page

PRODUCT = "Truetape"
HEADER_PX = 52
NAVBAR_PX = 92
# CSS tokens of both schemes' colours: `assets/tokens.css`.
MANTINE: dict[str, Any] = {
    "primaryColor": "teal",
    "fontFamily": "Inter, system-ui, -apple-system, 'Segoe UI', Roboto, Arial, sans-serif",
    "fontFamilyMonospace": "ui-monospace, 'SF Mono', Menlo, Consolas, monospace",
    "defaultRadius": "sm",
    "cursorType": "pointer",
}
# Follow the operating system until the user chooses a scheme in the header.
DEFAULT_SCHEME = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What every page shows of its deployment.

    `simulated`: the exchange is a simulator. `demo_command` is shown when the exchange is
    unreachable; "": not shown.
    """

    simulated: bool = False
    demo_command: str = "uv run main.py --demo"

    @property
    def title(self) -> str:
        """Return the document's title."""
        return f"SIMULATED · {PRODUCT}" if self.simulated else PRODUCT


def shell_layout(site: Site) -> Component:
    """Return the frame with an empty page."""
    shell: Component = dmc.MantineProvider(
        dmc.AppShell(
            [
                html.A("Skip to content", href=f"#{ids.CONTENT}", className="skip"),
                dcc.Location(id=ids.URL, refresh="callback-nav"),
                dcc.Store(id=ids.SHOWN_SCHEME),
                dcc.Store(id=ids.PAGE_TITLE),
                dmc.AppShellHeader(_header(site), className="header"),
                dmc.AppShellNavbar(
                    _navigation(), className="navbar", **attributes(aria_label="Pages")
                ),
                dmc.AppShellMain(
                    [
                        html.Div(
                            id=ids.BANNER,
                            className="banner",
                            role="status",
                            **attributes(aria_live="polite", data_demo=_demo(site)),
                        ),
                        html.Div(id=ids.CONTENT, className="content"),
                    ]
                ),
                html.Nav(
                    [_link(page) for page in listed_pages()],
                    className="tabs",
                    **attributes(aria_label="Pages (mobile)"),
                ),
                dmc.NotificationContainer(id=ids.NOTIFICATIONS, position="bottom-right", limit=3),
            ],
            header={"height": HEADER_PX},
            navbar={
                "width": NAVBAR_PX,
                "breakpoint": "sm",
                "collapsed": {"mobile": True, "desktop": False},
            },
            padding=0,
        ),
        theme=MANTINE,
        defaultColorScheme=DEFAULT_SCHEME,
    )
    return shell


def register_shell(app: Dash) -> None:
    """Add the callbacks that put the page of the address into the frame, and its title."""

    @app.callback(
        Output(ids.CONTENT, "children"),
        Output(ids.PAGE_TITLE, "data"),
        Input(ids.URL, "pathname"),
    )
    async def show_page(path: str | None) -> tuple[Component, str | None]:
        page = page_at(path)
        return (page.layout(), page.title) if page else (_not_found(path or ""), None)

    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("pages", "opened"),
        Input(ids.PAGE_TITLE, "data"),
        prevent_initial_call=True,
    )


def _header(site: Site) -> Component:
    return html.Div(
        [
            html.A([icon("brand"), html.Span(PRODUCT)], href="/", className="brand"),
            html.Span("SIMULATED", className="simulated") if site.simulated else None,
            html.Span(className="spacer"),
            _fleet(),
            html.Span(
                [html.I(className="dot"), slot(ids.FEED_TEXT)],
                id=ids.FEED_BADGE,
                className="feed",
                role="status",
                **attributes(data_state="lagging", aria_live="polite"),
            ),
            html.Span(
                [slot(ids.CLOCK), html.Abbr("UTC", title="Coordinated Universal Time")],
                className="clock",
            ),
            dcc.Link(
                [icon("bell"), slot(ids.ALERT_COUNT, "alert-count")],
                id=ids.ALERTS_LINK,
                href="/system?tab=alerts",
                className="alerts-link",
                title="Alerts",
            ),
            dmc.ColorSchemeToggle(
                id=ids.SCHEME,
                lightIcon=icon("sun"),
                darkIcon=icon("moon"),
                variant="subtle",
                color="gray",
                size="md",
                **attributes(aria_label="Switch between light and dark"),
            ),
            _logout(),
        ],
        className="header-row",
    )


def _fleet() -> Component:
    """Return the header's summary of the bots: how many run, and their equity."""
    return html.Span(
        [
            dcc.Link(slot(ids.FLEET_LINK), href="/bots", className="fleet-link"),
            dcc.Link(slot(ids.FLEET_EQUITY), href="/portfolio", className="fleet-equity"),
        ],
        className="fleet",
    )


def _navigation() -> Component:
    return html.Div([_link(page) for page in listed_pages()], className="rail")


def _link(page: Page) -> Component:
    return dcc.Link([icon(page.icon), html.Span(page.title)], href=page.path, className="nav-link")


def _logout() -> Component:
    """Return the user name and the logout button; a script shows them if a login is required."""
    leave = html.Button(icon("logout"), className="plain", title="Log out", type="submit")
    return html.Form(
        [slot(ids.USER_NAME, "user-name"), leave],
        id=ids.LOGOUT,
        action="/logout",
        method="post",
        className="logout",
        hidden=True,
    )


def _demo(site: Site) -> str:
    return "" if site.simulated else site.demo_command


def _not_found(path: str) -> Component:
    return html.Div(
        [
            html.H1("No such page"),
            html.P(f"No page has the address {path}."),
            dcc.Link("Go to the market", href="/"),
        ],
        className="not-found",
    )
