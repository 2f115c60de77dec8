"""The requests of the chart about strategies."""
