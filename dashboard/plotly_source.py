"""The source of plotly.js, for pages that must work without a network."""

from plotly.offline import get_plotlyjs


def plotly_js() -> str:
    """Return the whole library as one script."""
    return str(get_plotlyjs())
