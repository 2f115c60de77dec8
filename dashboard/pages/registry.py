"""The pages there are, in the order of the navigation. A new page is one line."""

from dashboard.pages import backtests, market, strategies, system
from dashboard.pages.page import Page

PAGES: tuple[Page, ...] = (market.PAGE, strategies.PAGE, backtests.PAGE, system.PAGE)


def page_at(path: str | None) -> Page | None:
    """Return the page of a path."""
    return next((page for page in PAGES if page.path == path), None)
