"""Candles for charts on other pages than the market's."""
