"""The Dash app: frame, pages and their callbacks, on FastAPI."""

import logging
import secrets
from pathlib import Path

from dash import Dash, html, set_props
from fastapi import FastAPI

from dashboard import ids
from dashboard.browser_modules import BrowserModules, add_module_route, read_modules
from dashboard.features.registry import PAGES
from dashboard.live.hub import LiveHub
from dashboard.services import DashboardServices
from dashboard.shell import Site, register_shell, shell_layout

log = logging.getLogger("truetape.dashboard")

ASSETS = Path(__file__).parent / "assets"

_INDEX = """<!DOCTYPE html>
<html lang="en">
<head>
{%metas%}
<title>{%title%}</title>
<link rel="icon" type="image/svg+xml" href="/assets/favicon.svg">
<script src="/assets/boot.js"></script>
{%css%}
<!-- preloads -->
</head>
<body>
{%app_entry%}
<footer>
{%config%}
{%scripts%}
{%renderer%}
<!-- entry -->
</footer>
</body>
</html>"""


def create_app(
    services: DashboardServices,
    hub: LiveHub,
    site: Site,
    *,
    server: FastAPI | None = None,
    compress: bool = False,
) -> Dash:
    """Build the app. `compress`: for a network, not loopback.

    All resources are local, and nothing is registered at import: every page is registered here.
    """
    server = server or FastAPI(openapi_url=None)
    modules = read_modules()
    add_module_route(server, modules)
    app = Dash(
        "dashboard",
        server=server,  # type: ignore[arg-type]
        assets_folder=str(ASSETS),
        assets_ignore=r"^boot\.js$",
        title=site.title,
        update_title="",
        serve_locally=True,
        compress=compress,
        index_string=_index(modules),
        add_log_handler=False,
        on_error=_report,
        use_pages=False,
        meta_tags=[
            {"name": "viewport", "content": "width=device-width, initial-scale=1"},
            {"name": "robots", "content": "noindex"},
        ],
    )
    # The entry starts it: callbacks and tables call the modules as soon as they are rendered.
    app.renderer = ""
    # Otherwise every browser would open a second socket, for callbacks that do not exist here.
    app.backend.websocket_capability = False
    app.layout = shell_layout(site)
    whole = html.Div([app.layout, *(page.layout() for page in PAGES)])
    app.validation_layout = whole  # type: ignore[assignment]
    register_shell(app)
    for page in PAGES:
        page.register(app, services, hub)
    # Dash does this with the first request for "/", and serves other pages bare until then.
    app._setup_server()  # type: ignore[no-untyped-call]
    return app


def _index(modules: BrowserModules) -> str:
    preloads = [f'<link rel="modulepreload" href="{url}">' for url in modules.preloads()]
    entry = f'<script type="module" src="{modules.entry}"></script>'
    return _INDEX.replace("<!-- preloads -->", "\n".join(preloads)).replace("<!-- entry -->", entry)


def _report(error: Exception) -> None:
    """Log the error of a callback; the page shows its number, never a traceback."""
    number = secrets.token_hex(3)
    log.error("callback failed", exc_info=error, extra={"number": number})
    notice = {
        "action": "show",
        "id": f"error-{number}",
        "color": "red",
        "title": f"Internal error ({number})",
        "message": "Details are in the log under this number.",
    }
    set_props(ids.NOTIFICATIONS, {"sendNotifications": [notice]})
