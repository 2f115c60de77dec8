"""Indicators and layouts of the price chart: reads and computation."""
