"""Small elements of pages; scripts fill them and handle their clicks."""

from typing import Any

from dash import html
from dash.development.base_component import Component

PLOTLY_SOURCE = "/_dash-component-suites/plotly/package_data/plotly.min.js"
"""The URL of plotly.js: the browser loads it with the first plot, never with the page."""


def attributes(**named: str) -> dict[str, Any]:
    """Return `aria-` and `data-` attributes, which are written with `_` here."""
    return {name.replace("_", "-"): value for name, value in named.items()}


def icon(name: str) -> html.I:
    """Return an icon of `assets/icons`, in the colour of the text around it."""
    return html.I(className=f"icon icon-{name}", **attributes(aria_hidden="true"))


def slot(id_: str, class_name: str = "") -> html.Span:
    """Return an element that a script fills: Dash never writes into it."""
    return html.Span(id=id_, className=class_name)


def labelled_value(name: str, label: str) -> list[Any]:
    """Return a label and the element that a script fills with its value."""
    return [html.Dt(label), html.Dd("—", **attributes(data_fact=name))]


def tool_button(id_: str, icon_name: str, *label: Any) -> html.Button:
    """Return a button of a toolbar; a script handles its clicks."""
    return html.Button([icon(icon_name), *label], id=id_, className="tool", type="button")


def button(id_: str, label: str, *, more: str = "", **properties: Any) -> Component:
    """Return a button; a script handles its clicks."""
    return html.Button(label, id=id_, type="button", className=f"text-button {more}", **properties)


def panel(title: str, *content: Component) -> Component:
    """Return a panel with a heading."""
    return html.Section([html.H2(title), *content], className="panel")


def placeholder(name: str, class_name: str = "") -> Component:
    """Return an element that a script finds by its name."""
    return html.Div(className=class_name, **attributes(data_slot=name))
