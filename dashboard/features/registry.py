"""All pages, in the order of the navigation. A new page is one line."""

from dashboard.features.backtests import page as backtests
from dashboard.features.bots import bot_page as bot
from dashboard.features.bots import page as bots
from dashboard.features.market import page as market
from dashboard.features.portfolio import page as portfolio
from dashboard.features.strategies import page as strategies
from dashboard.features.system import page as system
from dashboard.page import Page

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
