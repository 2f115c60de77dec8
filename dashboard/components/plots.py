"""Where the browser finds plotly.js: it is loaded with the first plot, never with the page."""

PLOTLY_SOURCE = "/_dash-component-suites/plotly/package_data/plotly.min.js"
