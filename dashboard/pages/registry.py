"""All pages, in the order of the navigation. A new page is one line."""

from dashboard.pages import backtests, bot, bots, market, portfolio, strategies, system
from dashboard.pages.page import Page

PAGES: tuple[Page, ...] = (
    market.PAGE,
    strategies.PAGE,
    bots.PAGE,
    bot.PAGE,
    portfolio.PAGE,
    backtests.PAGE,
    system.PAGE,
)


def page_at(path: str | None) -> Page | None:
    """Return the page of a path."""
    return next((page for page in PAGES if page.serves(path)), None)


def listed_pages() -> tuple[Page, ...]:
    """Return the pages of the navigation."""
    return tuple(page for page in PAGES if page.listed)
