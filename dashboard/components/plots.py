"""The URL of plotly.js: the browser loads it with the first plot, never with the page."""

PLOTLY_SOURCE = "/_dash-component-suites/plotly/package_data/plotly.min.js"
