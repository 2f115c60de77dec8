"""What a page shows instead of values that could not be read: the problem, and a retry."""

import logging

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from utils.errors import ExternalServiceError, TruetapeError

log = logging.getLogger("truetape.dashboard")


def problem(id_: str, title: str) -> Component:
    """Return a hidden alert: callbacks set `hide` and the text, `retry_of(id_)` has `n_clicks`."""
    alert: Component = dmc.Alert(
        [
            html.P(id=text_of(id_)),
            dmc.Button("Retry", id=retry_of(id_), size="compact-sm", variant="default"),
        ],
        id=id_,
        title=title,
        color="red",
        hide=True,
    )
    return alert


def text_of(id_: str) -> str:
    """Return the id of the text of a problem."""
    return f"{id_}-text"


def retry_of(id_: str) -> str:
    """Return the id of the retry button of a problem."""
    return f"{id_}-retry"


def describe_problem(error: TruetapeError) -> str:
    """Return an error that a user can act on as a sentence, and log that of a service."""
    if isinstance(error, ExternalServiceError):
        log.warning("a page could not be read", extra={"reason": str(error)})
    return str(error)
