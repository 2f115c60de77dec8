"""A page of the site: where it is, how it looks, and what it listens to."""

from collections.abc import Callable
from dataclasses import dataclass

from dash import Dash
from dash.development.base_component import Component

from dashboard.live.hub import LiveHub
from dashboard.services import DashboardServices


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`layout` builds a fresh copy; `register` adds the page's callbacks to the app, once."""

    path: str
    title: str
    icon: str
    layout: Callable[[], Component]
    register: Callable[[Dash, DashboardServices, LiveHub], None]
