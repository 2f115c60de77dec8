"""Every component id. No page, callback or script names one in any other way.

The scripts in `assets` use the same words; a test compares them.
"""

# The shell: on every page.
URL = "url"
CONTENT = "page-content"
SCHEME = "color-scheme"
NOTIFICATIONS = "notifications"
FEED_BADGE = "feed-badge"
FEED_TEXT = "feed-text"
CLOCK = "clock"
BANNER = "banner"
WHO = "who"
LOGOUT = "logout"
BELL = "bell"
BELL_COUNT = "bell-count"

# The Market page.
MARKET = "market"
MARKET_URL = "market-url"
MARKET_RESYNC = "market-resync"
MARKET_VIEW = "market-view"
MARKET_INSTRUMENTS = "market-instruments"
MARKET_SNAPSHOT = "market-snapshot"
MARKET_OLDER_REQUEST = "market-older-request"
MARKET_OLDER = "market-older"
MARKET_SYMBOL = "market-symbol"
MARKET_TIMEFRAME = "market-timeframe"
MARKET_ENGINE = "market-engine"
MARKET_PRICE = "market-price"
MARKET_CHANGE = "market-change"
MARKET_FACTS = "market-facts"
MARKET_LEGEND = "market-legend"
MARKET_STATE = "market-state"
MARKET_NOTICE = "market-notice"
MARKET_TRADES = "market-trades"
MARKET_CHART = "market-chart"
MARKET_REFRESH = "market-refresh"
MARKET_INDICATORS = "market-indicators"
MARKET_LAYOUTS = "market-layouts"
MARKET_LAYOUT_NAME = "market-layout-name"
MARKET_SIGNALS = "market-signals"
MARKET_STUDIES = "market-studies"

# The Strategies page.
STRATEGIES = "strategies"
STRATEGIES_REFRESH = "strategies-refresh"
STRATEGIES_SHOWN = "strategies-shown"
STRATEGIES_CONTENT = "strategies-content"
# The Backtests page.
BACKTESTS = "backtests"
BACKTESTS_URL = "backtests-url"
BACKTEST_FORM = "backtest-form"
BACKTEST_JOBS = "backtest-jobs"
BACKTEST_WHERE = "backtest-where"
BACKTEST_BACK = "backtest-back"
BACKTEST_LIST = "backtest-list"
BACKTEST_SEARCH = "backtest-search"
BACKTEST_COUNT = "backtest-count"
BACKTEST_COMPARE = "backtest-compare"
BACKTEST_DELETE = "backtest-delete"
BACKTEST_HISTORY = "backtest-history"
BACKTEST_RESULT = "backtest-result"
BACKTEST_EQUITY = "backtest-equity"
BACKTEST_HISTOGRAM = "backtest-histogram"
BACKTEST_CANDLES = "backtest-candles"
BACKTEST_TRIPS = "backtest-trips"
BACKTEST_COMPARISON = "backtest-comparison"
BACKTEST_GROWTH = "backtest-growth"

# The System page.
SYSTEM = "system"
SYSTEM_NOTE = "system-note"
SYSTEM_TILES = "system-tiles"
SYSTEM_PROCESSES = "system-processes"
SYSTEM_COLLECTORS = "system-collectors"
SYSTEM_FIGURES = "system-figures"
SYSTEM_LOGS = "system-logs"
SYSTEM_ALERTS = "system-alerts"
SYSTEM_QUALITY = "system-quality"
SYSTEM_ACCESS = "system-access"


def chart_host(engine: str) -> str:
    """Return the id of the element that holds the chart of one engine."""
    return f"chart-host-{engine}"


def chart(engine: str) -> str:
    """Return the id of the chart of one engine."""
    return f"chart-{engine}"
